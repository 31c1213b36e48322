#include "cli/stop_signal.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

namespace millrace::cli {
namespace {

// A handler may do little: it writes the number here, and wait() reads it.
int signal_pipe[2] = {-1, -1};

void write_signal(int number) {
  char byte = static_cast<char>(number);
  if (write(signal_pipe[1], &byte, 1) != 1) _exit(128 + number);
}

}  // namespace

StopSignal::StopSignal() {
  if (pipe2(signal_pipe, O_CLOEXEC) != 0) std::abort();
  struct sigaction action {};
  action.sa_handler = write_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  // A client that closes its connection must not end the server.
  std::signal(SIGPIPE, SIG_IGN);
}

int StopSignal::wait() {
  char byte = 0;
  while (read(signal_pipe[0], &byte, 1) != 1) {
    if (errno != EINTR) std::abort();
  }
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  return byte;
}

std::optional<int> StopSignal::wait_for(std::chrono::milliseconds timeout) {
  pollfd polled{signal_pipe[0], POLLIN, 0};
  if (poll(&polled, 1, static_cast<int>(timeout.count())) <= 0) return std::nullopt;
  return wait();
}

}  // namespace millrace::cli
