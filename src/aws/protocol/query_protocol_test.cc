#include "aws/protocol/query_protocol.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "aws/protocol/route.h"
#include "aws/testing.h"

namespace millrace::aws {
namespace {

using nlohmann::json;
using testing::make_request;

QueryShapes make_shapes() {
  QueryShapes shapes;
  Shape tag = Shape::structure({});
  shapes.add("sqs", "SendMessage",
             Shape::structure({
                 {"DelaySeconds", "DelaySeconds", Shape::integer()},
                 {"Fifo", "Fifo", Shape::boolean()},
                 {"Attributes", "Attribute", Shape::flat_map("Name", "Value", Shape::string())},
                 {"AttributeNames", "AttributeName", Shape::flat_list(Shape::string())},
             }),
             Shape::structure({
                 {"Messages", "Message", Shape::flat_list(Shape::any())},
                 {"Attributes", "Attribute", Shape::flat_map("Name", "Value", Shape::string())},
             }));
  shapes.add("cloudformation", "CreateStack",
             Shape::structure({
                 {"Tags", "Tags", Shape::list(tag)},
                 {"Parameters", "Parameters", Shape::list(Shape::any())},
                 {"Labels", "Labels", Shape::map(Shape::string())},
             }),
             Shape::structure({
                 {"Created", "Created", Shape::timestamp()},
                 {"Labels", "Labels", Shape::map(Shape::string())},
             }));
  return shapes;
}

class QueryProtocolTest : public ::testing::Test {
 protected:
  Route route(const std::string& form) const {
    HttpRequest request =
        make_request("POST", "/", {{"Content-Type", "application/x-www-form-urlencoded"}});
    return route_request(request, form);
  }
  Result<std::string> input(const std::string& form) const {
    return protocol_.input(route(form), "");
  }
  json sqs(const std::string& form) const {
    auto text = input("Action=SendMessage&Version=2012-11-05&" + form);
    return text ? json::parse(*text) : json(text.error().type + ": " + text.error().message);
  }
  json stack(const std::string& form) const {
    auto text = input("Action=CreateStack&Version=2010-05-15&" + form);
    return text ? json::parse(*text) : json(text.error().type + ": " + text.error().message);
  }
  std::string output(const std::string& action_and_version, json document) const {
    Output output;
    output.body = document.dump();
    return protocol_.output(route(action_and_version), HttpRequest(), "ID", output).body;
  }

