#include "lambda/function/runtime_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/limits.h"

namespace millrace::lambda {
namespace {

constexpr std::string_view kPrefix = "/2018-06-01/runtime/";

void append_answer(std::string& output, std::string_view status, std::string_view body) {
  output += "HTTP/1.1 ";
  output += status;
  output += "\r\nContent-Type: application/json\r\nContent-Length: ";
  output += std::to_string(body.size());
  output += "\r\n\r\n";
  output += body;
}

}  // namespace

Result<std::shared_ptr<RuntimeServer>, std::string> RuntimeServer::open(EventLoop& loop,
                                                                        Monitor& monitor) {
  auto failed = [] { return Unexpected(std::string(strerror(errno))); };
  Descriptor listener(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!listener) return failed();
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener.get(), generic, length) < 0 ||
      listen(listener.get(), limits::kWorkerConnectionsMax) < 0 ||
      getsockname(listener.get(), generic, &length) < 0) {
    return failed();
  }
  return std::shared_ptr<RuntimeServer>(
      new RuntimeServer(loop, monitor, std::move(listener), ntohs(address.sin_port)));
}

RuntimeServer::RuntimeServer(EventLoop& loop, Monitor& monitor, Descriptor listener, int port)
    : loop_(loop), monitor_(monitor), listener_(std::move(listener)), port_(port) {}

RuntimeServer::~RuntimeServer() {
  close();
}

void RuntimeServer::serve(Handler& handler) {
  handler_ = &handler;
  auto weak = weak_from_this();
  listener_watch_ = loop_.watch(listener_.get(), EPOLLIN, [weak, &monitor = monitor_](uint32_t) {
    auto self = weak.lock();
    if (!self) return;
    Monitor::Section section(monitor);
    if (self->handler_ != nullptr) self->accept_connections();
  });
}

void RuntimeServer::close() {
  handler_ = nullptr;
  waiting_ = 0;
  if (listener_watch_ != 0) loop_.unwatch(listener_watch_, listener_.get());
  listener_watch_ = 0;
  listener_.reset();
  for (auto& [id, connection] : connections_) {
    loop_.unwatch(connection.watch, connection.socket.get());
  }
  connections_.clear();
}

void RuntimeServer::accept_connections() {
  for (;;) {
    Descriptor socket(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) return;
    if (connections_.size() >= static_cast<size_t>(limits::kWorkerConnectionsMax)) continue;
    int on = 1;
    setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ConnectionId id = next_id_++;
    Connection& connection = connections_[id];
    connection.socket = std::move(socket);
    auto weak = weak_from_this();
    connection.watch = loop_.watch(connection.socket.get(), EPOLLIN,
                                   [weak, id, &monitor = monitor_](uint32_t events) {
                                     auto self = weak.lock();
                                     if (!self) return;
                                     Monitor::Section section(monitor);
                                     if (self->handler_ != nullptr) self->on_event(id, events);
                                   });
    if (connection.watch == 0) connections_.erase(id);
  }
}

void RuntimeServer::on_event(ConnectionId id, uint32_t events) {
  auto found = connections_.find(id);
  if (found == connections_.end()) return;
  Connection& connection = found->second;
  if ((events & EPOLLOUT) != 0) {
    send_output(id, connection);
    if (!connections_.contains(id)) return;
  }
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return;
  connection.reading = true;
  bool open = receive(id, connection);
  // The handler may have ended this worker, and all its connections with it.
  if (!connections_.contains(id)) return;
  connection.reading = false;
  if (open) {
    send_output(id, connection);
  } else {
    drop(id);
  }
}

// False if the connection is over.
bool RuntimeServer::receive(ConnectionId id, Connection& connection) {
  std::array<char, 64 * 1024> buffer;
  ssize_t count = recv(connection.socket.get(), buffer.data(), buffer.size(), 0);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  if (count == 0) return false;
  connection.parser.feed({buffer.data(), static_cast<size_t>(count)});
  for (;;) {
    switch (connection.parser.advance()) {
      case RuntimeRequestParser::Status::kIncomplete:
        return true;
      case RuntimeRequestParser::Status::kContinue:
        connection.output += "HTTP/1.1 100 Continue\r\n\r\n";
        break;
      case RuntimeRequestParser::Status::kComplete:
        handle(id, connection, connection.parser.take());
        if (!connections_.contains(id)) return false;
        break;
      case RuntimeRequestParser::Status::kMalformed:
        append_answer(connection.output, "400 Bad Request",
                      R"({"errorMessage":"Malformed request","errorType":"InvalidRequest"})");
        connection.close_after_output = true;
        return true;
    }
  }
}

