#include "aws/protocol/cbor_refusal.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "aws/testing.h"

namespace millrace::aws {
namespace {

using testing::header;
using testing::make_request;

TEST(CborRefusal, KnowsBothKinds) {
  EXPECT_TRUE(is_cbor_request(make_request("POST", "/", {{"smithy-protocol", "rpc-v2-cbor"}})));
  EXPECT_TRUE(is_cbor_request(make_request("POST", "/", {{"Content-Type", "application/cbor"}})));
  EXPECT_TRUE(
      is_cbor_request(make_request("POST", "/", {{"Content-Type", "application/x-amz-cbor-1.1"}})));
  EXPECT_FALSE(
      is_cbor_request(make_request("POST", "/", {{"Content-Type", "application/x-amz-json-1.1"}})));
  EXPECT_FALSE(is_cbor_request(make_request("POST", "/")));
}

TEST(CborRefusal, IsInTheFormatOfTheRequest) {
  HttpResponse response = cbor_refusal(
      make_request("POST", "/service/GraniteServiceVersion20100801/operation/PutMetricData",
                   {{"smithy-protocol", "rpc-v2-cbor"}, {"Content-Type", "application/cbor"}}),
      "ID");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.content_type, "application/cbor");
  EXPECT_EQ(header(response, "smithy-protocol"), "rpc-v2-cbor");
  EXPECT_EQ(header(response, "x-amzn-RequestId"), "ID");
  auto document = nlohmann::json::from_cbor(response.body);
  EXPECT_EQ(document["__type"], "UnknownOperationException");
  EXPECT_EQ(document["message"], "This server does not take CBOR");

  HttpResponse older = cbor_refusal(
      make_request("POST", "/", {{"Content-Type", "application/x-amz-cbor-1.1"}}), "ID");
  EXPECT_EQ(older.content_type, "application/x-amz-cbor-1.1");
  EXPECT_EQ(header(older, "smithy-protocol"), "");
  EXPECT_EQ(nlohmann::json::from_cbor(older.body)["message"],
            "This server does not take CBOR: set CBOR_ENABLED=false for the client");
}

}  // namespace
}  // namespace millrace::aws
