// An HTTP/1.1 load generator: keep-alive connections on one thread, latencies by percentile.
// Closed loop (each connection sends its next request when the answer has come) or open loop
// (requests are due at a fixed rate, and time spent waiting for a free connection counts).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace millrace::bench {

struct LoadOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 4566;
  int connections = 1;
  uint64_t requests = 10'000;
  double rate_per_second = 0;  // 0: closed loop
  // The whole HTTP request number n, as bytes.
  std::function<std::string(uint64_t n)> request;
};

struct LoadResult {
  uint64_t requests = 0;
  uint64_t failures = 0;  // status other than 200
  std::string first_failure;
  double seconds = 0;
  std::vector<uint32_t> latencies_ns;  // sorted

  double per_second() const { return static_cast<double>(requests) / seconds; }
  double percentile_us(double percent) const;
};

// Blocks until all requests are answered. Ends the process with a message if the server is not
// there.
LoadResult run_load(const LoadOptions& options);

// "POST / HTTP/1.1" with the headers that a DynamoDB client sends, unsigned.
std::string dynamodb_request(const std::string& operation, const std::string& body);

}  // namespace millrace::bench
