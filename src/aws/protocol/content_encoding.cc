#include "aws/protocol/content_encoding.h"

#include <zlib.h>

#include <algorithm>
#include <iterator>

#include "aws/http_message.h"

namespace millrace::aws {
namespace {

// zlib's own detection of gzip and zlib headers.
constexpr int kDetectHeader = 32;
constexpr int kGzipHeader = 16;
constexpr int kDefaultMemoryLevel = 8;

// True if what is left is another gzip stream, from which it can go on.
bool begin_next_stream(z_stream& stream) {
  constexpr Bytef kMagic[] = {0x1f, 0x8b};
  if (stream.avail_in < sizeof kMagic) return false;
  if (!std::equal(std::begin(kMagic), std::end(kMagic), stream.next_in)) return false;
  return inflateReset(&stream) == Z_OK;
}

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
    if (status == Z_STREAM_END && begin_next_stream(stream)) status = Z_OK;
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

std::string encode_content(std::string_view encoding, std::string_view body) {
  z_stream stream{};
  int window_bits = encoding == "gzip" ? MAX_WBITS + kGzipHeader : MAX_WBITS;
  deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, window_bits, kDefaultMemoryLevel,
               Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, body.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace millrace::aws
