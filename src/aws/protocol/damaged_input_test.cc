// Whatever bytes come, the answer is a value: seeded random damage to requests of each protocol.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "aws/protocol/content_encoding.h"
#include "aws/protocol/form.h"
#include "aws/protocol/rest_json_protocol.h"
#include "aws/protocol/route.h"
#include "aws/testing.h"
#include "base/random.h"

namespace millrace::aws {
namespace {

constexpr int kRounds = 2000;

std::string damage(std::string text, Random& random) {
  for (uint64_t changes = 1 + random.below(4); changes > 0 && !text.empty(); --changes) {
    size_t at = random.below(text.size());
    switch (random.below(4)) {
      case 0:
        text[at] = static_cast<char>(random.next());
        break;
      case 1:
        text.erase(at, 1 + random.below(8));
        break;
      case 2:
        text.insert(at, text.substr(random.below(text.size()), random.below(16)));
        break;
      default:
        text.insert(at, 1, "%&=./?+;{}"[random.below(10)]);
    }
  }
  return text;
}

TEST(DamagedInput, FormsBecomeJsonOrAreRefused) {
  SeededRandom random(1);
  Shape shape = Shape::structure({
      {"Number", "Number", Shape::integer()},
      {"Names", "Name", Shape::flat_list(Shape::string())},
      {"Map", "Attribute", Shape::flat_map("Name", "Value", Shape::string())},
      {"Deep", "Deep", Shape::list(Shape::structure({{"Tags", "Tags", Shape::map(Shape::any())}}))},
  });
  const std::string form =
      "Action=A&Version=2012-11-05&Number=5&Name.1=a&Name.2=b&Attribute.1.Name=x&Attribute.1.Value="
      "y"
      "&Deep.member.1.Tags.entry.1.key=k&Deep.member.1.Tags.entry.1.value=%C3%A4";
  for (int i = 0; i < kRounds; ++i) {
    auto converted = form_to_json(parse_name_values(damage(form, random), true), shape);
    if (converted) {
      EXPECT_TRUE(converted->is_object());
    } else {
      EXPECT_EQ(converted.error().type, "MalformedInput");
    }
  }
}

TEST(DamagedInput, RequestsHaveARouteOrNone) {
  SeededRandom random(2);
  const std::string target =
      "/2015-03-31/functions/arn%3Aaws%3Af/invocations?Qualifier=1&tagKeys=a";
  const std::string authorization =
      "AWS4-HMAC-SHA256 Credential=AKID/20261124/us-east-1/lambda/aws4_request, "
      "SignedHeaders=host, "
      "Signature=0";
  for (int i = 0; i < kRounds; ++i) {
    HttpRequest request = testing::make_request("POST", damage(target, random));
    request.add_header("Authorization", damage(authorization, random));
    Route route = route_request(request, "");
    if (route.protocol == ProtocolKind::kNone) continue;
    ASSERT_NE(route.service, nullptr);
    auto input = RestJsonProtocol().input(route, "");
    ASSERT_TRUE(input);
    EXPECT_TRUE(input->empty() || nlohmann::json::accept(*input)) << *input;
  }
}

TEST(DamagedInput, CompressedBodiesStayInTheirBound) {
  SeededRandom random(3);
  // "hello hello hello" by gzip.
  const std::string body(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x90\x00\x51\xd5\x99"
      "\x1f\x11\x00\x00\x00",
      28);
  for (int i = 0; i < kRounds; ++i) {
    auto decoded = decode_content("gzip", damage(body, random), 100);
    if (decoded) {
      EXPECT_LE(decoded->size(), 100u);
    }
  }
}

}  // namespace
}  // namespace millrace::aws
