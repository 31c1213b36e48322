#include "dynamodb/stream/change_record.h"

#include <gtest/gtest.h>

#include <set>

#include "base/encoding.h"
#include "dynamodb/stream/testing.h"

namespace millrace::dynamodb::stream {
namespace {

using testing::documented_row;
using testing::encoded;

ChangeRecord documented_record() {
  ChangeRecord record;
  record.kind = ChangeKind::kInsert;
  record.time = from_unix_millis(1'700'000'000'000) + Duration(1);
  record.keys = encoded(R"({"id":{"S":"a"}})");
  record.trace_id = "r1";
  return record;
}

void expect_equal(const ChangeRecord& a, const ChangeRecord& b) {
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.time, b.time);
  EXPECT_EQ(a.keys, b.keys);
  EXPECT_EQ(a.old_image, b.old_image);
  EXPECT_EQ(a.new_image, b.new_image);
  EXPECT_EQ(a.by_time_to_live, b.by_time_to_live);
  EXPECT_EQ(a.trace_id, b.trace_id);
}

TEST(ChangeRecordTest, HasTheDocumentedBytes) {
  ChangeRecord record = documented_record();
  EXPECT_EQ(documented_row("change-records.md", R"(INSERT of {"id":{"S":"a"}}, keys only)")[0],
            to_hex(encode_change(record)));
  record.new_image = record.keys;
  EXPECT_EQ(documented_row("change-records.md", "the same with its new image")[0],
            to_hex(encode_change(record)));
  record.kind = ChangeKind::kRemove;
  record.by_time_to_live = true;
  record.old_image.swap(record.new_image);
  EXPECT_EQ(
      documented_row("change-records.md", "its removal by time to live, with the old image")[0],
      to_hex(encode_change(record)));
}

TEST(ChangeRecordTest, ComesBackAsItWas) {
  SeededRandom random(1);
  for (int round = 0; round < 200; ++round) {
    ChangeRecord record;
    record.kind = static_cast<ChangeKind>(1 + random.below(3));
    record.time = Timestamp(Duration(static_cast<int64_t>(random.next() >> 2)));
    record.keys = random.hex(static_cast<int>(random.below(40)));
    if (random.below(2)) record.old_image = random.hex(static_cast<int>(random.below(400)));
    if (random.below(2)) record.new_image = random.hex(static_cast<int>(random.below(400)));
    record.by_time_to_live = random.below(2) == 1;
    record.trace_id = random.hex(static_cast<int>(random.below(60)));
    std::string bytes = encode_change(record);
    auto decoded = decode_change(bytes);
    ASSERT_TRUE(decoded);
    expect_equal(record, *decoded);
    EXPECT_EQ(record.time, decode_change_time(bytes));
  }
}

TEST(ChangeRecordTest, RefusesWhatIsNoRecord) {
  ChangeRecord record = documented_record();
  record.old_image = record.new_image = record.keys;
  std::string bytes = encode_change(record);
  for (size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(decode_change(std::string_view(bytes).substr(0, length))) << length;
  }
  EXPECT_FALSE(decode_change(bytes + '\0'));
  for (auto [index, byte] : {std::pair(0, 2), std::pair(1, 0x0c), std::pair(1, 0x2d)}) {
    std::string damaged = bytes;
    damaged[static_cast<size_t>(index)] = static_cast<char>(byte);
    EXPECT_FALSE(decode_change(damaged)) << index << " " << byte;
  }
}

TEST(SequenceNumberTest, IsTwentyOneDigitsAndBack) {
  EXPECT_EQ("100000000000000000001", sequence_number(1));
  EXPECT_EQ("118446744073709551615", sequence_number(UINT64_MAX));
  for (engine::Position position : {uint64_t{0}, uint64_t{1}, uint64_t{987654321}, UINT64_MAX}) {
    EXPECT_EQ(position, parse_sequence_number(sequence_number(position)));
  }
  for (const char* text :
       {"", "1", "10000000000000000000", "1000000000000000000001", "200000000000000000001",
        "10000000000000000000a", "118446744073709551616", "1-0000000000000000001"}) {
    EXPECT_FALSE(parse_sequence_number(text)) << text;
  }
}

TEST(EventIdTest, IsTheDocumentedOneAndUnique) {
  for (const char* row : {"1024, 1", "1024, 2"}) {
    auto columns = documented_row("change-records.md", row);
    engine::Position position = static_cast<engine::Position>(row[6] - '0');
    EXPECT_EQ(columns[0], sequence_number(position));
    EXPECT_EQ(columns[1], event_id(engine::CellId{1024}, position));
  }
  std::set<std::string> ids;
  for (uint64_t cell = 1024; cell < 1034; ++cell) {
    for (engine::Position position = 1; position <= 100; ++position) {
      ids.insert(event_id(engine::CellId{cell}, position));
    }
  }
  EXPECT_EQ(1000u, ids.size());
}

class RecordJsonTest : public ::testing::Test {
 protected:
  std::string json(ViewType view_type, std::string_view arn = {}) const {
    std::string out;
    append_record_json(out, record, engine::CellId{1024}, 1, {view_type, "eu-west-1", arn});
    return out;
  }
  static std::string begin(const std::string& name) {
    return R"({"eventID":")" + event_id(engine::CellId{1024}, 1) + R"(","eventName":")" + name +
           R"(","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"eu-west-1",)";
  }
  ChangeRecord record = documented_record();
};

