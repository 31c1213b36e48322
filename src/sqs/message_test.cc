#include "sqs/message.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/encoding.h"

namespace millrace::sqs {
namespace {

TEST(Message, ContentComesBackAsItWasStored) {
  MessageContent content;
  content.body = std::string("a\0b", 3);
  content.attributes = R"({"a":{"DataType":"String","StringValue":"1"}})";
  content.system_attributes = "{}";
  content.group_id = "group";
  content.sender_id = "sender";
  auto decoded = decode_content(encode(content));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->body, content.body);
  EXPECT_EQ(decoded->attributes, content.attributes);
  EXPECT_EQ(decoded->system_attributes, content.system_attributes);
  EXPECT_EQ(decoded->group_id, content.group_id);
  EXPECT_EQ(decoded->sender_id, content.sender_id);
}

MessageState example_state() {
  MessageState state;
  state.id = "01234567-89ab-4cde-8f01-23456789abcd";
  state.sent = from_unix_millis(1'700'000'000'000);
  state.visible_at = from_unix_millis(1'700'000'030'000);
  state.first_received = from_unix_millis(1'700'000'000'000);
  state.receipt = 7;
  state.receive_count = 2;
  state.earlier_receives = 3;
  state.chunks = 1;
  state.content_bytes = 11;
  return state;
}

// The example of docs/formats/queues.md.
TEST(Message, StateHasTheDocumentedBytes) {
  EXPECT_EQ(to_hex(encode(example_state())),
            "01"
            "00060a24181e4000"
            "00060a2419e80380"
            "00060a24181e4000"
            "0000000000000007"
            "00000002"
            "00000003"
            "00000001"
            "000000000000000b"
            "24"
            "30313233343536372d383961622d346364652d386630312d323334353637383961626364"
            "00");
}

TEST(Message, StateComesBackAsItWasStored) {
  MessageState state = example_state();
  state.dead_letter_source = "arn:aws:sqs:us-east-1:000000000000:jobs";
  auto decoded = decode_state(encode(state));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(encode(*decoded), encode(state));
  EXPECT_EQ(decoded->earlier_receives, 3u);
  EXPECT_EQ(decoded->receive_count, 2u);
}

TEST(Message, CutBytesAreNoMessage) {
  std::string state = encode(example_state());
  for (size_t size = 0; size < state.size(); ++size) {
    EXPECT_FALSE(decode_state(state.substr(0, size))) << size;
  }
  std::string content = encode(MessageContent{"body", "", "", "", ""});
  for (size_t size = 0; size < content.size(); ++size) {
    EXPECT_FALSE(decode_content(content.substr(0, size))) << size;
  }
}

// Digests computed by hand from the developer guide's description.
TEST(Message, DigestsAreThoseThatClientsCompute) {
  EXPECT_EQ(body_digest("hello"), "5d41402abc4b2a76b9719d911017c592");
  nlohmann::json attributes = {
      {"picture", {{"DataType", "Binary.png"}, {"BinaryValue", "AAH/"}}},
      {"count", {{"DataType", "Number.int"}, {"StringValue", "42"}}},
      {"city", {{"DataType", "String"}, {"StringValue", "Z\xc3\xbcrich"}}}};
  EXPECT_EQ(attributes_digest(attributes), "4a25fb387976f8b1807af72613c8584f");
}

TEST(Message, HandlesNameOneReceive) {
  std::string handle = to_handle({1024, 5, 99});
  auto receipt = parse_handle(handle);
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->cell, 1024u);
  EXPECT_EQ(receipt->sequence, 5u);
  EXPECT_EQ(receipt->receipt, 99u);
  EXPECT_FALSE(parse_handle(""));
  EXPECT_FALSE(parse_handle("not a handle"));
  std::string bytes = *from_base64(handle);
  bytes[9] ^= 1;
  EXPECT_FALSE(parse_handle(to_base64(bytes)));
}

}  // namespace
}  // namespace millrace::sqs
