// One client connection. Internal to the HTTP server: includes Boost.Asio.
#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "server/http/http_server.h"
#include "server/http/request_parser.h"

namespace millrace::server {

class HttpConnection;

// What the connections of one server share. They keep it alive: an answer may come after the server
// has stopped.
struct ConnectionShared {
  ConnectionShared(const HttpServerOptions& server_options, const HttpHandler& server_handler,
                   const Clock& server_clock)
      : options(server_options),
        handler(server_handler),
        clock(server_clock),
        budget(server_options.total_body_bytes_max) {}
  void connection_closed() {
    std::lock_guard lock(mutex);
    if (connections.fetch_sub(1) == 1) all_closed.notify_all();
  }

  const HttpServerOptions& options;
  const HttpHandler& handler;
  const Clock& clock;
  boost::asio::ssl::context* tls = nullptr;  // null: connections are not encrypted
  BodyBudget budget;
  std::atomic<int> connections{0};
  std::atomic<int> active_requests{0};
  std::atomic<bool> stopping{false};
  std::atomic<bool> ended{false};  // no event loop runs any more
  std::mutex mutex;
  std::condition_variable all_closed;
};

// All methods run on the connection's own event loop, except complete().
class HttpConnection final : public std::enable_shared_from_this<HttpConnection> {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  // The open connections of one event loop; touched on that loop only.
  using Registry = std::set<std::shared_ptr<HttpConnection>>;

  HttpConnection(Socket socket, std::shared_ptr<ConnectionShared> shared, Registry& registry);

  void start();
  // Closes it if it has been silent for too long in its present state.
  void check_timeout(std::chrono::steady_clock::time_point now);
  // The server stops: ends now if nothing is being answered, else after the answer.
  void finish();
  void close();

 private:
  enum class State { kIdle, kReceiving, kHandling, kWriting, kClosing };
  using error_code = boost::system::error_code;

  void shake_hands();
  void read();
  void on_bytes(size_t count);
  void parse();
  bool refuse_http2();
  void reject(error_code error);
  void send_continue();
  void handle();
  void complete(aws::HttpResponse response);
  void write(aws::HttpResponse response, bool keep_alive);
  void write_raw(std::string bytes);
  void on_written();
  // Reading and writing on the stream that the connection has.
  template <class Handler>
  void receive(boost::asio::mutable_buffer buffer, Handler handler);
  template <class Buffers, class Handler>
  void send(const Buffers& buffers, Handler handler);
  // Ends the sending side and reads what the client still sends, so that a reset does not destroy
  // the answer before the client has read it.
  void linger();

  const std::shared_ptr<ConnectionShared> shared_;  // owns the event loops: destroyed last
  Socket socket_;
  std::unique_ptr<boost::asio::ssl::stream<Socket&>> tls_;  // null: the bare socket
  Registry& registry_;
  State state_ = State::kIdle;
  std::chrono::steady_clock::time_point last_activity_;
  std::string input_;  // received and not yet parsed: [input_begin_, input_end_)
  size_t input_begin_ = 0;
  size_t input_end_ = 0;
  std::optional<RequestParser> parser_;
  bool continue_sent_ = false;
  bool is_head_ = false;
  bool keep_alive_ = true;
  bool first_request_ = true;
  std::string output_head_;
  std::string output_body_;
};

}  // namespace millrace::server
