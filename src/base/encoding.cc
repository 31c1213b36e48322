#include "base/encoding.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <zlib.h>

#include <cstring>
#include <memory>

namespace millrace {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";
constexpr char kBase64Alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

struct Base64Table {
  int8_t value[256];
  Base64Table() {
    std::memset(value, -1, sizeof value);
    for (int i = 0; i < 64; ++i) value[static_cast<uint8_t>(kBase64Alphabet[i])] = static_cast<int8_t>(i);
  }
};

template <class Int>
void append_big_endian(std::string& out, Int value) {
  char bytes[sizeof(Int)];
  for (size_t i = 0; i < sizeof(Int); ++i) {
    bytes[i] = static_cast<char>(value >> (8 * (sizeof(Int) - 1 - i)));
  }
  out.append(bytes, sizeof bytes);
}

template <class Int>
Int read_big_endian(std::string_view bytes) {
  Int value = 0;
  for (size_t i = 0; i < sizeof(Int); ++i) {
    value = static_cast<Int>((value << 8) | static_cast<uint8_t>(bytes[i]));
  }
  return value;
}

template <size_t N>
std::array<uint8_t, N> digest(const EVP_MD* algorithm, std::string_view bytes) {
  thread_local std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                         EVP_MD_CTX_free);
  std::array<uint8_t, N> out;
  EVP_DigestInit_ex(context.get(), algorithm, nullptr);
  EVP_DigestUpdate(context.get(), bytes.data(), bytes.size());
  EVP_DigestFinal_ex(context.get(), out.data(), nullptr);
  return out;
}

// Fetched once: a look-up by name costs more than hashing a short key.
const EVP_MD* sha256_algorithm() {
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm;
}
const EVP_MD* md5_algorithm() {
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "MD5", nullptr);
  return algorithm;
}

}  // namespace

std::string to_hex(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (char c : bytes) {
    text += kHexDigits[static_cast<uint8_t>(c) >> 4];
    text += kHexDigits[static_cast<uint8_t>(c) & 15];
  }
  return text;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (size_t i = 0; i < text.size(); i += 2) {
    int high = hex_value(text[i]), low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

void append_base64(std::string& out, std::string_view bytes) {
  size_t i = 0;
  auto byte = [&](size_t at) { return static_cast<uint32_t>(static_cast<uint8_t>(bytes[at])); };
  for (; i + 3 <= bytes.size(); i += 3) {
    uint32_t group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    out += kBase64Alphabet[group >> 18];
    out += kBase64Alphabet[group >> 12 & 63];
    out += kBase64Alphabet[group >> 6 & 63];
    out += kBase64Alphabet[group & 63];
  }
  size_t left = bytes.size() - i;
  if (left == 1) {
    uint32_t group = byte(i) << 16;
    out += kBase64Alphabet[group >> 18];
    out += kBase64Alphabet[group >> 12 & 63];
    out += "==";
  } else if (left == 2) {
    uint32_t group = byte(i) << 16 | byte(i + 1) << 8;
    out += kBase64Alphabet[group >> 18];
    out += kBase64Alphabet[group >> 12 & 63];
    out += kBase64Alphabet[group >> 6 & 63];
    out += '=';
  }
}

std::string to_base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  append_base64(text, bytes);
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  static const Base64Table table;
  if (text.size() % 4 != 0) return std::nullopt;
  size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  uint32_t group = 0;
  int bits = 0;
  for (char c : text.substr(0, text.size() - padding)) {
    int value = table.value[static_cast<uint8_t>(c)];
    if (value < 0) return std::nullopt;
    group = group << 6 | static_cast<uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>(group >> bits & 0xff);
    }
  }
  if (bits > 0 && (group & ((1u << bits) - 1)) != 0) return std::nullopt;
  return bytes;
}

std::string percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
        hex_value(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_value(text[i + 1]) << 4 | hex_value(text[i + 2]));
      i += 2;
    } else if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string percent_encode(std::string_view text, bool keep_slash) {
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    bool unreserved = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '.' || c == '_' || c == '~' || (c == '/' && keep_slash);
    if (unreserved) {
      out += c;
    } else {
      out += '%';
      out += "0123456789ABCDEF"[static_cast<uint8_t>(c) >> 4];
      out += "0123456789ABCDEF"[static_cast<uint8_t>(c) & 15];
    }
  }
  return out;
}

void append_u16(std::string& out, uint16_t value) { append_big_endian(out, value); }
void append_u32(std::string& out, uint32_t value) { append_big_endian(out, value); }
void append_u64(std::string& out, uint64_t value) { append_big_endian(out, value); }
uint16_t read_u16(std::string_view bytes) { return read_big_endian<uint16_t>(bytes); }
uint32_t read_u32(std::string_view bytes) { return read_big_endian<uint32_t>(bytes); }
uint64_t read_u64(std::string_view bytes) { return read_big_endian<uint64_t>(bytes); }

void append_varint(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

std::optional<uint64_t> take_varint(std::string_view& bytes) {
  // Most are sizes below 128.
  if (!bytes.empty() && static_cast<uint8_t>(bytes[0]) < 0x80) {
    const auto small = static_cast<uint8_t>(bytes[0]);
    bytes.remove_prefix(1);
    return small;
  }
  uint64_t value = 0;
  for (size_t i = 0; i < bytes.size() && i < 10; ++i) {
    uint64_t group = static_cast<uint8_t>(bytes[i]);
    if (i == 9 && group > 1) return std::nullopt;
    value |= (group & 0x7f) << (7 * i);
    if ((group & 0x80) == 0) {
      bytes.remove_prefix(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

void append_sized(std::string& out, std::string_view bytes) {
  append_varint(out, bytes.size());
  out.append(bytes);
}

std::optional<std::string_view> take_sized(std::string_view& bytes) {
  std::string_view rest = bytes;
  auto size = take_varint(rest);
  if (!size || *size > rest.size()) return std::nullopt;
  std::string_view taken = rest.substr(0, *size);
  bytes = rest.substr(*size);
  return taken;
}

uint32_t crc32(std::string_view bytes, uint32_t seed) {
  return static_cast<uint32_t>(
      ::crc32_z(seed, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

Digest256 sha256(std::string_view bytes) { return digest<32>(sha256_algorithm(), bytes); }
Digest128 md5(std::string_view bytes) { return digest<16>(md5_algorithm(), bytes); }

Digest256 hmac_sha256(std::string_view key, std::string_view bytes) {
  Digest256 out;
  unsigned length = 0;
  HMAC(sha256_algorithm(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), out.data(), &length);
  return out;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool is_valid_utf8(std::string_view bytes) {
  size_t i = 0;
  while (i < bytes.size()) {
    auto lead = static_cast<uint8_t>(bytes[i]);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    int extra = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4 || i + static_cast<size_t>(extra) >= bytes.size()) return false;
    for (int k = 1; k <= extra; ++k) {
      if ((static_cast<uint8_t>(bytes[i + static_cast<size_t>(k)]) & 0xc0) != 0x80) return false;
    }
    auto second = static_cast<uint8_t>(bytes[i + 1]);
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
        (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) {
      return false;
    }
    i += static_cast<size_t>(extra) + 1;
  }
  return true;
}

}  // namespace millrace
