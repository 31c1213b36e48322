#include "server/http/http_server.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <thread>
#include <vector>

#include "base/log.h"
#include "server/http/http_connection.h"
#include "server/http/tls.h"

namespace millrace::server {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// When the process is out of file descriptors, accepting again at once would only burn the core.
constexpr std::chrono::milliseconds kAcceptRetryDelay{100};

// One event loop, its thread and its connections.
struct Loop {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  asio::steady_timer sweep{context};
  HttpConnection::Registry connections;
  std::thread thread;
  bool ending = false;

  // Closes connections that have been silent for too long, again and again.
  void sweep_later(const HttpServerOptions& options) {
    sweep.expires_after(options.timeout_check_interval);
    sweep.async_wait([this, &options](error_code error) {
      // A timer that has fired already can not be cancelled any more.
      if (error || ending) return;
      auto now = options.stopwatch();
      auto snapshot = connections;  // closing may remove one from the set
      for (const auto& connection : snapshot) connection->check_timeout(now);
      sweep_later(options);
    });
  }
};

std::string explain(const error_code& error, const HttpServerOptions& options) {
  std::string where = options.host + ':' + std::to_string(options.port);
  if (error == asio::error::address_in_use) {
    return "Port " + std::to_string(options.port) +
           " is in use. Stop the program that has it, or choose another with --port.";
  }
  if (error == asio::error::access_denied) {
    return "Not allowed to listen on " + where + ". Choose a port above 1023 with --port.";
  }
  return "Can not listen on " + where + ": " + error.message() + ". See --host and --port.";
}

}  // namespace

struct HttpServer::Implementation : std::enable_shared_from_this<Implementation> {
  Implementation(HttpServerOptions given_options, HttpHandler given_handler, const Clock& clock)
      : options(std::move(given_options)),
        handler(std::move(given_handler)),
        shared(options, handler, clock) {
    for (int i = 0; i < std::max(1, options.threads); ++i) {
      loops.push_back(std::make_unique<Loop>());
    }
    acceptor.emplace(loops[0]->context);
    retry.emplace(loops[0]->context);
  }

  error_code listen() {
    error_code error;
    auto address =
        asio::ip::make_address(options.host == "localhost" ? "127.0.0.1" : options.host, error);
    if (error) return error;
    tcp::endpoint endpoint(address, options.port);
    acceptor->open(endpoint.protocol(), error);
    if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor->bind(endpoint, error);
    if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
    if (!error) port = acceptor->local_endpoint(error).port();
    return error;
  }

  void accept() {
    Loop& loop = *loops[next_loop++ % loops.size()];
    acceptor->async_accept(loop.context, [this, &loop](error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted || shared.stopping) return;
      if (error) return accept_later(error);
      if (shared.connections.load() >= options.connections_max) {
        log_warning("connection refused: too many", {{"connections", shared.connections.load()}});
      } else {
        asio::post(loop.context, [this, &loop, socket = std::move(socket)]() mutable {
          if (shared.stopping) return;
          std::shared_ptr<ConnectionShared> owned(shared_from_this(), &shared);
          std::make_shared<HttpConnection>(std::move(socket), owned, loop.connections)->start();
        });
      }
      accept();
    });
  }

  void accept_later(const error_code& error) {
    log_warning("accepting a connection failed", {{"reason", error.message()}});
    retry->expires_after(kAcceptRetryDelay);
    retry->async_wait([this](error_code cancelled) {
      if (!cancelled) accept();
    });
  }

  HttpServerOptions options;
  HttpHandler handler;
  std::unique_ptr<asio::ssl::context> tls;
  ConnectionShared shared;
  std::vector<std::unique_ptr<Loop>> loops;
  std::optional<tcp::acceptor> acceptor;  // on the first loop, as is the timer
  std::optional<asio::steady_timer> retry;
  size_t next_loop = 0;
  uint16_t port = 0;
  bool started = false;
};

HttpServer::HttpServer(HttpServerOptions options, HttpHandler handler, const Clock& clock)
    : implementation_(
          std::make_shared<Implementation>(std::move(options), std::move(handler), clock)) {}

HttpServer::~HttpServer() {
  stop(std::chrono::milliseconds(0));
}

Result<void, std::string> HttpServer::start() {
  Implementation& self = *implementation_;
  if (!self.options.tls_certificate_file.empty()) {
    MILLRACE_TRY(self.tls,
                 load_tls_context(self.options.tls_certificate_file, self.options.tls_key_file));
    self.shared.tls = self.tls.get();
  }
  if (error_code error = self.listen()) return Unexpected(explain(error, self.options));
  self.accept();
  for (auto& loop : self.loops) {
    loop->sweep_later(self.options);
    loop->thread = std::thread([&context = loop->context] { context.run(); });
  }
  self.started = true;
  return {};
}

uint16_t HttpServer::port() const {
  return implementation_->port;
}

int HttpServer::connections() const {
  return implementation_->shared.connections.load();
}

void HttpServer::stop(std::chrono::milliseconds drain) {
  Implementation& self = *implementation_;
  if (!self.started) return;
  self.started = false;
  self.shared.stopping = true;
  asio::post(self.loops[0]->context, [&self] {
    error_code ignored;
    self.acceptor->close(ignored);
    self.retry->cancel();
  });
  for (auto& loop : self.loops) {
    asio::post(loop->context, [loop = loop.get()] {
      auto snapshot = loop->connections;
      for (const auto& connection : snapshot) connection->finish();
    });
  }
  // Connections end by themselves once answered; what is left after the time is cut off.
  {
    std::unique_lock lock(self.shared.mutex);
    self.shared.all_closed.wait_for(lock, drain,
                                    [&self] { return self.shared.connections.load() == 0; });
  }
  for (auto& loop : self.loops) {
    asio::post(loop->context, [loop = loop.get()] {
      auto snapshot = loop->connections;
      for (const auto& connection : snapshot) connection->close();
      loop->ending = true;
      loop->sweep.cancel();
      loop->work.reset();
    });
  }
  for (auto& loop : self.loops) loop->thread.join();
  self.shared.ended = true;
}

}  // namespace millrace::server
