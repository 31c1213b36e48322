#include "aws/protocol/content_encoding.h"

#include <zlib.h>

#include "aws/http_message.h"

namespace millrace::aws {
namespace {

// zlib's own detection of gzip and zlib headers.
constexpr int kDetectHeader = 32;

Result<std::string> inflate_all(std::string_view body, size_t bytes_max) {
  z_stream stream{};
  if (inflateInit2(&stream, MAX_WBITS + kDetectHeader) != Z_OK) return internal_error();
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  std::string out;
  char buffer[16 * 1024];
  int status = Z_OK;
  while (status == Z_OK && out.size() <= bytes_max) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer);
    stream.avail_out = sizeof buffer;
    status = inflate(&stream, Z_NO_FLUSH);
    out.append(buffer, sizeof buffer - stream.avail_out);
  }
  inflateEnd(&stream);
  if (out.size() > bytes_max) {
    return api_error(413, "RequestEntityTooLarge", "The request body is too large when expanded");
  }
  if (status != Z_STREAM_END) return internal_error();
  return out;
}

}  // namespace

Result<std::string> decode_content(std::string_view encoding, std::string_view body,
                                   size_t bytes_max) {
  encoding = trim(encoding);
  if (encoding.empty() || encoding == "identity" || encoding == "aws-chunked") {
    return std::string(body);
  }
  if (encoding == "gzip" || encoding == "deflate") return inflate_all(body, bytes_max);
  return internal_error();
}

}  // namespace millrace::aws
