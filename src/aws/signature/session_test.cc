#include "aws/signature/session.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace millrace::aws {
namespace {

Session example() {
  return {"ASIAEXAMPLE",    "AKIDEXAMPLE",
          "123456789012",   "arn:aws:sts::123456789012:assumed-role/deploy/me",
          "AROAEXAMPLE:me", from_unix_millis(1'700'000'000'000)};
}

TEST(Session, TheTokenSaysWhoseItIs) {
  SessionCredentials credentials = make_credentials(example(), "secret");
  EXPECT_EQ(credentials.access_key_id, "ASIAEXAMPLE");
  auto session = read_session_token(credentials.token);
  ASSERT_TRUE(session);
  EXPECT_EQ(session->access_key_id, "ASIAEXAMPLE");
  EXPECT_EQ(session->long_term_key, "AKIDEXAMPLE");
  EXPECT_EQ(session->account, "123456789012");
  EXPECT_EQ(session->caller_arn, "arn:aws:sts::123456789012:assumed-role/deploy/me");
  EXPECT_EQ(session->caller_id, "AROAEXAMPLE:me");
  EXPECT_EQ(session->expires, from_unix_millis(1'700'000'000'000));
}

TEST(Session, OnlyTheSameSecretOpensIt) {
  SessionCredentials credentials = make_credentials(example(), "secret");
  EXPECT_EQ(open_session_token(credentials.token, "secret"), credentials.secret);
  EXPECT_FALSE(open_session_token(credentials.token, "Secret"));
  EXPECT_FALSE(open_session_token(credentials.token, ""));
  Session later = example();
  later.expires += std::chrono::hours(1);
  EXPECT_NE(make_credentials(later, "secret").secret, credentials.secret);
}

TEST(Session, EveryChangedBitIsSeen) {
  std::string bytes = *from_base64(make_credentials(example(), "secret").token);
  for (size_t i = 0; i < bytes.size() * 8; ++i) {
    std::string changed = bytes;
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << i % 8));
    EXPECT_FALSE(open_session_token(to_base64(changed), "secret")) << i;
    read_session_token(to_base64(changed));  // may say nonsense, must not crash
  }
  for (size_t size = 0; size < bytes.size(); ++size) {
    std::string cut = to_base64(bytes.substr(0, size));
    EXPECT_FALSE(read_session_token(cut)) << size;
    EXPECT_FALSE(open_session_token(cut, "secret")) << size;
  }
  EXPECT_FALSE(read_session_token("not base64!"));
}

TEST(Session, KeyIdsAreNew) {
  SeededRandom random(1);
  std::string first = make_session_key_id(random);
  EXPECT_EQ(first.size(), 20u);
  EXPECT_TRUE(first.starts_with("ASIA"));
  EXPECT_NE(first, make_session_key_id(random));
}

}  // namespace
}  // namespace millrace::aws
