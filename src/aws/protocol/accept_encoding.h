// Which compression a client wants for the answer. Pure.
#pragma once

#include <string_view>

namespace millrace::aws {

// "gzip", "deflate", or "" for none, from the value of Accept-Encoding. Read as DynamoDB reads it,
// which is not quite RFC 9110: what is listed first wins among equals, identity is never preferred,
// and of several quality values of one entry the first counts.
std::string_view chosen_encoding(std::string_view accept_encoding);

}  // namespace millrace::aws
