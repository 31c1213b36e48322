#include "control/fault_routes.h"

#include <gtest/gtest.h>

#include "control/control_request.h"
#include "control/fault_errors.h"

namespace millrace::control {
namespace {

class FaultRoutesTest : public ::testing::Test {
 protected:
  FaultRoutesTest() {
    add_fault_routes(
        routes, plan,
        {[this] { ++expiries; },
         [this](const std::string& table, const std::string& action, aws::HttpRespond done) {
           reshaped += action + ' ' + table + ';';
           done(table == "none" ? error_answer("no such table") : json_answer({}));
         }});
  }

  json send(const std::string& method, const std::string& body = "") {
    aws::HttpRequest request;
    request.method = method;
    request.body = body;
    json document;
    const auto* route = routes.find(method, "/_millrace/faults");
    route->handler(request, [&](aws::HttpResponse response) {
      document = json::parse(response.body);
      document["status"] = response.status;
    });
    return document;
  }
  // The message that refuses this fault.
  std::string refusal(const std::string& body) {
    json answer = send("POST", body);
    EXPECT_EQ(answer["status"], 400) << body;
    return answer.value("message", "");
  }

  aws::AdminRoutes routes;
  FaultPlan plan;
  int expiries = 0;
  std::string reshaped;
};

TEST_F(FaultRoutesTest, AddsListsAndEnds) {
  json added = send("POST", R"({"throttle": {"service": "dynamodb", "operation": "PutItem",
                               "count": 2, "probability": 0.5, "seed": 7}})");
  EXPECT_EQ(added, (json{{"status", 200},
                         {"id", 1},
                         {"kind", "throttle"},
                         {"service", "dynamodb"},
                         {"operation", "PutItem"},
                         {"count", 2},
                         {"probability", 0.5},
                         {"seed", 7},
                         {"looked", 0},
                         {"fired", 0}}));
  send("POST", R"({"failFunction": {"functionName": "f"}})");
  json listed = send("GET")["faults"];
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_EQ(listed[1]["errorType"], "Error");
  EXPECT_EQ(send("DELETE")["faults"].size(), 0u);
  EXPECT_TRUE(plan.is_empty());
}

TEST_F(FaultRoutesTest, MistakesAreExplained) {
  EXPECT_NE(refusal("{}").find("known are throttle error"), std::string::npos);
  EXPECT_NE(refusal(R"({"throttle": {}, "error": {}})").find("Give one fault"), std::string::npos);
  EXPECT_NE(refusal(R"({"expireIterators": {"tableName": "t"}})").find("no member 'tableName'"),
            std::string::npos);
  EXPECT_EQ(refusal(R"({"rotate": {}})"), "rotate needs tableName.");
  EXPECT_EQ(refusal(R"({"throttle": true})"), "throttle must be an object with its settings.");
  EXPECT_NE(refusal(R"({"throttle": {"count": 0}})").find("count must be"), std::string::npos);
  EXPECT_NE(refusal(R"({"throttle": {"probability": 1.5}})").find("probability must be"),
            std::string::npos);
  EXPECT_NE(refusal(R"({"error": {"status": 200}})").find("status must be"), std::string::npos);
  EXPECT_TRUE(plan.is_empty());
}

TEST_F(FaultRoutesTest, SomeHappenAtOnce) {
  EXPECT_EQ(send("POST", R"({"expireIterators": true})")["fired"], 1);
  EXPECT_EQ(expiries, 1);
  EXPECT_EQ(send("POST", R"({"rotate": {"tableName": "t", "count": 2}})")["fired"], 2);
  EXPECT_EQ(send("POST", R"({"split": {"tableName": "t"}})")["fired"], 1);
  EXPECT_EQ(reshaped, "rotate t;rotate t;split t;");
  EXPECT_EQ(refusal(R"({"split": {"tableName": "none"}})"), "no such table");
}

TEST_F(FaultRoutesTest, ThrottlingIsAsOnAws) {
  EXPECT_EQ(throttling_error_of("dynamodb", "PutItem").type,
            "ProvisionedThroughputExceededException");
  EXPECT_EQ(throttling_error_of("dynamodb", "CreateTable").type, "ThrottlingException");
  EXPECT_EQ(throttling_error_of("dynamodbstreams", "GetRecords").type, "ThrottlingException");
  EXPECT_EQ(throttling_error_of("lambda", "Invoke").http_status, 429);
}

TEST_F(FaultRoutesTest, ErrorsHaveStatusAndTextOfTheirType) {
  send("POST", R"({"error": {}})");
  send("POST", R"({"error": {"type": "ExpiredIteratorException"}})");
  send("POST", R"({"error": {"type": "Mine", "message": "text", "status": 418}})");
  const std::string input = "{}";
  auto next = [&] { return error_of(*plan.on_request({"s", "O", input}), "s", "O"); };
  aws::ApiError internal = next();
  EXPECT_EQ(internal.type, "InternalServerError");
  EXPECT_EQ(internal.http_status, 500);
  EXPECT_EQ(next().message, "The provided iterator exceeds the maximum age allowed.");
  aws::ApiError mine = next();
  EXPECT_EQ(mine.type + mine.message, "Minetext");
  EXPECT_EQ(mine.http_status, 418);
}

}  // namespace
}  // namespace millrace::control
