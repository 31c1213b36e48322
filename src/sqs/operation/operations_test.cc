#include "sqs/operation/operations.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "aws/protocol/form.h"
#include "sqs/testing.h"

namespace millrace::sqs::operation {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class QueueOperationsTest : public ::testing::Test {
 protected:
  QueueOperationsTest() { register_operations(registry_, *world_.service); }

  // Nothing if it has not answered yet.
  std::shared_ptr<std::optional<aws::Result<json>>> begin(const std::string& operation,
                                                          const json& input) {
    auto answer = std::make_shared<std::optional<aws::Result<json>>>();
    aws::RequestContext context;
    context.host = "localhost:4566";
    registry_.call(context, "sqs", operation, input,
                   [answer](aws::Result<json> result) { *answer = std::move(result); });
    return answer;
  }
  json ok(const std::string& operation, const json& input) {
    auto answer = begin(operation, input);
    if (!*answer || !**answer) {
      ADD_FAILURE() << operation << ' ' << input.dump().substr(0, 200) << ": "
                    << (!*answer ? "no answer" : (**answer).error().message);
      return json::object();
    }
    return ***answer;
  }
  // "Type: message"
  std::string error(const std::string& operation, const json& input) {
    auto answer = begin(operation, input);
    if (!*answer || **answer) return "no error";
    return (**answer).error().type + ": " + (**answer).error().message;
  }

  std::string create(const std::string& name, const json& attributes = json::object()) {
    return ok("CreateQueue", {{"QueueName", name}, {"Attributes", attributes}}).at("QueueUrl");
  }
  json receive(json input = json::object()) {
    input["QueueUrl"] = url_;
    return ok("ReceiveMessage", input).value("Messages", json::array());
  }
  std::string send(const std::string& body) {
    return ok("SendMessage", {{"QueueUrl", url_}, {"MessageBody", body}}).at("MessageId");
  }
  std::string send_error(json input) {
    input["QueueUrl"] = url_;
    if (!input.contains("MessageBody")) input["MessageBody"] = "a";
    return error("SendMessage", input);
  }
  static json text_attribute(const std::string& value) {
    return {{"DataType", "String"}, {"StringValue", value}};
  }

