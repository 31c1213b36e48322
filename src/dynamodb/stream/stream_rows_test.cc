#include "dynamodb/stream/stream_rows.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "dynamodb/stream/testing.h"

namespace millrace::dynamodb::stream {
namespace {

using testing::documented_row;
using testing::kCell;

const Timestamp kCreated = from_unix_millis(1'700'000'000'000);
const std::string kArn =
    "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2023-11-14T22:13:20.000";

Stream documented_stream() {
  Stream stream;
  stream.arn = kArn;
  stream.label = "2023-11-14T22:13:20.000";
  stream.account = "000000000000";
  stream.region = "us-east-1";
  stream.table_name = "t";
  stream.table_number = 7;
  stream.view_type = ViewType::kNewAndOldImages;
  stream.status = StreamStatus::kEnabled;
  stream.created = kCreated;
  stream.key_schema = {{"id", "HASH"}};
  stream.revision = 2;
  return stream;
}

Shard open_shard() {
  Shard shard;
  shard.id = "shardId-00000001700000000001-0000000b";
  shard.parent_id = "shardId-00000001700000000000-0000000a";
  shard.cell = kCell;
  shard.after = 300;
  shard.created = kCreated + std::chrono::milliseconds(1);
  shard.stream_arn = kArn;
  return shard;
}

Shard closed_shard() {
  Shard shard = open_shard();
  shard.id = *shard.parent_id;
  shard.parent_id.reset();
  shard.after = 0;
  shard.last = 300;
  shard.created = kCreated;
  shard.closed = kCreated + std::chrono::milliseconds(1);
  return shard;
}

void expect_row(const std::string& name, const std::string& key, const std::string& value) {
  auto columns = documented_row("streams.md", name);
  EXPECT_EQ(columns[0], to_hex(key)) << name;
  EXPECT_EQ(columns[1], to_hex(value)) << name;
}

TEST(StreamRowsTest, HaveTheDocumentedBytes) {
  expect_row("stream", stream_key(kArn), encode_stream(documented_stream()));
  expect_row("live", live_stream_key(7), kArn);
  for (const auto& [name, shard] :
       {std::pair("open shard", open_shard()), std::pair("closed shard", closed_shard())}) {
    expect_row(name, shard_key(kArn, shard.id), encode_shard(shard));
  }
  std::string position;
  append_u64(position, 300);
  expect_row("expired", hidden_key(kCell), position);
}

TEST(StreamRowsTest, ComeBackAsTheyWere) {
  Stream stream = documented_stream();
  stream.disabled = kCreated + std::chrono::hours(1);
  stream.status = StreamStatus::kDisabled;
  auto decoded = decode_stream(kArn, encode_stream(stream));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(stream.label, decoded->label);
  EXPECT_EQ(stream.account, decoded->account);
  EXPECT_EQ(stream.region, decoded->region);
  EXPECT_EQ(stream.table_name, decoded->table_name);
  EXPECT_EQ(stream.disabled, decoded->disabled);
  EXPECT_EQ(stream.status, decoded->status);
  EXPECT_EQ("HASH", decoded->key_schema.at(0).key_type);
  EXPECT_FALSE(decoded->retention);
  stream.retention = std::chrono::hours(48);
  decoded = decode_stream(kArn, encode_stream(stream));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(stream.retention, decoded->retention);
  for (const Shard& shard : {open_shard(), closed_shard()}) {
    auto back = decode_shard(kArn, shard.id, encode_shard(shard));
    ASSERT_TRUE(back);
    EXPECT_EQ(shard.parent_id, back->parent_id);
    EXPECT_EQ(shard.last, back->last);
    EXPECT_EQ(shard.closed, back->closed);
    EXPECT_EQ(shard.created, back->created);
  }
}

TEST(StreamRowsTest, RefuseDamage) {
  std::string stream = encode_stream(documented_stream());
  std::string shard = encode_shard(open_shard());
  for (size_t length = 0; length < stream.size(); ++length) {
    EXPECT_FALSE(decode_stream(kArn, stream.substr(0, length))) << length;
  }
  for (size_t length = 0; length < shard.size(); ++length) {
    EXPECT_FALSE(decode_shard(kArn, "id", shard.substr(0, length))) << length;
  }
  EXPECT_FALSE(decode_stream(kArn, stream + 'x'));
  EXPECT_FALSE(decode_shard(kArn, "id", shard + 'x'));
  stream[2] = 9;  // the view type
  EXPECT_FALSE(decode_stream(kArn, stream));
}

}  // namespace
}  // namespace millrace::dynamodb::stream
