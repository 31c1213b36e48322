#include "server/dispatcher.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "aws/testing.h"

namespace millrace::server {
namespace {

using aws::HttpRequest;
using aws::HttpResponse;
using aws::testing::header;
using aws::testing::make_request;
using nlohmann::json;

class DispatcherTest : public ::testing::Test {
 protected:
  DispatcherTest() {
    operations_.add("dynamodb", "Echo",
                    [this](aws::ContextPtr context, std::string body, aws::Respond respond) {
                      seen_ = context;
                      respond(aws::Output{std::move(body)});
                    });
    operations_.add("dynamodb", "Throw", [](aws::ContextPtr, std::string, aws::Respond) {
      throw std::runtime_error("a secret");
    });
    operations_.add("dynamodb", "Lose", [](aws::ContextPtr, std::string, aws::Respond) {});
    operations_.add("dynamodb", "AnswerAndThrow",
                    [](aws::ContextPtr, std::string, aws::Respond respond) {
                      respond(aws::Output{"{}"});
                      throw std::runtime_error("too late");
                    });
    operations_.add("dynamodb", "Later",
                    [this](aws::ContextPtr, std::string, aws::Respond respond) {
                      later_ = std::move(respond);
                    });
    operations_.add("lambda", "GetFunction",
                    [this](aws::ContextPtr context, std::string, aws::Respond respond) {
                      seen_ = context;
                      respond(aws::Output{"{}"});
                    });
    routes_.add("GET", "/_millrace/open", aws::AdminAccess::kOpen,
                [](const HttpRequest&, aws::HttpRespond respond) { respond({}); });
    routes_.add("GET", "/_millrace/closed/", aws::AdminAccess::kCredentials,
                [](const HttpRequest&, aws::HttpRespond respond) { respond({}); });
  }

  void check_signatures() {
    aws::AccessKeys keys;
    keys.add("AKID", {"secret", ""});
    verifier_ = std::make_unique<aws::SignatureVerifier>(std::move(keys), clock_);
  }

  HttpResponse send(HttpRequest request) {
    if (dispatcher_ == nullptr) {
      dispatcher_ = std::make_unique<Dispatcher>(
          DispatcherDependencies{operations_, shapes_, routes_, verifier_.get(), clock_, random_,
                                 metrics_, faults_},
          DispatcherOptions{"123456789012", "eu-west-1"});
    }
    HttpResponse answer;
    answer.status = 0;
    dispatcher_->handle(std::move(request), [&](HttpResponse response) {
      EXPECT_EQ(answer.status, 0) << "answered twice";
      answer = std::move(response);
    });
    return answer;
  }
  HttpResponse call(const std::string& operation, const std::string& authorization = "") {
    HttpRequest request = make_request("POST", "/",
                                       {{"Content-Type", "application/x-amz-json-1.0"},
                                        {"X-Amz-Target", "DynamoDB_20120810." + operation}},
                                       "{}");
    if (!authorization.empty()) request.add_header("Authorization", authorization);
    return send(std::move(request));
  }
  static std::string authorization(const std::string& id, const std::string& region) {
    return "AWS4-HMAC-SHA256 Credential=" + id + "/20261124/" + region +
           "/dynamodb/aws4_request, SignedHeaders=host, Signature=0";
  }

