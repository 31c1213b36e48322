#include "lambda/function/runtime_request.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace millrace::lambda {
namespace {

using Status = RuntimeRequestParser::Status;

constexpr std::string_view kNext =
    "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: 127.0.0.1:9001\r\n\r\n";

TEST(RuntimeRequestParser, ReadsPipelinedRequests) {
  RuntimeRequestParser parser;
  parser.feed("POST /a/response HTTP/1.1\r\ncontent-LENGTH:  4\r\n\r\nnull");
  parser.feed(kNext);
  ASSERT_EQ(parser.advance(), Status::kComplete);
  RuntimeRequest request = parser.take();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/a/response");
  EXPECT_EQ(request.body, "null");
  ASSERT_EQ(parser.advance(), Status::kComplete);
  EXPECT_EQ(parser.take().path, "/2018-06-01/runtime/invocation/next");
  EXPECT_EQ(parser.advance(), Status::kIncomplete);
}

TEST(RuntimeRequestParser, ReadsByteByByte) {
  std::string text =
      "POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTrailer: "
      "Lambda-Runtime-Function-Error-Type\r\n\r\n"
      "3;extension=1\r\nabc\r\nA\r\n0123456789\r\n0\r\n"
      "Lambda-Runtime-Function-Error-Type: Boom\r\n\r\n";
  RuntimeRequestParser parser;
  for (size_t i = 0; i < text.size(); ++i) {
    parser.feed(text.substr(i, 1));
    Status expected = i + 1 == text.size() ? Status::kComplete : Status::kIncomplete;
    ASSERT_EQ(parser.advance(), expected) << i;
  }
  RuntimeRequest request = parser.take();
  EXPECT_EQ(request.body, "abc0123456789");
  EXPECT_EQ(request.function_error_type, "Boom");
}

TEST(RuntimeRequestParser, SaysWhenTheClientWaitsForContinue) {
  RuntimeRequestParser parser;
  parser.feed("POST /x HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(parser.advance(), Status::kContinue);
  EXPECT_EQ(parser.advance(), Status::kIncomplete);
  parser.feed("{}");
  EXPECT_EQ(parser.advance(), Status::kComplete);
}

TEST(RuntimeRequestParser, CutsABodyBeyondTheLimit) {
  RuntimeRequestParser parser;
  std::string body(limits::kFunctionResponseBytesMax + 1, 'x');
  parser.feed("POST /x HTTP/1.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");
  parser.feed(body);
  ASSERT_EQ(parser.advance(), Status::kComplete);
  RuntimeRequest request = parser.take();
  EXPECT_TRUE(request.body_too_large);
  EXPECT_EQ(request.body.size(), limits::kFunctionResponseBytesMax);
}

TEST(RuntimeRequestParser, RefusesWhatIsNotHttp) {
  for (std::string_view text :
       {"hello\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n"}) {
    RuntimeRequestParser parser;
    parser.feed(text);
    EXPECT_EQ(parser.advance(), Status::kMalformed) << text;
  }
  RuntimeRequestParser parser;
  parser.feed("GET / HTTP/1.1\r\nA: " + std::string(limits::kWorkerHeaderBytesMax, 'a'));
  EXPECT_EQ(parser.advance(), Status::kMalformed);
}

}  // namespace
}  // namespace millrace::lambda
