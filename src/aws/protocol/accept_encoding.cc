#include "aws/protocol/accept_encoding.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "aws/http_message.h"

namespace millrace::aws {
namespace {

constexpr std::string_view kEncodings[] = {"gzip", "deflate"};  // in the order of preference

struct Candidate {
  std::string_view encoding;
  double quality;
};

// Nothing that can be read is as good as 1.
double quality(std::string_view parameters) {
  size_t begin = parameters.find("q=");
  if (begin == std::string_view::npos) return 1;
  parameters.remove_prefix(begin + 2);
  std::string_view text = trim(parameters.substr(0, parameters.find(';')));
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return 1;
  return std::min(value, 1.0);
}

Candidate* find(std::vector<Candidate>& candidates, std::string_view encoding) {
  auto found = std::find_if(candidates.begin(), candidates.end(),
                            [&](const Candidate& each) { return each.encoding == encoding; });
  return found == candidates.end() ? nullptr : &*found;
}

void note(std::vector<Candidate>& candidates, std::string_view encoding, double quality) {
  if (Candidate* known = find(candidates, encoding)) {
    known->quality = std::max(known->quality, quality);
  } else {
    candidates.push_back({encoding, quality});
  }
}

}  // namespace

std::string_view chosen_encoding(std::string_view accept_encoding) {
  std::vector<Candidate> candidates;
  double rest = 0;  // of the encodings that are not listed
  while (!accept_encoding.empty()) {
    size_t comma = std::min(accept_encoding.find(','), accept_encoding.size());
    std::string_view entry = accept_encoding.substr(0, comma);
    accept_encoding.remove_prefix(std::min(comma + 1, accept_encoding.size()));
    size_t semicolon = std::min(entry.find(';'), entry.size());
    std::string_view name = trim(entry.substr(0, semicolon));
    double value = quality(entry.substr(semicolon));
    if (name == "*") rest = std::max(rest, value);
    for (std::string_view encoding : kEncodings) {
      if (equal_ignoring_case(name, encoding)) note(candidates, encoding, value);
    }
  }
  for (std::string_view encoding : kEncodings) {
    if (find(candidates, encoding) == nullptr) candidates.push_back({encoding, rest});
  }
  auto best = std::max_element(
      candidates.begin(), candidates.end(),
      [](const Candidate& a, const Candidate& b) { return a.quality < b.quality; });
  return best->quality > 0 ? best->encoding : std::string_view();
}

}  // namespace millrace::aws
