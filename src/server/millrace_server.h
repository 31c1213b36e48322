// One running millrace: engine, services and HTTP server, wired from a Configuration.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "server/configuration.h"

namespace millrace::server {

struct Platform;

// Thread-safe.
class MillraceServer {
 public:
  // Called when the services are there and before requests are answered: once, and again whenever a
  // test has made the server begin anew. Must not block.
  using Prepare = std::function<void(Platform&)>;

  // Opens the data, starts the services and listens. The error is one sentence for the user.
  static Result<std::unique_ptr<MillraceServer>, std::string> start(
      Configuration configuration, Prepare prepare = [](Platform&) {});
  // Stops if stop() has not been called.
  ~MillraceServer();
  MillraceServer(const MillraceServer&) = delete;

  uint16_t port() const;
  std::string url() const;  // "http://127.0.0.1:4566"
  // Takes no more connections, lets running requests finish, stops the services, closes the data.
  // Blocks for at most about `drain`. Idempotent.
  void stop(std::chrono::milliseconds drain = std::chrono::seconds(10));

 private:
  struct Implementation;
  explicit MillraceServer(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace millrace::server
