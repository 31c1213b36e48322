#include "sqs/queue.h"

#include <gtest/gtest.h>

#include "sqs/queue_attributes.h"

namespace millrace::sqs {
namespace {

TEST(Queue, UrlsAreReadWhateverTheirHost) {
  for (const char* url : {"http://localhost:4566/000000000000/jobs",
                          "https://sqs.us-east-1.amazonaws.com/000000000000/jobs",
                          "http://proxy/some/prefix/000000000000/jobs/", "/000000000000/jobs"}) {
    auto name = parse_queue_url(url);
    ASSERT_TRUE(name) << url;
    EXPECT_EQ(name->account, "000000000000") << url;
    EXPECT_EQ(name->name, "jobs") << url;
  }
  auto bare = parse_queue_url("jobs");
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->account, "");
  EXPECT_EQ(bare->name, "jobs");
  for (const char* url : {"", "/", "http://localhost:4566", "http://localhost/jobs"}) {
    EXPECT_FALSE(parse_queue_url(url)) << url;
  }
}

TEST(Queue, AttributesHaveDefaults) {
  Queue queue;
  EXPECT_EQ(queue.visibility_timeout(), std::chrono::seconds(30));
  EXPECT_EQ(queue.retention(), std::chrono::hours(96));
  EXPECT_EQ(queue.message_bytes_max(), 1048576u);
  EXPECT_EQ(queue.delay(), std::chrono::seconds(0));
  EXPECT_FALSE(queue.redrive_policy());
  queue.attributes = {{"VisibilityTimeout", "5"},
                      {"RedrivePolicy", R"({"deadLetterTargetArn":"arn","maxReceiveCount":"3"})"}};
  EXPECT_EQ(queue.visibility_timeout(), std::chrono::seconds(5));
  auto policy = queue.redrive_policy();
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->dead_letter_arn, "arn");
  EXPECT_EQ(policy->receives_max, 3);
}

// What check_attributes() says about one attribute: "type: message", or "".
std::string complaint(const std::string& name, const std::string& value) {
  auto checked = check_attributes({{name, value}});
  return checked ? "" : checked.error().type + ": " + checked.error().message;
}

TEST(QueueAttributes, RangesAreThoseOfTheService) {
  struct Range {
    const char* name;
    int64_t least;
    int64_t most;
  };
  for (const Range& range :
       {Range{"VisibilityTimeout", 0, 43200}, Range{"MaximumMessageSize", 1024, 1048576},
        Range{"MessageRetentionPeriod", 60, 1209600}, Range{"DelaySeconds", 0, 900},
        Range{"ReceiveMessageWaitTimeSeconds", 0, 20}}) {
    std::string name = range.name;
    EXPECT_EQ(complaint(name, std::to_string(range.least)), "");
    EXPECT_EQ(complaint(name, std::to_string(range.most)), "");
    std::string wrong = "InvalidAttributeValue: Invalid value for the parameter " + name + '.';
    EXPECT_EQ(complaint(name, std::to_string(range.least - 1)), wrong);
    EXPECT_EQ(complaint(name, std::to_string(range.most + 1)), wrong);
    EXPECT_EQ(complaint(name, "ten"), wrong);
    EXPECT_EQ(complaint(name, ""), wrong);
  }
}

TEST(QueueAttributes, NamesThatCanNotBeSet) {
  EXPECT_EQ(complaint("Colour", "red"), "InvalidAttributeName: Unknown Attribute Colour.");
  EXPECT_EQ(complaint("QueueArn", "arn"), "InvalidAttributeName: Unknown Attribute QueueArn.");
  EXPECT_EQ(complaint("FifoQueue", "true").substr(0, 20), "UnsupportedOperation");
  EXPECT_EQ(complaint("FifoQueue", "false"), "InvalidAttributeName: Unknown Attribute FifoQueue.");
  EXPECT_EQ(complaint("Policy", std::string(30000, 'x')).substr(0, 21), "InvalidAttributeValue");
}

TEST(QueueAttributes, RedrivePolicies) {
  auto wrong = [](const std::string& policy, const std::string& reason) {
    return "InvalidParameterValue: Value " + policy +
           " for parameter RedrivePolicy is invalid. Reason: " + reason;
  };
  EXPECT_EQ(complaint("RedrivePolicy", R"({"deadLetterTargetArn":"a","maxReceiveCount":1})"), "");
  EXPECT_EQ(complaint("RedrivePolicy", ""), "");
  EXPECT_EQ(complaint("RedrivePolicy", "["), wrong("[", "Redrive policy is not a valid JSON map."));
  std::string no_target = R"({"maxReceiveCount":1})";
  EXPECT_EQ(complaint("RedrivePolicy", no_target),
            wrong(no_target,
                  "Redrive policy does not contain mandatory attribute: deadLetterTargetArn."));
  std::string too_often = R"({"deadLetterTargetArn":"a","maxReceiveCount":1001})";
  EXPECT_EQ(complaint("RedrivePolicy", too_often),
            wrong(too_often,
                  "Invalid value for maxReceiveCount: 1001, valid values are from 1 to "
                  "1000 both inclusive."));
}

}  // namespace
}  // namespace millrace::sqs
