// The published test suite of Signature Version 4, as testdata/signature_vectors.txt has it.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "aws/signature/canonical_request.h"
#include "base/encoding.h"

namespace millrace::aws {
namespace {

constexpr char kSecret[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
constexpr char kTime[] = "20150830T123600Z";

struct Vector {
  std::string name;
  HttpRequest request;
  std::vector<std::string> signed_headers{"host", "x-amz-date"};
  std::string signature;
};

void add_header(Vector& vector, std::string_view line, bool is_signed) {
  size_t colon = line.find(": ");
  vector.request.add_header(line.substr(0, colon), line.substr(colon + 2));
  if (is_signed) vector.signed_headers.push_back(to_lower(line.substr(0, colon)));
}

void add_line(Vector& vector, const std::string& line) {
  if (vector.name.empty()) {
    vector.name = line;
    return;
  }
  std::string_view rest = std::string_view(line).substr(std::min<size_t>(2, line.size()));
  switch (line.front()) {
    case '>':
      return add_header(vector, rest, true);
    case '-':
      return add_header(vector, rest, false);
    case '|':
      vector.request.body = rest;
      return;
    case '=':
      vector.signature = rest;
      return;
    default:
      vector.request.method = line.substr(0, line.find(' '));
      vector.request.target = line.substr(line.find(' ') + 1);
  }
}

std::vector<Vector> read_vectors() {
  std::ifstream file(MILLRACE_SIGNATURE_VECTORS);
  std::vector<Vector> vectors;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    if (!line.empty()) {
      if (!inside) {
        vectors.emplace_back();
        vectors.back().request.add_header("Host", "example.amazonaws.com");
        vectors.back().request.add_header("X-Amz-Date", kTime);
      }
      add_line(vectors.back(), line);
    }
    inside = !line.empty();
  }
  return vectors;
}

TEST(SignatureVectors, EachRequestHasItsPublishedSignature) {
  const CredentialScope scope{"AKIDEXAMPLE", "20150830", "us-east-1", "service"};
  std::vector<Vector> vectors = read_vectors();
  EXPECT_EQ(vectors.size(), 27u);
  for (Vector& vector : vectors) {
    auto& names = vector.signed_headers;
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    std::string canonical = canonical_request(vector.request, names,
                                              to_hex(as_view(sha256(vector.request.body))), false);
    EXPECT_EQ(sign(kSecret, scope, string_to_sign(kTime, scope, canonical)), vector.signature)
        << vector.name << '\n'
        << canonical;
  }
}

}  // namespace
}  // namespace millrace::aws
