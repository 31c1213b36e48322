#include "aws/protocol/accept_encoding.h"

#include <gtest/gtest.h>

namespace millrace::aws {
namespace {

TEST(AcceptEncoding, TheFirstOfTheBestWins) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", ""},
      {"identity", ""},
      {"br, zstd, x-gzip", ""},
      {"gzip", "gzip"},
      {"GZIP , identity", "gzip"},
      {"identity, deflate,, gzip", "deflate"},
      {"gzip;q=0.4, deflate;q=0.5", "deflate"},
      {"gzip;q=0, gzip;q=0.1", "gzip"},
      {"gzip ;q=0", ""},
      {"deflate; q=-1", ""},
      {"identity;q=0.9, gzip;q=0.001", "gzip"},
  };
  for (const auto& [header, encoding] : cases) EXPECT_EQ(chosen_encoding(header), encoding);
}

TEST(AcceptEncoding, AStarStandsForWhatIsNotListed) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"*", "gzip"},
      {"*;q=0", ""},
      {"*, deflate", "deflate"},
      {"*, deflate;q=0.5", "gzip"},
      {"gzip;q=0.5, *", "deflate"},
      {"identity, *;q=0.1", "gzip"},
  };
  for (const auto& [header, encoding] : cases) EXPECT_EQ(chosen_encoding(header), encoding);
}

TEST(AcceptEncoding, OddQualities) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"deflate;q=0.5, gzip;q=31", "gzip"},       // at most 1
      {"gzip;q=2, deflate;q=3", "gzip"},          // so both are equal
      {"deflate;q=0.5, gzip;q=1;q=0.1", "gzip"},  // the first counts
      {"deflate;q=0.5, gzip;q=0.", "deflate"},    // a number
      {"deflate;q=0.5, gzip;q=0.x", "gzip"},      // none, so 1
      {"deflate;q=0.5, gzip;q=0. x", "gzip"},     // none either
      {"gzip;q= 0;q=1", ""},
      {"gzip;q =0;q=1", "gzip"},  // no quality and a quality
      {"gzip;level=2;q=0", ""},
      {"\"gzip\", gzip:q=1, gzip br", ""},
  };
  for (const auto& [header, encoding] : cases) EXPECT_EQ(chosen_encoding(header), encoding);
}

}  // namespace
}  // namespace millrace::aws
