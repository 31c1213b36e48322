// Named places at which a test lets this process end as if by SIGKILL. In builds without the CMake
// option MILLRACE_CRASH_POINTS, which users never get, they are nothing at all.
//
// MILLRACE_CRASH_POINT=NAME[:N] in the environment ends the process when it comes by NAME for the
// N-th time (the first, if N is left out). tests/crash/driver.py lists the names. Thread-safe.
#pragma once

#include <string_view>

#ifdef MILLRACE_CRASH_POINTS

#define MILLRACE_CRASH_POINT(name) ::millrace::crash_point(name)

namespace millrace {

void crash_point(std::string_view name);
// Whether the place is the armed one and its time has come; for what does more than to end there.
bool is_crash_due(std::string_view name);
[[noreturn]] void crash_now();

}  // namespace millrace

#else
#define MILLRACE_CRASH_POINT(name) static_cast<void>(0)
#endif
