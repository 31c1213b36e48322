#include "server/http/http_connection.h"

#include <algorithm>
#include <array>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <cstring>

#include "server/http/response_head.h"

namespace millrace::server {
namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr size_t kInputBytesMin = 8 * 1024;
// Bodies are received in larger pieces.
constexpr size_t kInputBytesBody = 64 * 1024;
constexpr std::chrono::seconds kLingerTimeout{5};

constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// An empty SETTINGS frame, which must come first, and GOAWAY (type 7) with HTTP_1_1_REQUIRED (13)
// and a debug text: RFC 9113 sections 4.1, 6.5 and 6.8.
std::string http2_refusal() {
  constexpr std::string_view kReason = "this server speaks HTTP/1.1 only";
  std::string bytes("\x00\x00\x00\x04\x00\x00\x00\x00\x00", 9);
  bytes += std::string("\x00\x00", 2) + static_cast<char>(8 + kReason.size());
  bytes += std::string("\x07\x00\x00\x00\x00\x00", 6);
  bytes += std::string("\x00\x00\x00\x00\x00\x00\x00\x0d", 8);
  bytes += kReason;
  return bytes;
}

}  // namespace

HttpConnection::HttpConnection(Socket socket, std::shared_ptr<ConnectionShared> shared,
                               Registry& registry)
    : shared_(std::move(shared)), socket_(std::move(socket)), registry_(registry) {}

void HttpConnection::start() {
  registry_.insert(shared_from_this());
  shared_->connections.fetch_add(1);
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  last_activity_ = shared_->options.stopwatch();
  parser_.emplace(shared_->options.header_bytes_max, shared_->options.body_bytes_max,
                  shared_->budget);
  if (shared_->tls != nullptr) return shake_hands();
  read();
}

// As slow as a request may be.
void HttpConnection::shake_hands() {
  state_ = State::kReceiving;
  tls_ = std::make_unique<asio::ssl::stream<Socket&>>(socket_, *shared_->tls);
  tls_->async_handshake(asio::ssl::stream_base::server,
                        [self = shared_from_this()](error_code error) {
                          if (error || self->state_ == State::kClosing || self->shared_->stopping)
                            return self->close();
                          self->state_ = State::kIdle;
                          self->last_activity_ = self->shared_->options.stopwatch();
                          self->read();
                        });
}

template <class Handler>
void HttpConnection::receive(asio::mutable_buffer buffer, Handler handler) {
  if (tls_ != nullptr) return tls_->async_read_some(buffer, std::move(handler));
  socket_.async_read_some(buffer, std::move(handler));
}

template <class Buffers, class Handler>
void HttpConnection::send(const Buffers& buffers, Handler handler) {
  if (tls_ != nullptr) {
    asio::async_write(*tls_, buffers, std::move(handler));
  } else {
    asio::async_write(socket_, buffers, std::move(handler));
  }
}

void HttpConnection::close() {
  auto self = shared_from_this();  // the registry's may be the last reference
  if (registry_.erase(self) == 0) return;
  state_ = State::kClosing;
  error_code ignored;
  socket_.close(ignored);
  shared_->connection_closed();
}

void HttpConnection::finish() {
  if (state_ == State::kIdle || state_ == State::kClosing) close();
  keep_alive_ = false;
}

void HttpConnection::check_timeout(std::chrono::steady_clock::time_point now) {
  auto silent = now - last_activity_;
  switch (state_) {
    case State::kHandling:
      return;  // the operation has its own bounds
    case State::kIdle:
    case State::kWriting:
      if (silent > shared_->options.idle_timeout) close();
      return;
    case State::kReceiving:
      if (silent > shared_->options.receive_timeout) close();
      return;
    case State::kClosing:
      if (silent > kLingerTimeout) close();
      return;
  }
}

void HttpConnection::read() {
  if (input_begin_ == input_end_) input_begin_ = input_end_ = 0;
  size_t wanted = parser_->is_header_done() ? kInputBytesBody : kInputBytesMin;
  if (input_.size() - input_end_ < wanted / 2) {
    input_.erase(0, input_begin_);
    input_end_ -= input_begin_;
    input_begin_ = 0;
    input_.resize(std::max(wanted, input_end_ + wanted));
  }
  receive(asio::buffer(input_.data() + input_end_, input_.size() - input_end_),
          [self = shared_from_this()](error_code error, size_t count) {
            if (error || self->state_ == State::kClosing) return self->close();
            self->on_bytes(count);
          });
}

void HttpConnection::on_bytes(size_t count) {
  input_end_ += count;
  // A slow header must not live on by single bytes; a body may.
  if (state_ == State::kIdle || parser_->is_header_done())
    last_activity_ = shared_->options.stopwatch();
  state_ = State::kReceiving;
  parse();
}

