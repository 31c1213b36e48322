// Compressed bodies of requests and responses. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "aws/api_error.h"

namespace millrace::aws {

// Undoes a Content-Encoding of gzip or deflate; several gzip streams may follow each other, and
// other bytes behind one are ignored. `bytes_max` bounds the result. Errors: as DynamoDB answers
// them, 413 beyond the bound and 500 for other encodings or corrupt data.
Result<std::string> decode_content(std::string_view encoding, std::string_view body,
                                   size_t bytes_max);

// REQUIRES: the encoding is gzip or deflate. Fast rather than small.
std::string encode_content(std::string_view encoding, std::string_view body);

}  // namespace millrace::aws
