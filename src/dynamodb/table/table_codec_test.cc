#include "dynamodb/table/table_codec.h"

#include <gtest/gtest.h>

#include "dynamodb/table/table_fixture.h"

namespace millrace::dynamodb::table {
namespace {

Table full_table() {
  Table table{};
  table.number = 1024;
  table.id = "2f0e1b1c-7a0b-4d5e-9d0e-0a1b2c3d4e5f";
  table.account = "000000000000";
  table.region = "us-east-1";
  table.partition = "aws";
  table.name = "users";
  table.arn = "arn:aws:dynamodb:us-east-1:000000000000:table/users";
  table.created = from_unix_millis(1'700'000'000'123);
  table.partition_key = string_key("id");
  table.sort_key = KeyDefinition{"at", AttributeType::kBinary};
  table.attribute_definitions = {string_key("id"), *table.sort_key, number_key("n")};
  Index index = global_index("by-n", number_key("n"), {string_key("id")}, ProjectionType::kInclude);
  index.number = 1030;
  index.cell = engine::CellId{1031};
  index.included_attributes = {"x", "y"};
  index.throughput = Throughput{1, 2};
  index.on_demand_limits = Throughput{-1, 3};
  table.indexes = {index};
  table.cells = {{0, engine::CellId{1025}}, {UINT64_MAX / 2, engine::CellId{1026}}};
  table.splits = {{engine::CellId{1024}, 17, engine::CellId{1025}, engine::CellId{1026}}};
  table.billing_mode = BillingMode::kPayPerRequest;
  table.pay_per_request_since = table.created;
  table.on_demand_limits = Throughput{10, 20};
  table.deletion_protection = true;
  table.table_class = "STANDARD_INFREQUENT_ACCESS";
  table.tags = {{"team", "streams"}};
  table.stream_view_type = "NEW_IMAGE";
  table.latest_stream_arn = table.arn + "/stream/2023-11-14T22:13:20.123";
  table.latest_stream_label = "2023-11-14T22:13:20.123";
  table.time_to_live = TimeToLive{1040, "ttl"};
  table.kept_settings = {{"SSESpecification", "{\"Enabled\":true}"}};
  return table;
}

TEST(TableCodec, KeepsEveryField) {
  Table table = full_table();
  auto decoded = decode_table(encode_table(table));
  ASSERT_TRUE(decoded);
  // The encoding holds every stored field, so equal encodings mean that nothing is lost or made up.
  EXPECT_EQ(encode_table(*decoded), encode_table(table));
  EXPECT_EQ(decoded->created, table.created);
  EXPECT_EQ(decoded->sort_key, table.sort_key);
  EXPECT_EQ(decoded->indexes[0].sort_key, table.indexes[0].sort_key);
  EXPECT_EQ(decoded->indexes[0].on_demand_limits, table.indexes[0].on_demand_limits);
  EXPECT_EQ(decoded->cells[1].begin, UINT64_MAX / 2);
  EXPECT_EQ(decoded->splits, table.splits);
  EXPECT_EQ(decoded->time_to_live, table.time_to_live);
  EXPECT_EQ(decoded->kept_settings, table.kept_settings);
  EXPECT_EQ(decoded->stream_view_type, table.stream_view_type);
}

TEST(TableCodec, ReadsTablesFromBeforeSplitsAndTimeToLive) {
  Table table = full_table();
  table.splits.clear();
  table.time_to_live.reset();
  std::string text = encode_table(table);
  for (const std::string member : {"\"splits\":[],", "\"time_to_live\":null,"}) {
    text.erase(text.find(member), member.size());
  }
  auto decoded = decode_table(text);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(encode_table(*decoded), encode_table(table));
}

TEST(TableCodec, RefusesWhatItDoesNotUnderstand) {
  const std::string good = encode_table(full_table());
  auto with = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  EXPECT_FALSE(decode_table(""));
  EXPECT_FALSE(decode_table("[]"));
  EXPECT_FALSE(decode_table(good.substr(0, good.size() - 1)));
  EXPECT_FALSE(decode_table(with("\"version\":1", "\"version\":2")));
  EXPECT_FALSE(decode_table(with("\"INCLUDE\"", "\"SOME\"")));
  EXPECT_FALSE(decode_table(with("\"PAY_PER_REQUEST\"", "\"FREE\"")));
  EXPECT_FALSE(decode_table(with("\"type\":\"B\"", "\"type\":\"BOOL\"")));
  EXPECT_FALSE(decode_table(with("\"begin\":0", "\"begin\":1")));
}

}  // namespace
}  // namespace millrace::dynamodb::table