// True if the connection began as an HTTP/2 one and has been answered, or needs more bytes to tell.
bool HttpConnection::refuse_http2() {
  if (!first_request_ || parser_->got_some()) return false;
  std::string_view input(input_.data() + input_begin_, input_end_ - input_begin_);
  size_t common = std::min(input.size(), kHttp2Preface.size());
  if (input.substr(0, common) != kHttp2Preface.substr(0, common)) return false;
  if (common < kHttp2Preface.size()) {
    read();
    return true;
  }
  keep_alive_ = false;
  write_raw(http2_refusal());
  return true;
}

void HttpConnection::parse() {
  if (refuse_http2()) return;
  while (input_begin_ < input_end_) {
    error_code error;
    size_t used = parser_->put(
        asio::const_buffer(input_.data() + input_begin_, input_end_ - input_begin_), error);
    input_begin_ += used;
    if (error && error != http::error::need_more) return reject(error);
    if (parser_->is_done()) return handle();
    if (error == http::error::need_more) break;
  }
  // Heads are bounded by the parser, but not the lines between the chunks of a body.
  if (input_end_ - input_begin_ > shared_->options.header_bytes_max) {
    return reject(http::error::bad_chunk);
  }
  if (parser_->is_header_done() && parser_->expects_continue() && !continue_sent_) {
    return send_continue();
  }
  read();
}

void HttpConnection::reject(error_code error) {
  aws::HttpResponse rejection;
  rejection.status = error == http::error::header_limit ? 431 : parser_->rejection_status();
  rejection.content_type = "text/plain";
  rejection.body = rejection.status == 413 ? "The request body is too large.\n"
                   : rejection.status == 503
                       ? "The server holds too many request bodies. Try again.\n"
                       : "This is not a valid HTTP/1.1 request: " + error.message() + ".\n";
  is_head_ = false;
  write(std::move(rejection), false);
}

// Clients wait for this for up to seconds before they send the body.
void HttpConnection::send_continue() {
  continue_sent_ = true;
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  send(asio::buffer(kContinue), [self = shared_from_this()](error_code error, size_t) {
    if (error) return self->close();
    self->read();
  });
}

void HttpConnection::handle() {
  state_ = State::kHandling;
  first_request_ = false;
  aws::HttpRequest request = std::move(parser_->request());
  is_head_ = request.method == "HEAD";
  keep_alive_ = keep_alive_ && parser_->keep_alive() && !shared_->stopping;
  shared_->active_requests.fetch_add(1);
  shared_->handler(std::move(request), [self = shared_from_this()](aws::HttpResponse response) {
    self->complete(std::move(response));
  });
}

void HttpConnection::complete(aws::HttpResponse response) {
  // What waited in a loop that has ended would keep that loop, and itself, for ever.
  if (shared_->ended) return;
  auto write_it = [self = shared_from_this(), response = std::move(response)]() mutable {
    self->shared_->active_requests.fetch_sub(1);
    if (self->state_ != State::kHandling) return;
    self->write(std::move(response), self->keep_alive_);
  };
  asio::dispatch(socket_.get_executor(), std::move(write_it));
}

void HttpConnection::write(aws::HttpResponse response, bool keep_alive) {
  state_ = State::kWriting;
  last_activity_ = shared_->options.stopwatch();
  keep_alive_ = keep_alive && !response.close;
  output_head_ = response_head(response, shared_->clock.now(), keep_alive_);
  bool has_body = !is_head_ && response.status != 204 && response.status != 304;
  output_body_ = has_body ? std::move(response.body) : std::string();
  std::array<asio::const_buffer, 2> buffers{asio::buffer(output_head_), asio::buffer(output_body_)};
  send(buffers, [self = shared_from_this()](error_code error, size_t) {
    if (error) return self->close();
    self->on_written();
  });
}

void HttpConnection::write_raw(std::string bytes) {
  state_ = State::kWriting;
  output_head_ = std::move(bytes);
  send(asio::buffer(output_head_), [self = shared_from_this()](error_code error, size_t) {
    if (error) return self->close();
    self->linger();
  });
}

void HttpConnection::on_written() {
  if (!keep_alive_) return linger();
  parser_.emplace(shared_->options.header_bytes_max, shared_->options.body_bytes_max,
                  shared_->budget);
  continue_sent_ = false;
  output_body_ = std::string();
  last_activity_ = shared_->options.stopwatch();
  if (input_begin_ < input_end_) {
    state_ = State::kReceiving;
    return parse();
  }
  if (input_.size() > kInputBytesMin) input_ = std::string();
  state_ = State::kIdle;
  read();
}

void HttpConnection::linger() {
  if (state_ != State::kClosing) {
    state_ = State::kClosing;
    last_activity_ = shared_->options.stopwatch();
    if (tls_ != nullptr) {
      // Says that nothing follows, and waits until the client has said so too.
      return tls_->async_shutdown([self = shared_from_this()](error_code) { self->close(); });
    }
    error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    input_.resize(kInputBytesBody);
  }
  receive(asio::buffer(input_), [self = shared_from_this()](error_code error, size_t) {
    if (error) return self->close();
    self->linger();
  });
}

}  // namespace millrace::server