  QueryShapes shapes_ = make_shapes();
  QueryProtocol protocol_{shapes_};
};

constexpr char kStack[] = "Action=CreateStack&Version=2010-05-15";
constexpr char kMessage[] = "Action=SendMessage&Version=2012-11-05";
constexpr char kIdentity[] = "Action=GetCallerIdentity&Version=2011-06-15";

TEST_F(QueryProtocolTest, FormsBecomeTypedMembers) {
  EXPECT_EQ(sqs("MessageBody=a+b%26c&DelaySeconds=5&Fifo=true&X-Amz-Date=x"),
            json::parse(R"({"MessageBody":"a b&c","DelaySeconds":5,"Fifo":true})"));
  EXPECT_EQ(sqs("Attribute.1.Name=A&Attribute.1.Value=1&Attribute.2.Name=B&Attribute.2.Value="),
            json::parse(R"({"Attributes":{"A":"1","B":""}})"));
  EXPECT_EQ(sqs("AttributeName.1=x"), json::parse(R"({"AttributeNames":["x"]})"));
}

TEST_F(QueryProtocolTest, ListsAreOrderedByTheirNumbers) {
  EXPECT_EQ(sqs("AttributeName.10=c&AttributeName.2=b&AttributeName.1=a&AttributeName.x=no"),
            json::parse(R"({"AttributeNames":["a","b","c"]})"));
  EXPECT_EQ(stack("Tags.member.1.Key=k&Tags.member.1.Value=v"),
            json::parse(R"({"Tags":[{"Key":"k","Value":"v"}]})"));
  EXPECT_EQ(stack("Capabilities.member.1=CAPABILITY_IAM"),
            json::parse(R"({"Capabilities":["CAPABILITY_IAM"]})"));
}

TEST_F(QueryProtocolTest, AnEmptyListIsANameWithoutValue) {
  EXPECT_EQ(stack("Parameters=&Tags=&Labels="),
            json::parse(R"({"Parameters":[],"Tags":[],"Labels":{}})"));
}

TEST_F(QueryProtocolTest, MapsHaveEntries) {
  EXPECT_EQ(stack("Labels.entry.1.key=a&Labels.entry.1.value=b&Labels.entry.2.value=lost"),
            json::parse(R"({"Labels":{"a":"b"}})"));
}

TEST_F(QueryProtocolTest, MalformedValuesAreRefused) {
  EXPECT_EQ(sqs("DelaySeconds=soon"),
            "MalformedInput: The value 'soon' can not be read as a number.");
  EXPECT_EQ(sqs("DelaySeconds="), "MalformedInput: The value '' can not be read as a number.");
  EXPECT_EQ(sqs("DelaySeconds=99999999999999999999"),
            "MalformedInput: The value '99999999999999999999' can not be read as a number.");
  EXPECT_EQ(sqs("Fifo=1"), "MalformedInput: The value '1' can not be read as true or false.");
  std::string deep = "a";
  for (int i = 0; i < 40; ++i) deep += ".a";
  EXPECT_TRUE(sqs(deep + "=x").get<std::string>().starts_with("MalformedInput"));
}

TEST_F(QueryProtocolTest, BytesThatAreNoTextAreReplaced) {
  EXPECT_EQ(sqs("MessageBody=%ff%zz"), json::parse("{\"MessageBody\":\"\xEF\xBF\xBD%zz\"}"));
}

TEST_F(QueryProtocolTest, AnswersAreXmlOfTheServicesNamespace) {
  EXPECT_EQ(output(kIdentity, {{"Account", "000000000000"}}),
            "<?xml version=\"1.0\"?>\n"
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
            "<GetCallerIdentityResult><Account>000000000000</Account></GetCallerIdentityResult>"
            "<ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata>"
            "</GetCallerIdentityResponse>");
}

TEST_F(QueryProtocolTest, AnEmptyResultIsStillThere) {
  // Clients look the element up before they look for members.
  EXPECT_NE(output(kStack, json::object()).find("<CreateStackResult></CreateStackResult>"),
            std::string::npos);
}

TEST_F(QueryProtocolTest, AnswersFollowTheShapes) {
  std::string xml = output(kMessage, json::parse(R"({"Messages":[{"Body":"1"},{"Body":"2"}],
      "Attributes":{"A":"x"},"Nothing":null,"Done":false,"Names":["n"]})"));
  EXPECT_NE(xml.find("<Message><Body>1</Body></Message><Message><Body>2</Body></Message>"),
            std::string::npos);
  EXPECT_NE(xml.find("<Attribute><Name>A</Name><Value>x</Value></Attribute>"), std::string::npos);
  EXPECT_NE(xml.find("<Names><member>n</member></Names>"), std::string::npos);
  EXPECT_NE(xml.find("<Done>false</Done>"), std::string::npos);
  EXPECT_EQ(xml.find("Nothing"), std::string::npos);
  std::string stack =
      output(kStack, json::parse(R"({"Created":1700000000.001,"Labels":{"a":"b"}})"));
  EXPECT_NE(stack.find("<Created>2023-11-14T22:13:20.001Z</Created>"), std::string::npos);
  EXPECT_NE(stack.find("<Labels><entry><key>a</key><value>b</value></entry></Labels>"),
            std::string::npos);
}

TEST_F(QueryProtocolTest, TimesAreToTheMillisecond) {
  // Doubles just below the millisecond that is meant.
  for (int millis = 0; millis < 1000; ++millis) {
    double seconds = 1'700'000'000 + millis / 1000.0;
    char expected[8];
    snprintf(expected, sizeof expected, ".%03dZ", millis);
    EXPECT_NE(output(kStack, {{"Created", seconds}}).find(expected), std::string::npos) << millis;
  }
}

TEST_F(QueryProtocolTest, TextIsEscapedAndWhatXmlCannotHoldIsReplaced) {
  std::string xml = output(kIdentity, {{"Arn", "<a href=\"x\">&\r\n\t\x01\x1f"}});
  EXPECT_NE(
      xml.find("<Arn>&lt;a href=&quot;x&quot;&gt;&amp;&#xD;\n\t\xEF\xBF\xBD\xEF\xBF\xBD</Arn>"),
      std::string::npos)
      << xml;
}

TEST_F(QueryProtocolTest, ErrorsHaveTheQueryProtocolsCodes) {
  auto error = [&](const char* form, ApiError given) {
    return protocol_.error(route(form), HttpRequest(), "ID", given);
  };
  HttpResponse missing = error(kStack, {400, "ValidationException", "Stack <x>", {}});
  EXPECT_EQ(missing.status, 400);
  EXPECT_EQ(missing.content_type, "text/xml");
  EXPECT_EQ(missing.body,
            "<?xml version=\"1.0\"?>\n"
            "<ErrorResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><Error>"
            "<Type>Sender</Type><Code>ValidationError</Code><Message>Stack &lt;x&gt;</Message>"
            "<Detail/></Error><RequestId>ID</RequestId></ErrorResponse>");
  auto code = [&](const char* form, ApiError given) {
    std::string body = error(form, std::move(given)).body;
    size_t begin = body.find("<Code>") + 6;
    return body.substr(begin, body.find("</Code>") - begin);
  };
  EXPECT_EQ(code(kMessage, {400, "QueueDoesNotExist", "", {}}),
            "AWS.SimpleQueueService.NonExistentQueue");
  EXPECT_EQ(code(kIdentity, {403, "UnrecognizedClientException", "", {}}), "InvalidClientTokenId");
  EXPECT_EQ(code(kIdentity, {403, "InvalidSignatureException", "", {}}), "SignatureDoesNotMatch");
  EXPECT_EQ(code(kIdentity, {403, "MissingAuthenticationTokenException", "", {}}),
            "MissingAuthenticationToken");
  EXPECT_EQ(code(kIdentity, {400, "IncompleteSignatureException", "", {}}), "IncompleteSignature");
  HttpResponse fault = error(kIdentity, {500, "InternalServerError", "", {}});
  EXPECT_NE(fault.body.find("<Type>Receiver</Type><Code>InternalFailure</Code>"),
            std::string::npos);
}

}  // namespace
}  // namespace millrace::aws
