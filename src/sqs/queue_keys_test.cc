#include "sqs/queue_keys.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace millrace::sqs {
namespace {

constexpr engine::CellId kCell{1024};

// The examples of docs/formats/queues.md.
TEST(QueueKeys, HaveTheDocumentedBytes) {
  EXPECT_EQ(to_hex(catalog_key("000000000000", "us-east-1", "jobs")),
            "2071"
            "0c303030303030303030303030"
            "0975732d656173742d31"
            "046a6f6273");
  EXPECT_EQ(to_hex(deleted_queue_key(kCell)), "20780000000000000400");
  EXPECT_EQ(to_hex(counters_key(kCell)), "206e0000000000000400");
  EXPECT_EQ(to_hex(message_key(kCell, 5)), "206d00000000000004000000000000000005");
  EXPECT_EQ(to_hex(body_key(kCell, 5, 1)), "20620000000000000400000000000000000500000001");
  EXPECT_EQ(to_hex(visible_key(kCell, from_unix_millis(1'700'000'030'000), 5)),
            "20760000000000000400"
            "00060a2419e80380"
            "0000000000000005");
}

TEST(QueueKeys, AreReadBack) {
  EXPECT_EQ(parse_deleted_queue_key(deleted_queue_key(kCell)), kCell);
  EXPECT_EQ(parse_message_key(message_key(kCell, 77)), 77u);
  Timestamp time = from_unix_millis(1'700'000'030'001);
  EXPECT_EQ(parse_visible_key(visible_key(kCell, time, 77)), std::pair(time, uint64_t{77}));
}

TEST(QueueKeys, RangesHoldOneQueueOnly) {
  for (uint64_t number : {uint64_t{1024}, uint64_t{0xff}, uint64_t{0xffff}}) {
    engine::CellId cell{number};
    auto [begin, end] = kind_range('m', cell);
    EXPECT_LE(begin, message_key(cell, 0));
    EXPECT_GT(end, message_key(cell, UINT64_MAX));
    EXPECT_LE(end, message_key(engine::CellId(number + 1), 0));
  }
}

}  // namespace
}  // namespace millrace::sqs
