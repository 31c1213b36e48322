#include "server/http/request_parser.h"

#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include "base/random.h"

namespace millrace::server {
namespace {

namespace http = boost::beast::http;

constexpr size_t kHeaderBytesMax = 4096;
constexpr size_t kBodyBytesMax = 100;

struct Parsed {
  bool done = false;
  bool failed = false;
  int rejection = 0;
  aws::HttpRequest request;
  size_t left = 0;  // bytes after the request

  bool operator==(const Parsed& other) const {
    return done == other.done && failed == other.failed && rejection == other.rejection &&
           left == other.left && request.method == other.request.method &&
           request.target == other.request.target && request.body == other.request.body &&
           request.headers() == other.request.headers();
  }
};

// Feeds the pieces as a connection does: what was not taken is there again with the next piece.
Parsed parse(const std::vector<std::string_view>& pieces, BodyBudget& budget) {
  RequestParser::BodyLimit limit = [](const aws::HttpRequest&) { return kBodyBytesMax; };
  RequestParser parser(kHeaderBytesMax, limit, budget);
  Parsed parsed;
  std::string input;
  for (std::string_view piece : pieces) {
    input += piece;
    while (!input.empty() && !parser.is_done() && !parsed.failed) {
      boost::system::error_code error;
      input.erase(0, parser.put(boost::asio::buffer(input), error));
      if (error == http::error::need_more) break;
      parsed.failed = error.failed();
    }
  }
  parsed.done = parser.is_done();
  if (parsed.failed) parsed.rejection = parser.rejection_status();
  parsed.left = parsed.done ? input.size() : 0;
  if (parsed.done) parsed.request = std::move(parser.request());
  return parsed;
}

Parsed parse(std::string_view text) {
  BodyBudget budget(1000);
  return parse({text}, budget);
}

constexpr std::string_view kPlain =
    "POST /a?b=c HTTP/1.1\r\nHost: h\r\nX-One:  1 \r\nx-one: 2\r\nContent-Length: "
    "5\r\n\r\nhelloGET";
constexpr std::string_view kChunked =
    "PUT /%20 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nT: "
    "1\r\n\r\nGET";

TEST(RequestParser, ReadsHeadAndBody) {
  Parsed plain = parse(kPlain);
  ASSERT_TRUE(plain.done);
  EXPECT_EQ(plain.request.method, "POST");
  EXPECT_EQ(plain.request.target, "/a?b=c");
  EXPECT_EQ(plain.request.body, "hello");
  EXPECT_EQ(plain.request.header("X-ONE"), "1");
  EXPECT_EQ(plain.request.headers().size(), 4u);
  EXPECT_EQ(plain.left, 3u);
  Parsed chunked = parse(kChunked);
  ASSERT_TRUE(chunked.done);
  EXPECT_EQ(chunked.request.body, "hello");
  EXPECT_EQ(chunked.request.headers().size(), 1u);
  EXPECT_EQ(chunked.left, 3u);
}

TEST(RequestParser, TheSameHoweverTheBytesArrive) {
  for (std::string_view text : {kPlain, kChunked}) {
    BodyBudget budget(1000);
    Parsed whole = parse({text}, budget);
    for (size_t cut = 1; cut < text.size(); ++cut) {
      Parsed parts = parse({text.substr(0, cut), text.substr(cut)}, budget);
      EXPECT_TRUE(parts == whole) << cut;
    }
    std::vector<std::string_view> bytes;
    for (size_t i = 0; i < text.size(); ++i) bytes.push_back(text.substr(i, 1));
    EXPECT_TRUE(parse(bytes, budget) == whole);
  }
}

TEST(RequestParser, BodiesHaveABound) {
  std::string head = "POST / HTTP/1.1\r\n";
  EXPECT_EQ(parse(head + "Content-Length: 101\r\n\r\n").rejection, 413);
  EXPECT_EQ(parse(head + "Content-Length: 18446744073709551615\r\n\r\n").rejection, 413);
  EXPECT_FALSE(parse(head + "Content-Length: 100\r\n\r\n").failed);
  std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(parse(chunked + "65\r\n").rejection, 413);
  EXPECT_EQ(parse(chunked + "ffffffffffffffff\r\n").rejection, 413);
  std::string tens;
  for (int i = 0; i < 10; ++i) tens += "a\r\n0123456789\r\n";
  EXPECT_EQ(parse(chunked + tens + "0\r\n\r\n").request.body.size(), 100u);
  EXPECT_EQ(parse(chunked + tens + "1\r\n").rejection, 413);
}

TEST(RequestParser, BudgetIsTakenBeforeTheBodyAndGivenBack) {
  BodyBudget budget(100);
  EXPECT_TRUE(budget.take(60));
  EXPECT_EQ(parse({"POST / HTTP/1.1\r\nContent-Length: 50\r\n\r\n"}, budget).rejection, 503);
  budget.give_back(60);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(parse({"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n"}, budget).failed);
  }
  EXPECT_TRUE(budget.take(100));
  EXPECT_FALSE(budget.take(1));
}

TEST(RequestParser, DamagedRequestsAreNeverReadInTwoWays) {
  SeededRandom random(7);
  for (int i = 0; i < 3000; ++i) {
    std::string text(i % 2 == 0 ? kPlain : kChunked);
    for (uint64_t changes = 1 + random.below(3); changes > 0; --changes) {
      text[random.below(text.size())] = static_cast<char>(random.next());
    }
    BodyBudget budget(1000);
    size_t cut = random.below(text.size());
    Parsed whole = parse({text}, budget);
    Parsed parts =
        parse({std::string_view(text).substr(0, cut), std::string_view(text).substr(cut)}, budget);
    // A head that is not complete may be refused at once or only when it is.
    std::string context = std::to_string(i) + ": " + ::testing::PrintToString(text);
    EXPECT_EQ(whole.done, parts.done) << context << " at " << cut;
    EXPECT_TRUE(!whole.done || whole == parts) << context << " at " << cut;
    EXPECT_TRUE(budget.take(1000)) << "everything was given back";
  }
}

}  // namespace
}  // namespace millrace::server
