#include "load_generator.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>

namespace millrace::bench {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "load generator: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

struct Connection {
  int socket = -1;
  std::string incoming;
  SteadyTime started;
};

int connect_to(const LoadOptions& options) {
  int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(options.port);
  inet_pton(AF_INET, options.host.c_str(), &address.sin_addr);
  if (connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    fail("connect");
  }
  int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return descriptor;
}

// The size of the first whole response in `bytes`, 0 if there is none yet.
size_t response_size(const std::string& bytes) {
  size_t end = bytes.find("\r\n\r\n");
  if (end == std::string::npos) return 0;
  size_t body = 0;
  for (const char* name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
    size_t at = bytes.find(name);
    if (at < end) body = std::strtoul(bytes.c_str() + at + std::strlen(name), nullptr, 10);
  }
  size_t total = end + 4 + body;
  return bytes.size() >= total ? total : 0;
}

class Loop {
 public:
  explicit Loop(const LoadOptions& options) : options_(options), epoll_(epoll_create1(0)) {
    connections_.resize(static_cast<size_t>(options.connections));
    for (size_t i = 0; i < connections_.size(); ++i) {
      connections_[i].socket = connect_to(options);
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_[i].socket, &event);
      idle_.push_back(i);
    }
    result_.latencies_ns.reserve(options.requests);
  }

  ~Loop() {
    for (auto& connection : connections_) close(connection.socket);
    close(epoll_);
  }

  LoadResult run() {
    start_ = std::chrono::steady_clock::now();
    while (result_.requests < options_.requests) {
      send_due();
      epoll_event events[256];
      int count = epoll_wait(epoll_, events, 256, open_loop() ? 0 : -1);
      for (int i = 0; i < count; ++i) receive(events[i].data.u64);
    }
    result_.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    std::sort(result_.latencies_ns.begin(), result_.latencies_ns.end());
    return std::move(result_);
  }

 private:
  bool open_loop() const { return options_.rate_per_second > 0; }

  SteadyTime due(uint64_t n) const {
    return start_ + std::chrono::nanoseconds(static_cast<int64_t>(1e9 * static_cast<double>(n) /
                                                                  options_.rate_per_second));
  }

  void send_due() {
    while (sent_ < options_.requests && !idle_.empty()) {
      SteadyTime now = std::chrono::steady_clock::now();
      if (open_loop() && due(sent_) > now) return;
      Connection& connection = connections_[idle_.front()];
      idle_.pop_front();
      connection.started = open_loop() ? due(sent_) : now;
      std::string bytes = options_.request(sent_++);
      size_t written = 0;
      while (written < bytes.size()) {
        ssize_t put = send(connection.socket, bytes.data() + written, bytes.size() - written, 0);
        if (put <= 0) fail("send");
        written += static_cast<size_t>(put);
      }
    }
  }

  void receive(size_t index) {
    Connection& connection = connections_[index];
    char buffer[65536];
    ssize_t got = recv(connection.socket, buffer, sizeof buffer, 0);
    if (got <= 0) fail("the server closed a connection");
    connection.incoming.append(buffer, static_cast<size_t>(got));
    size_t size = response_size(connection.incoming);
    if (size == 0) return;
    auto taken = std::chrono::steady_clock::now() - connection.started;
    result_.latencies_ns.push_back(static_cast<uint32_t>(
        std::min<int64_t>(std::chrono::nanoseconds(taken).count(), UINT32_MAX)));
    ++result_.requests;
    if (connection.incoming.compare(9, 3, "200") != 0) {
      if (result_.failures++ == 0) result_.first_failure = connection.incoming.substr(0, 1000);
    }
    connection.incoming.erase(0, size);
    idle_.push_back(index);
  }

  const LoadOptions& options_;
  int epoll_;
  std::vector<Connection> connections_;
  std::deque<size_t> idle_;
  uint64_t sent_ = 0;
  SteadyTime start_;
  LoadResult result_;
};

}  // namespace

double LoadResult::percentile_us(double percent) const {
  if (latencies_ns.empty()) return 0;
  auto index = static_cast<size_t>(percent / 100 * static_cast<double>(latencies_ns.size() - 1));
  return latencies_ns[index] / 1000.0;
}

LoadResult run_load(const LoadOptions& options) {
  return Loop(options).run();
}

std::string dynamodb_request(const std::string& operation, const std::string& body) {
  return "POST / HTTP/1.1\r\n"
         "Host: localhost:4566\r\n"
         "Content-Type: application/x-amz-json-1.0\r\n"
         "X-Amz-Target: DynamoDB_20120810." +
         operation +
         "\r\n"
         "X-Amz-Date: 20260101T000000Z\r\n"
         "Authorization: AWS4-HMAC-SHA256 "
         "Credential=test/20260101/us-east-1/dynamodb/aws4_request, "
         "SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=0\r\n"
         "Content-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace millrace::bench
