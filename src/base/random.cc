#include "base/random.h"

#include <sys/random.h>

#include <cstdlib>
#include <cstring>

namespace millrace {

std::string Random::hex(int digits) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(static_cast<size_t>(digits));
  while (digits > 0) {
    uint64_t bits = next();
    for (int i = 0; i < 16 && digits > 0; ++i, --digits) {
      text += kDigits[bits & 15];
      bits >>= 4;
    }
  }
  return text;
}

std::string Random::uuid() {
  std::string digits = hex(32);
  digits[12] = '4';
  digits[16] = "89ab"[digits[16] & 3];
  return digits.substr(0, 8) + '-' + digits.substr(8, 4) + '-' + digits.substr(12, 4) + '-' +
         digits.substr(16, 4) + '-' + digits.substr(20);
}

std::string Random::upper_alphanumeric(int length) {
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  std::string text;
  text.reserve(static_cast<size_t>(length));
  while (length > 0) {
    uint64_t bits = next();
    for (int i = 0; i < 12 && length > 0; ++i, --length) {
      text += kAlphabet[bits % 36];
      bits /= 36;
    }
  }
  return text;
}

uint64_t SystemRandom::next() {
  // One system call for 32 numbers; each thread has its own, so no lock is needed.
  thread_local uint64_t buffer[32];
  thread_local int left = 0;
  if (left == 0) {
    if (getrandom(buffer, sizeof buffer, 0) != static_cast<ssize_t>(sizeof buffer)) std::abort();
    left = 32;
  }
  return buffer[--left];
}

uint64_t SeededRandom::next() {
  std::lock_guard lock(mutex_);
  uint64_t z = (state_ += 0x9e3779b97f4a7c15ull);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

}  // namespace millrace
