#include "base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

extern char** environ;

namespace millrace {
namespace {

constexpr size_t kOutputBytesMax = 64 * 1024 * 1024;

// Both ends of a pipe, closed on exec and when the object goes.
struct Pipe {
  int read_end = -1;
  int write_end = -1;
  bool open() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    read_end = ends[0];
    write_end = ends[1];
    return true;
  }
  static void close_end(int& end) {
    if (end >= 0) close(end);
    end = -1;
  }
  ~Pipe() {
    close_end(read_end);
    close_end(write_end);
  }
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (const auto& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

void drain(Pipe& pipe, std::string& into) {
  char buffer[65536];
  ssize_t got = read(pipe.read_end, buffer, sizeof buffer);
  if (got > 0 && into.size() < kOutputBytesMax) into.append(buffer, static_cast<size_t>(got));
  if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) Pipe::close_end(pipe.read_end);
}

// Feeds input and collects output until the process has closed both streams; false on time-out.
bool exchange(Pipe& in, Pipe& out, Pipe& err, std::string_view input, ProcessOutput& result,
              std::chrono::steady_clock::time_point deadline) {
  fcntl(in.write_end, F_SETFL, O_NONBLOCK);
  while (out.read_end >= 0 || err.read_end >= 0) {
    if (input.empty()) Pipe::close_end(in.write_end);
    auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - stopwatch_now()).count();
    if (left <= 0) return false;
    // Negative descriptors are ignored by poll.
    pollfd polled[3] = {
        {out.read_end, POLLIN, 0}, {err.read_end, POLLIN, 0}, {in.write_end, POLLOUT, 0}};
    if (poll(polled, 3, static_cast<int>(std::min<long long>(left, 60'000))) < 0) continue;
    if (polled[0].revents != 0) drain(out, result.output);
    if (polled[1].revents != 0) drain(err, result.errors);
    if (polled[2].revents != 0) {
      ssize_t put = write(in.write_end, input.data(), input.size());
      if (put > 0) input.remove_prefix(static_cast<size_t>(put));
      if (put < 0 && errno == EPIPE) Pipe::close_end(in.write_end);
    }
  }
  return true;
}

}  // namespace

Result<ProcessOutput, std::string> run_process(const std::vector<std::string>& arguments,
                                               std::string_view input,
                                               const std::vector<std::string>& environment,
                                               Duration timeout) {
  Pipe in, out, err;
  if (!in.open() || !out.open() || !err.open()) {
    return Unexpected(std::string("cannot create a pipe: ") + std::strerror(errno));
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.read_end, 0);
  posix_spawn_file_actions_adddup2(&actions, out.write_end, 1);
  posix_spawn_file_actions_adddup2(&actions, err.write_end, 2);
  std::vector<std::string> variables = environment;
  for (char** variable = environ; *variable != nullptr; ++variable) variables.push_back(*variable);
  auto argument_pointers = pointers(arguments);
  auto variable_pointers = pointers(variables);
  pid_t child = 0;
  int failed = posix_spawnp(&child, arguments[0].c_str(), &actions, nullptr,
                            argument_pointers.data(), variable_pointers.data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    return Unexpected("cannot start " + arguments[0] + ": " + std::strerror(failed));
  }
  Pipe::close_end(in.read_end);
  Pipe::close_end(out.write_end);
  Pipe::close_end(err.write_end);

  ProcessOutput result;
  bool ended = exchange(in, out, err, input, result, stopwatch_now() + timeout);
  if (!ended) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!ended) return Unexpected(arguments[0] + " took too long and was ended");
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace millrace
