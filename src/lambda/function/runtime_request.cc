#include "lambda/function/runtime_request.h"

#include <algorithm>
#include <charconv>

#include "base/limits.h"

namespace millrace::lambda {
namespace {

// A response beyond the limit is read to its end and dropped, so that the client gets its answer;
// one beyond this is not worth reading.
constexpr uint64_t kDroppedBytesMax = 256ULL * 1024 * 1024;

bool equal_ignoring_case(std::string_view a, std::string_view lower) {
  return std::equal(a.begin(), a.end(), lower.begin(), lower.end(), [](char x, char y) {
    return (x >= 'A' && x <= 'Z' ? static_cast<char>(x + 32) : x) == y;
  });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool parse_number(std::string_view text, int base, uint64_t& number) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

void RuntimeRequestParser::feed(std::string_view bytes) {
  buffer_.append(bytes);
}

void RuntimeRequestParser::compact() {
  if (position_ == buffer_.size()) {
    buffer_.clear();
    position_ = 0;
  } else if (position_ > 64 * 1024) {
    buffer_.erase(0, position_);
    position_ = 0;
  }
}

bool RuntimeRequestParser::take_line(std::string_view& line) {
  size_t end = buffer_.find("\r\n", position_);
  if (end == std::string::npos) return false;
  line = std::string_view(buffer_).substr(position_, end - position_);
  position_ = end + 2;
  return true;
}

bool RuntimeRequestParser::read_header(std::string_view line) {
  size_t colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  std::string_view name = line.substr(0, colon);
  std::string_view value = trimmed(line.substr(colon + 1));
  if (equal_ignoring_case(name, "content-length")) return parse_number(value, 10, remaining_);
  if (equal_ignoring_case(name, "transfer-encoding")) {
    chunked_ = equal_ignoring_case(value, "chunked");
    return chunked_;
  }
  if (equal_ignoring_case(name, "connection")) {
    request_.keep_alive = !equal_ignoring_case(value, "close");
  } else if (equal_ignoring_case(name, "expect")) {
    expect_continue_ = equal_ignoring_case(value, "100-continue");
  } else if (equal_ignoring_case(name, "lambda-runtime-function-error-type")) {
    request_.function_error_type = value;
  }
  return true;
}

RuntimeRequestParser::Status RuntimeRequestParser::read_head() {
  size_t end = buffer_.find("\r\n\r\n", position_);
  if (end == std::string::npos) {
    bool too_long = buffer_.size() - position_ > limits::kWorkerHeaderBytesMax;
    return too_long ? Status::kMalformed : Status::kIncomplete;
  }
  std::string_view line;
  take_line(line);
  size_t first = line.find(' ');
  size_t second = line.find(' ', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos ||
      !line.substr(second + 1).starts_with("HTTP/1.")) {
    return Status::kMalformed;
  }
  request_ = RuntimeRequest{};
  request_.method = line.substr(0, first);
  request_.path = line.substr(first + 1, second - first - 1);
  request_.keep_alive = line.ends_with("1.1");
  remaining_ = received_ = trailer_bytes_ = 0;
  chunked_ = expect_continue_ = false;
  while (take_line(line) && !line.empty()) {
    if (!read_header(line)) return Status::kMalformed;
  }
  if (remaining_ > kDroppedBytesMax) return Status::kMalformed;
  part_ = chunked_ ? Part::kChunkSize : Part::kBody;
  return expect_continue_ ? Status::kContinue : Status::kComplete;
}

void RuntimeRequestParser::add_body(std::string_view bytes) {
  received_ += bytes.size();
  size_t room = limits::kFunctionResponseBytesMax - request_.body.size();
  if (bytes.size() > room) request_.body_too_large = true;
  request_.body.append(bytes.substr(0, room));
}

RuntimeRequestParser::Status RuntimeRequestParser::advance() {
  std::string_view line;
  for (;;) {
    switch (part_) {
      case Part::kHead: {
        Status status = read_head();
        if (status != Status::kComplete) return status;
        break;
      }
      case Part::kBody:
      case Part::kChunk: {
        size_t count = std::min<uint64_t>(remaining_, buffer_.size() - position_);
        add_body(std::string_view(buffer_).substr(position_, count));
        position_ += count;
        remaining_ -= count;
        compact();
        if (remaining_ > 0) return Status::kIncomplete;
        part_ = part_ == Part::kBody ? Part::kDone : Part::kChunkEnd;
        break;
      }
      case Part::kChunkEnd:
        if (buffer_.size() - position_ < 2) return Status::kIncomplete;
        if (!take_line(line) || !line.empty()) return Status::kMalformed;
        part_ = Part::kChunkSize;
        break;
      case Part::kChunkSize:
        if (!take_line(line)) {
          return buffer_.size() - position_ > 1024 ? Status::kMalformed : Status::kIncomplete;
        }
        if (!parse_number(trimmed(line.substr(0, line.find(';'))), 16, remaining_) ||
            received_ + remaining_ > kDroppedBytesMax) {
          return Status::kMalformed;
        }
        part_ = remaining_ > 0 ? Part::kChunk : Part::kTrailers;
        break;
      case Part::kTrailers:
        if (!take_line(line)) {
          bool too_long = buffer_.size() - position_ > limits::kWorkerHeaderBytesMax;
          return too_long ? Status::kMalformed : Status::kIncomplete;
        }
        trailer_bytes_ += line.size();
        if (line.empty()) {
          part_ = Part::kDone;
        } else if (trailer_bytes_ > limits::kWorkerHeaderBytesMax || !read_header(line)) {
          return Status::kMalformed;
        }
        break;
      case Part::kDone:
        part_ = Part::kHead;
        compact();
        return Status::kComplete;
    }
  }
}

RuntimeRequest RuntimeRequestParser::take() {
  return std::move(request_);
}

}  // namespace millrace::lambda