void RuntimeServer::handle(ConnectionId id, Connection& connection, RuntimeRequest request) {
  connection.close_after_output = !request.keep_alive;
  std::string_view path = request.path;
  if (!path.starts_with(kPrefix)) return answer(connection, Verdict::kUnknownRequest);
  path.remove_prefix(kPrefix.size());
  if (path == "invocation/next" && request.method == "GET") {
    ConnectionId before = waiting_;
    waiting_ = id;
    if (!handler_->on_next()) {
      waiting_ = before;
      return answer(connection, Verdict::kWrongState);
    }
    // A client that asks again on another connection has given the first one up.
    if (before != 0 && before != id) drop(before);
    return;
  }
  if (request.method != "POST") return answer(connection, Verdict::kUnknownRequest);
  Verdict verdict = Verdict::kUnknownRequest;
  if (path == "init/error") {
    verdict = handler_->on_init_error(request);
  } else if (path.starts_with("invocation/")) {
    path.remove_prefix(std::string_view("invocation/").size());
    std::string_view request_id = path.substr(0, path.find('/'));
    std::string_view kind = path.substr(std::min(path.size(), request_id.size() + 1));
    if (kind == "response") verdict = handler_->on_response(request_id, request);
    if (kind == "error") verdict = handler_->on_error(request_id, request);
  }
  if (connections_.contains(id)) answer(connection, verdict);
}

void RuntimeServer::answer(Connection& connection, Verdict verdict) {
  switch (verdict) {
    case Verdict::kAccepted:
      return append_answer(connection.output, "202 Accepted", R"({"status":"OK"})");
    case Verdict::kUnknownRequest:
      return append_answer(
          connection.output, "400 Bad Request",
          R"({"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"})");
    case Verdict::kWrongState:
      return append_answer(
          connection.output, "403 Forbidden",
          R"({"errorMessage":"State transition is not allowed","errorType":"InvalidStateTransition"})");
    case Verdict::kTooLarge:
      return append_answer(
          connection.output, "413 Payload Too Large",
          R"({"errorMessage":"Exceeded maximum allowed payload size (6291556 bytes).","errorType":"RequestEntityTooLarge"})");
  }
}

void RuntimeServer::deliver(std::string_view headers, std::string_view body) {
  ConnectionId id = waiting_;
  waiting_ = 0;
  Connection& connection = connections_.at(id);
  std::string& output = connection.output;
  output.reserve(output.size() + headers.size() + body.size() + 128);
  output += "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
  output += headers;
  output += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  output += body;
  if (!connection.reading) send_output(id, connection);
}

void RuntimeServer::send_output(ConnectionId id, Connection& connection) {
  size_t sent = 0;
  while (sent < connection.output.size()) {
    ssize_t count = send(connection.socket.get(), connection.output.data() + sent,
                         connection.output.size() - sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno != EAGAIN) return drop(id);
    if (count < 0) {
      connection.output.erase(0, sent);
      if (!connection.waits_for_room) {
        loop_.change(connection.watch, connection.socket.get(), EPOLLIN | EPOLLOUT);
      }
      connection.waits_for_room = true;
      return;
    }
    sent += static_cast<size_t>(count);
  }
  connection.output.clear();
  if (connection.close_after_output && sent > 0) return drop(id);
  if (connection.waits_for_room) {
    loop_.change(connection.watch, connection.socket.get(), EPOLLIN);
    connection.waits_for_room = false;
  }
}

void RuntimeServer::drop(ConnectionId id) {
  auto found = connections_.find(id);
  if (found == connections_.end()) return;
  if (waiting_ == id) waiting_ = 0;
  loop_.unwatch(found->second.watch, found->second.socket.get());
  connections_.erase(found);
}

}  // namespace millrace::lambda