TEST_F(RecordJsonTest, InsertInEachView) {
  record.new_image = encoded(R"({"id":{"S":"a"},"n":{"N":"42"}})");
  const std::string start =
      begin("INSERT") +
      R"("dynamodb":{"ApproximateCreationDateTime":1700000000,"Keys":{"id":{"S":"a"}},)";
  const std::string number = R"("SequenceNumber":"100000000000000000001",)";
  const std::string without_image = start + number;
  const std::string with_image = start + R"("NewImage":{"id":{"S":"a"},"n":{"N":"42"}},)" + number;
  // The key counts 3 bytes, and again within the image, beside n (1) and 42 (2).
  EXPECT_EQ(without_image + R"("SizeBytes":3,"StreamViewType":"KEYS_ONLY"}})",
            json(ViewType::kKeysOnly));
  EXPECT_EQ(without_image + R"("SizeBytes":3,"StreamViewType":"OLD_IMAGE"}})",
            json(ViewType::kOldImage));
  EXPECT_EQ(with_image + R"("SizeBytes":9,"StreamViewType":"NEW_IMAGE"}})",
            json(ViewType::kNewImage));
  EXPECT_EQ(with_image + R"("SizeBytes":9,"StreamViewType":"NEW_AND_OLD_IMAGES"}})",
            json(ViewType::kNewAndOldImages));
}

TEST_F(RecordJsonTest, SizeCountsKeysBesideTheImage) {
  // Recorded from AWS: 10 for the keys and 22 for the image.
  record.keys = encoded(R"({"id":{"S":"id_value"}})");
  record.new_image = encoded(R"({"id":{"S":"id_value"},"id2":{"S":"id2_value"}})");
  EXPECT_NE(std::string::npos, json(ViewType::kNewImage).find(R"("SizeBytes":32,)"));
}

TEST_F(RecordJsonTest, RemovalByTimeToLive) {
  record.kind = ChangeKind::kRemove;
  record.by_time_to_live = true;
  record.old_image = record.keys;
  const std::string raw = json(ViewType::kNewAndOldImages);
  EXPECT_EQ(
      begin("REMOVE") +
          R"("dynamodb":{"ApproximateCreationDateTime":1700000000,"Keys":{"id":{"S":"a"}},)"
          R"("OldImage":{"id":{"S":"a"}},"SequenceNumber":"100000000000000000001","SizeBytes":6,)"
          R"("StreamViewType":"NEW_AND_OLD_IMAGES"},)"
          R"("userIdentity":{"Type":"Service","PrincipalId":"dynamodb.amazonaws.com"}})",
      raw);
}

TEST_F(RecordJsonTest, ForAFunction) {
  record.kind = ChangeKind::kModify;
  record.by_time_to_live = true;
  record.old_image = record.new_image = record.keys;
  EXPECT_EQ(begin("MODIFY") +
                R"("dynamodb":{"ApproximateCreationDateTime":1700000000.0,"Keys":{"id":{"S":"a"}},)"
                R"("NewImage":{"id":{"S":"a"}},"OldImage":{"id":{"S":"a"}},)"
                R"("SequenceNumber":"100000000000000000001","SizeBytes":9,)"
                R"("StreamViewType":"NEW_AND_OLD_IMAGES"},)"
                R"("userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"},)"
                R"("eventSourceARN":"arn:x"})",
            json(ViewType::kNewAndOldImages, "arn:x"));
}

TEST(ViewTypeTest, IsParsedFromItsName) {
  for (ViewType type : {ViewType::kKeysOnly, ViewType::kNewImage, ViewType::kOldImage,
                        ViewType::kNewAndOldImages}) {
    EXPECT_EQ(type, parse_view_type(to_string(type)));
  }
  EXPECT_FALSE(parse_view_type("NEW_IMAGES"));
}

}  // namespace
}  // namespace millrace::dynamodb::stream
