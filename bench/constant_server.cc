// An HTTP server that does no work: one epoll thread, every request gets the same answer. The floor
// that request costs are compared with.
//
// Usage: constant_server PORT BODY_BYTES
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

namespace {

size_t request_size(const std::string& bytes) {
  size_t end = bytes.find("\r\n\r\n");
  if (end == std::string::npos) return 0;
  size_t body = 0;
  size_t at = bytes.find("\r\nContent-Length: ");
  if (at < end) body = std::strtoul(bytes.c_str() + at + 18, nullptr, 10);
  return bytes.size() >= end + 4 + body ? end + 4 + body : 0;
}

int listen_on(int port) {
  int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  int on = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(descriptor, 1024) != 0) {
    std::perror("constant_server");
    std::exit(1);
  }
  return descriptor;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "Usage: constant_server PORT BODY_BYTES\n");
    return 2;
  }
  std::string body(static_cast<size_t>(std::atol(argv[2])), 'x');
  std::string answer =
      "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  int listener = listen_on(std::atoi(argv[1]));
  int epoll = epoll_create1(0);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = listener;
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  std::map<int, std::string> incoming;
  std::puts("Ready.");
  std::fflush(stdout);
  while (true) {
    epoll_event events[256];
    int count = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < count; ++i) {
      int descriptor = events[i].data.fd;
      if (descriptor == listener) {
        event.data.fd = accept(listener, nullptr, nullptr);
        int on = 1;
        setsockopt(event.data.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
        continue;
      }
      char buffer[65536];
      ssize_t got = recv(descriptor, buffer, sizeof buffer, 0);
      if (got <= 0) {
        close(descriptor);
        incoming.erase(descriptor);
        continue;
      }
      std::string& bytes = incoming[descriptor];
      bytes.append(buffer, static_cast<size_t>(got));
      while (size_t size = request_size(bytes)) {
        bytes.erase(0, size);
        if (send(descriptor, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
      }
    }
  }
}
