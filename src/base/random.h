// Chance as a parameter: ids, jitter and sampling come from here, so that a failure is replayed from
// its seed. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace millrace {

class Random {
 public:
  virtual ~Random() = default;
  virtual uint64_t next() = 0;

  // Uniform in [0, bound). REQUIRES: bound > 0
  uint64_t below(uint64_t bound) { return next() % bound; }
  // Uniform in [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  // `digits` lower-case hexadecimal digits.
  std::string hex(int digits);
  // A version 4 UUID in lower case.
  std::string uuid();
  // `length` characters of A-Z and 0-9, as in AWS request ids.
  std::string upper_alphanumeric(int length);
};

// The operating system's generator: unpredictable, for ids and secrets.
class SystemRandom final : public Random {
 public:
  uint64_t next() override;
};

// The same numbers for the same seed (SplitMix64).
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  uint64_t next() override;

 private:
  std::mutex mutex_;
  uint64_t state_;
};

}  // namespace millrace