  QueueWorld world_;
  aws::OperationRegistry registry_;
  const std::string url_ = "http://localhost:4566/000000000000/jobs";
};

TEST_F(QueueOperationsTest, QueuesAreMadeFoundListedAndDeleted) {
  EXPECT_EQ(create("jobs"), url_);
  EXPECT_EQ(create("jobs"), url_);
  EXPECT_EQ(ok("GetQueueUrl", {{"QueueName", "jobs"}})["QueueUrl"], url_);
  create("other");
  EXPECT_THAT(ok("ListQueues", {{"QueueNamePrefix", "jo"}})["QueueUrls"], ElementsAre(url_));
  json page = ok("ListQueues", {{"MaxResults", 1}});
  EXPECT_THAT(page["QueueUrls"], ElementsAre(url_));
  json rest = ok("ListQueues", {{"MaxResults", 1}, {"NextToken", page["NextToken"]}});
  EXPECT_THAT(rest["QueueUrls"], ElementsAre("http://localhost:4566/000000000000/other"));
  EXPECT_FALSE(rest.contains("NextToken"));
  ok("DeleteQueue", {{"QueueUrl", url_}});
  EXPECT_EQ(error("GetQueueUrl", {{"QueueName", "jobs"}}),
            "QueueDoesNotExist: The specified queue does not exist.");
  EXPECT_EQ(error("SendMessage", {{"QueueUrl", url_}, {"MessageBody", "a"}}),
            "QueueDoesNotExist: The specified queue does not exist.");
  EXPECT_EQ(ok("ListQueues", {{"QueueNamePrefix", "jo"}}), json::object());
}

TEST_F(QueueOperationsTest, NamesThatCanNotBe) {
  EXPECT_EQ(error("CreateQueue", json::object()),
            "MissingParameter: The request must contain the parameter QueueName.");
  EXPECT_EQ(error("CreateQueue", {{"QueueName", "a.b"}}),
            "InvalidParameterValue: Can only include alphanumeric characters, hyphens, or "
            "underscores. 1 to 80 in length");
  EXPECT_THAT(error("CreateQueue", {{"QueueName", std::string(81, 'a')}}),
              StartsWith("InvalidParameterValue"));
  EXPECT_THAT(error("CreateQueue", {{"QueueName", "jobs.fifo"}}),
              StartsWith("UnsupportedOperation: FIFO queues are not supported"));
  EXPECT_THAT(
      error("CreateQueue", {{"QueueName", "jobs"}, {"Attributes", {{"FifoQueue", "true"}}}}),
      StartsWith("UnsupportedOperation: FIFO queues are not supported"));
  EXPECT_EQ(error("DeleteQueue", json::object()),
            "MissingParameter: The request must contain the parameter QueueUrl.");
  EXPECT_EQ(error("DeleteQueue", {{"QueueUrl", "http://localhost"}}),
            "InvalidAddress: The address http://localhost is not valid for this endpoint.");
  EXPECT_THAT(error("DeleteQueue", {{"QueueUrl", 5}}), StartsWith("SerializationException"));
}

TEST_F(QueueOperationsTest, AttributesAreEchoedWithDefaults) {
  create("jobs", {{"DelaySeconds", "5"}, {"Policy", ""}});
  json all = ok("GetQueueAttributes", {{"QueueUrl", url_}, {"AttributeNames", {"All"}}});
  std::string created = std::to_string(to_unix_seconds(world_.clock.now()));
  EXPECT_EQ(all["Attributes"], json({{"QueueArn", "arn:aws:sqs:us-east-1:000000000000:jobs"},
                                     {"ApproximateNumberOfMessages", "0"},
                                     {"ApproximateNumberOfMessagesNotVisible", "0"},
                                     {"ApproximateNumberOfMessagesDelayed", "0"},
                                     {"CreatedTimestamp", created},
                                     {"LastModifiedTimestamp", created},
                                     {"DelaySeconds", "5"},
                                     {"MaximumMessageSize", "1048576"},
                                     {"MessageRetentionPeriod", "345600"},
                                     {"ReceiveMessageWaitTimeSeconds", "0"},
                                     {"SqsManagedSseEnabled", "true"},
                                     {"VisibilityTimeout", "30"}}));
  ok("SetQueueAttributes", {{"QueueUrl", url_}, {"Attributes", {{"VisibilityTimeout", "7"}}}});
  EXPECT_EQ(ok("GetQueueAttributes",
               {{"QueueUrl", url_}, {"AttributeNames", {"VisibilityTimeout", "DelaySeconds"}}}),
            json({{"Attributes", {{"VisibilityTimeout", "7"}, {"DelaySeconds", "5"}}}}));
  EXPECT_EQ(ok("GetQueueAttributes", {{"QueueUrl", url_}}), json::object());
  EXPECT_EQ(error("GetQueueAttributes", {{"QueueUrl", url_}, {"AttributeNames", {"Colour"}}}),
            "InvalidAttributeName: Unknown Attribute Colour.");
}

TEST_F(QueueOperationsTest, AMessageGoesThroughItsLife) {
  create("jobs");
  json sent = ok("SendMessage",
                 {{"QueueUrl", url_},
                  {"MessageBody", "hello"},
                  {"MessageAttributes", {{"city", text_attribute("Ulm")}}},
                  {"MessageSystemAttributes", {{"AWSTraceHeader", text_attribute("Root=1")}}}});
  EXPECT_EQ(sent["MD5OfMessageBody"], "5d41402abc4b2a76b9719d911017c592");
  json received =
      receive({{"MessageAttributeNames", {"All"}}, {"MessageSystemAttributeNames", {"All"}}});
  ASSERT_EQ(received.size(), 1u);
  json message = received[0];
  EXPECT_EQ(message["Body"], "hello");
  EXPECT_EQ(message["MessageId"], sent["MessageId"]);
  EXPECT_EQ(message["MD5OfBody"], sent["MD5OfMessageBody"]);
  EXPECT_EQ(message["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"]);
  EXPECT_EQ(message["MessageAttributes"], json({{"city", text_attribute("Ulm")}}));
  std::string now = std::to_string(to_unix_millis(world_.clock.now()));
  EXPECT_EQ(message["Attributes"], json({{"SenderId", "000000000000"},
                                         {"SentTimestamp", now},
                                         {"ApproximateReceiveCount", "1"},
                                         {"ApproximateFirstReceiveTimestamp", now},
                                         {"AWSTraceHeader", "Root=1"}}));
  EXPECT_TRUE(receive().empty());
  json handle = {{"QueueUrl", url_}, {"ReceiptHandle", message["ReceiptHandle"]}};
  json change = handle;
  change["VisibilityTimeout"] = 0;
  ok("ChangeMessageVisibility", change);
  EXPECT_THAT(error("ChangeMessageVisibility", change), StartsWith("MessageNotInflight"));
  received = receive();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_FALSE(received[0].contains("Attributes"));
  EXPECT_FALSE(received[0].contains("MessageAttributes"));
  ok("DeleteMessage", handle);  // an old handle: no error, and no effect
  handle["ReceiptHandle"] = received[0]["ReceiptHandle"];
  ok("DeleteMessage", handle);
  ok("DeleteMessage", handle);
  world_.timers.advance(seconds(60));
  EXPECT_TRUE(receive().empty());
}

TEST_F(QueueOperationsTest, HandlesOfOtherQueuesAreRefused) {
  create("jobs");
  create("other");
  send("a");
  json handle = receive()[0]["ReceiptHandle"];
  EXPECT_THAT(error("DeleteMessage", {{"QueueUrl", "other"}, {"ReceiptHandle", handle}}),
              StartsWith("ReceiptHandleIsInvalid: The input receipt handle \""));
  EXPECT_EQ(error("DeleteMessage", {{"QueueUrl", url_}, {"ReceiptHandle", "x"}}),
            "ReceiptHandleIsInvalid: The input receipt handle \"x\" is not a valid receipt "
            "handle.");
}

TEST_F(QueueOperationsTest, MessagesThatCanNotBe) {
  create("jobs", {{"MaximumMessageSize", "1024"}});
  EXPECT_EQ(error("SendMessage", {{"QueueUrl", url_}}),
            "MissingParameter: The request must contain the parameter MessageBody.");
  EXPECT_THAT(send_error({{"MessageBody", "\x01"}}), StartsWith("InvalidMessageContents: "));
  EXPECT_EQ(send_error({{"MessageBody", std::string(1025, 'x')}}),
            "InvalidParameterValue: One or more parameters are invalid. Reason: Message must be "
            "shorter than 1024 bytes.");
  EXPECT_EQ(send_error({{"DelaySeconds", 901}}),
            "InvalidParameterValue: Value 901 for parameter DelaySeconds is invalid. Reason: "
            "DelaySeconds must be >= 0 and <= 900.");
  auto with = [&](const std::string& name, const json& attribute) {
    return send_error({{"MessageAttributes", {{name, attribute}}}});
  };
  EXPECT_THAT(with("a", json::object()), HasSubstr("non-empty message attribute type"));
  EXPECT_THAT(with("a", {{"DataType", "Text"}, {"StringValue", "b"}}),
              HasSubstr("the set of supported type prefixes is Binary, Number, and String."));
  EXPECT_THAT(with("a", {{"DataType", "String"}, {"BinaryValue", "AA=="}}),
              HasSubstr("must contain a non-empty message attribute value"));
  EXPECT_THAT(with("a", {{"DataType", "Number"}, {"StringValue", "ten"}}),
              HasSubstr("Can't cast the value"));
  EXPECT_THAT(with("aws.a", text_attribute("b")), HasSubstr("'aws.a' is invalid"));
  EXPECT_THAT(with("a b", text_attribute("b")), HasSubstr("'a b' is invalid"));
  EXPECT_THAT(send_error({{"MessageSystemAttributes", {{"SenderId", text_attribute("b")}}}}),
              StartsWith("InvalidParameterValue"));
  json many = json::object();
  for (int i = 0; i < 11; ++i) many["a" + std::to_string(i)] = text_attribute("b");
  EXPECT_EQ(send_error({{"MessageAttributes", many}}),
            "InvalidParameterValue: Number of message attributes [11] exceeds the allowed maximum "
            "[10].");
  EXPECT_TRUE(receive().empty());
  EXPECT_EQ(with("a", {{"DataType", "Number.int"}, {"StringValue", "-1.5e+3"}}), "no error");
  // Members beside the type's own are not kept, whatever they are.
  EXPECT_EQ(with("a", {{"DataType", "Binary"}, {"BinaryValue", "AA=="}, {"StringValue", 5}}),
            "no error");
  EXPECT_EQ(receive({{"MaxNumberOfMessages", 10}}).size(), 2u);
}

TEST_F(QueueOperationsTest, BatchesAnswerForEachEntry) {
  create("jobs");
  json sent =
      ok("SendMessageBatch", {{"QueueUrl", url_},
                              {"Entries",
                               {{{"Id", "one"}, {"MessageBody", "a"}},
                                {{"Id", "two"}, {"MessageBody", "\x02"}},
                                {{"Id", "three"}, {"MessageBody", "b"}, {"DelaySeconds", 60}}}}});
  ASSERT_EQ(sent["Successful"].size(), 2u);
  EXPECT_EQ(sent["Successful"][0]["Id"], "one");
  ASSERT_EQ(sent["Failed"].size(), 1u);
  EXPECT_EQ(sent["Failed"][0]["Id"], "two");
  EXPECT_EQ(sent["Failed"][0]["Code"], "InvalidMessageContents");
  EXPECT_EQ(sent["Failed"][0]["SenderFault"], true);
  json received = receive({{"MaxNumberOfMessages", 10}});
  ASSERT_EQ(received.size(), 1u);
  json handle = received[0]["ReceiptHandle"];
  json changed = ok("ChangeMessageVisibilityBatch",
                    {{"QueueUrl", url_},
                     {"Entries",
                      {{{"Id", "one"}, {"ReceiptHandle", handle}, {"VisibilityTimeout", 5}},
                       {{"Id", "two"}, {"ReceiptHandle", "x"}, {"VisibilityTimeout", 5}}}}});
  EXPECT_EQ(changed["Successful"], json({{{"Id", "one"}}}));
  EXPECT_EQ(changed["Failed"][0]["Code"], "ReceiptHandleIsInvalid");
  json deleted =
      ok("DeleteMessageBatch",
         {{"QueueUrl", url_}, {"Entries", {{{"Id", "one"}, {"ReceiptHandle", handle}}}}});
  EXPECT_EQ(deleted["Successful"], json({{{"Id", "one"}}}));
  world_.timers.advance(seconds(30));
  EXPECT_TRUE(receive().empty());
}

TEST_F(QueueOperationsTest, BatchesThatCanNotBe) {
  create("jobs");
  auto batch_error = [&](const json& entries) {
    return error("SendMessageBatch", {{"QueueUrl", url_}, {"Entries", entries}});
  };
  EXPECT_EQ(batch_error(json::array()),
            "EmptyBatchRequest: There should be at least one SendMessageBatchRequestEntry in the "
            "request.");
  json eleven = json::array();
  for (int i = 0; i < 11; ++i) eleven.push_back({{"Id", std::to_string(i)}, {"MessageBody", "a"}});
  EXPECT_EQ(batch_error(eleven),
            "TooManyEntriesInBatchRequest: Maximum number of entries per request are 10. You have "
            "sent 11.");
  EXPECT_EQ(batch_error({{{"Id", "a"}, {"MessageBody", "a"}}, {{"Id", "a"}, {"MessageBody", "b"}}}),
            "BatchEntryIdsNotDistinct: Id a repeated.");
  EXPECT_THAT(batch_error({{{"Id", "a b"}, {"MessageBody", "a"}}}),
              StartsWith("InvalidBatchEntryId"));
  std::string large(600 * 1024, 'x');
  EXPECT_EQ(
      batch_error({{{"Id", "a"}, {"MessageBody", large}}, {{"Id", "b"}, {"MessageBody", large}}}),
      "BatchRequestTooLong: Batch requests cannot be longer than 1048576 bytes. You have sent "
      "1228800 bytes.");
  EXPECT_TRUE(receive().empty());
}

TEST_F(QueueOperationsTest, ReceivesAreChecked) {
  create("jobs");
  EXPECT_EQ(error("ReceiveMessage", {{"QueueUrl", url_}, {"MaxNumberOfMessages", 11}}),
            "InvalidParameterValue: Value 11 for parameter MaxNumberOfMessages is invalid. Reason: "
            "Must be between 1 and 10, if provided.");
  EXPECT_EQ(error("ReceiveMessage", {{"QueueUrl", url_}, {"WaitTimeSeconds", 21}}),
            "InvalidParameterValue: Value 21 for parameter WaitTimeSeconds is invalid. Reason: "
            "Must be >= 0 and <= 20, if provided.");
}

TEST_F(QueueOperationsTest, LongPollsUseTheQueuesWait) {
  create("jobs", {{"ReceiveMessageWaitTimeSeconds", "20"}});
  auto answer = begin("ReceiveMessage", {{"QueueUrl", url_}});
  EXPECT_FALSE(answer->has_value());
  send("a");
  ASSERT_TRUE(answer->has_value());
  EXPECT_EQ((***answer)["Messages"][0]["Body"], "a");
  EXPECT_EQ(ok("ReceiveMessage", {{"QueueUrl", url_}, {"WaitTimeSeconds", 0}}), json::object());
}

TEST_F(QueueOperationsTest, ARedrivePolicyMovesMessages) {
  std::string policy =
      R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":1})";
  json input = {{"QueueName", "jobs"}, {"Attributes", {{"RedrivePolicy", policy}}}};
  EXPECT_EQ(error("CreateQueue", input), "InvalidParameterValue: Value " + policy +
                                             " for parameter RedrivePolicy is invalid. Reason: "
                                             "Dead letter target does not exist.");
  std::string dead = create("dead");
  ok("CreateQueue", input);
  EXPECT_THAT(ok("ListDeadLetterSourceQueues", {{"QueueUrl", dead}})["queueUrls"],
              ElementsAre(url_));
  send("a");
  EXPECT_EQ(receive().size(), 1u);
  world_.timers.advance(seconds(30));
  EXPECT_TRUE(receive().empty());
  json moved =
      ok("ReceiveMessage", {{"QueueUrl", dead}, {"AttributeNames", {"All"}}})["Messages"][0];
  EXPECT_EQ(moved["Attributes"]["DeadLetterQueueSourceArn"],
            "arn:aws:sqs:us-east-1:000000000000:jobs");
  EXPECT_EQ(moved["Attributes"]["ApproximateReceiveCount"], "2");
}

TEST_F(QueueOperationsTest, PurgingEmptiesAQueue) {
  create("jobs");
  send("a");
  ok("PurgeQueue", {{"QueueUrl", url_}});
  EXPECT_TRUE(receive().empty());
}

TEST_F(QueueOperationsTest, TagsComeAndGo) {
  create("jobs");
  ok("TagQueue", {{"QueueUrl", url_}, {"Tags", {{"a", "1"}, {"b", "2"}}}});
  ok("UntagQueue", {{"QueueUrl", url_}, {"TagKeys", {"a", "c"}}});
  EXPECT_EQ(ok("ListQueueTags", {{"QueueUrl", url_}}), json({{"Tags", {{"b", "2"}}}}));
  json many = json::object();
  for (int i = 0; i < 50; ++i) many["tag" + std::to_string(i)] = "";
  EXPECT_EQ(error("TagQueue", {{"QueueUrl", url_}, {"Tags", many}}),
            "InvalidParameterValue: Too many tags added for queue jobs. Maximum number of tags is "
            "50.");
  EXPECT_THAT(error("TagQueue", {{"QueueUrl", url_}, {"Tags", {{std::string(600, 'x'), ""}}}}),
              StartsWith("InvalidParameterValue: Tag keys"));
}

// Forms name what JSON nests.
TEST(QueueQueryShapes, FormsAreReadAsTheModelSays) {
  aws::QueryShapes shapes;
  register_query_shapes(shapes);
  auto read = [&shapes](const char* operation, std::string_view form) {
    return aws::form_to_json(aws::parse_name_values(form, true),
                             shapes.find("sqs", operation).input)
        .value();
  };
  EXPECT_EQ(read("CreateQueue",
                 "QueueName=jobs&Attribute.1.Name=DelaySeconds&Attribute.1.Value=5&Tag.1.Key=a&"
                 "Tag.1.Value=b"),
            json({{"QueueName", "jobs"},
                  {"Attributes", {{"DelaySeconds", "5"}}},
                  {"tags", {{"a", "b"}}}}));
  EXPECT_EQ(
      read("SendMessageBatch",
           "SendMessageBatchRequestEntry.1.Id=one&SendMessageBatchRequestEntry.1.MessageBody=a+b&"
           "SendMessageBatchRequestEntry.1.DelaySeconds=3&"
           "SendMessageBatchRequestEntry.1.MessageAttribute.1.Name=city&"
           "SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType=String&"
           "SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue=Ulm"),
      json({{"Entries",
             {{{"Id", "one"},
               {"MessageBody", "a b"},
               {"DelaySeconds", 3},
               {"MessageAttributes",
                {{"city", {{"DataType", "String"}, {"StringValue", "Ulm"}}}}}}}}}));
  EXPECT_EQ(read("ReceiveMessage", "MaxNumberOfMessages=10&AttributeName.1=All"),
            json({{"MaxNumberOfMessages", 10}, {"AttributeNames", {"All"}}}));
}

}  // namespace
}  // namespace millrace::sqs::operation
