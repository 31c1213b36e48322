// Reading the Runtime API's requests: the part of HTTP/1.1 that runtime clients use, bounded, and
// fast enough not to show between a write and its handler. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::lambda {

struct RuntimeRequest {
  std::string method;
  std::string path;
  std::string body;  // cut at limits::kFunctionResponseBytesMax
  bool body_too_large = false;
  std::string function_error_type;  // Lambda-Runtime-Function-Error-Type, as header or trailer
  bool keep_alive = true;
};

class RuntimeRequestParser {
 public:
  enum class Status {
    kIncomplete,  // feed more
    kContinue,    // the client waits for "100 Continue"; then feed more
    kComplete,    // take() has a request
    kMalformed,   // answer 400 and close
  };
  void feed(std::string_view bytes);
  // Goes on with what was fed; kContinue and kComplete are given once per request.
  Status advance();
  RuntimeRequest take();

 private:
  enum class Part { kHead, kBody, kChunkSize, kChunk, kChunkEnd, kTrailers, kDone };
  Status read_head();
  bool read_header(std::string_view line);
  bool take_line(std::string_view& line);
  void add_body(std::string_view bytes);
  void compact();

  std::string buffer_;
  size_t position_ = 0;  // what of buffer_ is used up
  Part part_ = Part::kHead;
  RuntimeRequest request_;
  uint64_t remaining_ = 0;  // of the body or the chunk
  uint64_t received_ = 0;   // of the body
  uint64_t trailer_bytes_ = 0;
  bool chunked_ = false;
  bool expect_continue_ = false;
};

}  // namespace millrace::lambda
