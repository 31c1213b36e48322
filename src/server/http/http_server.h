// HTTP/1.1 over TCP, or over TLS on it: a few threads, each with its own event loop; a connection
// stays on the loop that accepted it, so it needs no locks. Requests of one connection are answered
// one after the other.
//
// Bounds: connections, header and body bytes of one request, body bytes of all requests together,
// idle time, and the time that a header may take. A full server closes new connections and answers
// bodies with 503; it never queues.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "aws/http_message.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/result.h"

namespace millrace::server {

// Called on a thread of the server: must not block. Answering after the connection has gone does
// nothing.
using HttpHandler = std::function<void(aws::HttpRequest, aws::HttpRespond)>;

struct HttpServerOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 4566;  // 0: any free one
  // PEM files of a certificate chain and its key; both or neither. With them only TLS is spoken.
  std::string tls_certificate_file;
  std::string tls_key_file;
  int threads = 2;
  int connections_max = limits::kConnectionsMax;
  size_t header_bytes_max = limits::kRequestHeaderBytesMax;
  // How large the body of the request that begins so may be.
  std::function<size_t(const aws::HttpRequest& head)> body_bytes_max;
  size_t total_body_bytes_max = size_t{1024} * 1024 * 1024;
  // Clients keep connections for up to 90 seconds and take a close on reuse for a failure.
  std::chrono::seconds idle_timeout{120};
  // From the first byte of a request, and between two pieces of its body.
  std::chrono::seconds receive_timeout{30};
  // What the timeouts are measured with, and how often: coarse, because they are many seconds. Not
  // the server's clock: sockets time out by the machine's time, whatever a test has made of that.
  std::function<std::chrono::steady_clock::time_point()> stopwatch = stopwatch_now;
  std::chrono::milliseconds timeout_check_interval{2000};
};

// Thread-safe once started.
class HttpServer {
 public:
  // The clock dates the responses; it must outlive this.
  HttpServer(HttpServerOptions options, HttpHandler handler, const Clock& clock);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;

  // Listens and starts the threads. The error is one sentence for the user.
  Result<void, std::string> start();
  // The port that it listens on. REQUIRES: started.
  uint16_t port() const;
  int connections() const;

  // Stops accepting and closes idle connections, lets running requests finish for at most
  // `drain`, then closes everything and joins the threads. Idempotent.
  void stop(std::chrono::milliseconds drain);

 private:
  struct Implementation;
  std::shared_ptr<Implementation> implementation_;
};

}  // namespace millrace::server
