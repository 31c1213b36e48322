#include "base/crash_point.h"

#ifdef MILLRACE_CRASH_POINTS

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>

namespace millrace {

namespace {

struct ArmedPoint {
  std::string name;
  std::atomic<int64_t> passes{1};

  ArmedPoint() {
    const char* given = std::getenv("MILLRACE_CRASH_POINT");
    if (given == nullptr) return;
    name = given;
    size_t colon = name.find(':');
    if (colon == std::string::npos) return;
    passes = std::strtoll(name.c_str() + colon + 1, nullptr, 10);
    name.resize(colon);
  }
};

}  // namespace

bool is_crash_due(std::string_view name) {
  static ArmedPoint armed;
  return name == armed.name && armed.passes.fetch_sub(1) == 1;
}

void crash_now() {
  ::kill(::getpid(), SIGKILL);
  while (true) ::pause();
}

void crash_point(std::string_view name) {
  if (is_crash_due(name)) crash_now();
}

}  // namespace millrace

#endif
