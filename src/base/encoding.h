// Bytes to text and back, fixed-width integers, checksums and digests. All functions are pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

std::string to_hex(std::string_view bytes);  // lower case
std::optional<std::string> from_hex(std::string_view text);

std::string to_base64(std::string_view bytes);
void append_base64(std::string& out, std::string_view bytes);
// Strict: canonical padding and no characters outside the alphabet; nothing otherwise.
std::optional<std::string> from_base64(std::string_view text);

// Percent-decodes; with `plus_is_space` as in form bodies. Malformed escapes are kept as they are.
std::string percent_decode(std::string_view text, bool plus_is_space = false);
// Encodes everything but the unreserved characters A-Z a-z 0-9 - . _ ~ (and '/' if `keep_slash`).
std::string percent_encode(std::string_view text, bool keep_slash = false);

// Big-endian integers sort as the numbers do, which is why keys use them.
void append_u16(std::string& out, uint16_t value);
void append_u32(std::string& out, uint32_t value);
void append_u64(std::string& out, uint64_t value);
// REQUIRES: the bytes are there.
uint16_t read_u16(std::string_view bytes);
uint32_t read_u32(std::string_view bytes);
uint64_t read_u64(std::string_view bytes);

// LEB128, least significant group first: lengths and counts inside values.
void append_varint(std::string& out, uint64_t value);
// Removes the integer from the front of `bytes`; nothing if it is cut short or longer than 64 bits.
std::optional<uint64_t> take_varint(std::string_view& bytes);
// A varint length and the bytes.
void append_sized(std::string& out, std::string_view bytes);
std::optional<std::string_view> take_sized(std::string_view& bytes);

uint32_t crc32(std::string_view bytes, uint32_t seed = 0);

using Digest128 = std::array<uint8_t, 16>;
using Digest256 = std::array<uint8_t, 32>;
Digest256 sha256(std::string_view bytes);
Digest256 hmac_sha256(std::string_view key, std::string_view bytes);
Digest128 md5(std::string_view bytes);
template <size_t N>
std::string_view as_view(const std::array<uint8_t, N>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), N};
}
// Takes the same time whatever the contents, for comparing signatures.
bool equal_constant_time(std::string_view a, std::string_view b);

// Whether the bytes are well-formed UTF-8 (no surrogates, no overlong forms).
bool is_valid_utf8(std::string_view bytes);

}  // namespace millrace