  aws::OperationRegistry operations_;
  aws::QueryShapes shapes_;
  aws::AdminRoutes routes_;
  std::unique_ptr<aws::SignatureVerifier> verifier_;
  ManualClock clock_;
  SeededRandom random_{1};
  MetricsRegistry metrics_;
  control::FaultPlan faults_;
  aws::ContextPtr seen_;
  aws::Respond later_;
  std::unique_ptr<Dispatcher> dispatcher_;
};

TEST_F(DispatcherTest, OperationsKnowWhoAsksAndWhere) {
  HttpResponse answer = call("Echo", authorization("000011112222", "cn-north-1"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "{}");
  EXPECT_EQ(seen_->account, "000011112222");
  EXPECT_EQ(seen_->region, "cn-north-1");
  EXPECT_EQ(seen_->partition, "aws-cn");
  EXPECT_EQ(seen_->operation, "Echo");
  EXPECT_EQ(seen_->service, "dynamodb");
  EXPECT_EQ(seen_->request_id, header(answer, "x-amzn-RequestId"));
  EXPECT_EQ(seen_->received, clock_.now());
  EXPECT_GT(seen_->deadline, seen_->received);
}

TEST_F(DispatcherTest, WhatIsNotSaidIsTheServersOwn) {
  call("Echo");
  EXPECT_EQ(seen_->account, "123456789012");
  EXPECT_EQ(seen_->region, "eu-west-1");
  EXPECT_EQ(seen_->host, "localhost");
  call("Echo", authorization("any id", "not a region!"));
  EXPECT_EQ(seen_->account, "123456789012");
  EXPECT_EQ(seen_->region, "eu-west-1");
  EXPECT_EQ(seen_->access_key_id, "any id");
}

TEST_F(DispatcherTest, FaultsAreAnsweredAndTellNothing) {
  for (const char* operation : {"Throw", "Lose"}) {
    HttpResponse answer = call(operation);
    EXPECT_EQ(answer.status, 500) << operation;
    EXPECT_EQ(json::parse(answer.body)["message"], "Internal server error");
  }
  EXPECT_EQ(call("AnswerAndThrow").status, 200);
}

TEST_F(DispatcherTest, AnAnswerMayComeLater) {
  HttpResponse answer;
  answer.status = 0;
  call("Echo");  // makes the dispatcher
  HttpRequest request = make_request("POST", "/", {{"X-Amz-Target", "DynamoDB_20120810.Later"}});
  dispatcher_->handle(std::move(request), [&](HttpResponse response) { answer = response; });
  EXPECT_EQ(answer.status, 0);
  later_(aws::api_error(400, "ResourceNotFoundException", "gone"));
  EXPECT_EQ(answer.status, 400);
}

TEST_F(DispatcherTest, RequestsAreCountedByTheirEnd) {
  call("Echo");
  call("Throw");
  call("Nothing");
  std::string text = metrics_.text();
  auto counted = [&](std::string_view operation, std::string_view outcome) {
    for (size_t at = 0; (at = text.find("millrace_requests_total{", at)) != std::string::npos;
         ++at) {
      std::string line = text.substr(at, text.find('\n', at) - at);
      if (line.find("operation=\"" + std::string(operation) + '"') != std::string::npos &&
          line.find("outcome=\"" + std::string(outcome) + '"') != std::string::npos) {
        return line.substr(line.rfind(' ') + 1);
      }
    }
    return std::string("none");
  };
  EXPECT_EQ(counted("Echo", "success"), "1");
  EXPECT_EQ(counted("Throw", "server_error"), "1");
  EXPECT_EQ(counted("unknown", "client_error"), "1");
}

TEST_F(DispatcherTest, RestServicesRefuseWith403) {
  check_signatures();
  HttpResponse table = call("Echo");
  EXPECT_EQ(table.status, 400);
  EXPECT_EQ(json::parse(table.body)["__type"],
            "com.amazon.coral.service#MissingAuthenticationTokenException");
  HttpResponse function = send(make_request("GET", "/2015-03-31/functions/f"));
  EXPECT_EQ(function.status, 403);
  EXPECT_EQ(header(function, "x-amzn-ErrorType"), "MissingAuthenticationTokenException");
  EXPECT_EQ(seen_, nullptr);
}

TEST_F(DispatcherTest, PathsOfTheServerMayAskForCredentials) {
  check_signatures();
  EXPECT_EQ(send(make_request("GET", "/_millrace/open")).status, 200);
  EXPECT_EQ(send(make_request("HEAD", "/_millrace/open")).status, 200);
  HttpResponse refused = send(make_request("GET", "/_millrace/closed/room"));
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(header(refused, "WWW-Authenticate"), "Basic realm=\"millrace\"");
  HttpRequest basic =
      make_request("GET", "/_millrace/closed/room", {{"Authorization", "Basic QUtJRDpzZWNyZXQ="}});
  EXPECT_EQ(send(std::move(basic)).status, 200);
}

TEST(BodyBytesMax, LambdaMayUploadCode) {
  EXPECT_EQ(body_bytes_max(make_request("POST", "/")), 16u * 1024 * 1024);
  EXPECT_EQ(body_bytes_max(make_request("POST", "/2015-03-31/functions")), 70u * 1024 * 1024);
}

}  // namespace
}  // namespace millrace::server
