# Compiler, linker and warning settings shared by every target.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# Line tables are enough for stack traces, and compile in half the time of full debug information.
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
# Assertions stay on in what users run: a broken invariant must stop the server, not spoil data.
set(CMAKE_CXX_FLAGS_RELEASE "-O2")

set(MILLRACE_SANITIZE "" CACHE STRING "Sanitizers to build with, as given to -fsanitize=")
if(MILLRACE_SANITIZE)
  add_compile_options(-fsanitize=${MILLRACE_SANITIZE} -fno-omit-frame-pointer -O1)
  add_link_options(-fsanitize=${MILLRACE_SANITIZE})
  if(MILLRACE_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio uses fences, which the thread sanitizer does not know; its locks order the same accesses.
    add_compile_options(-Wno-tsan)
  endif()
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

# GCC 12 and Clang 14 know both linkers by name; either is several times faster than GNU ld.
find_program(MOLD mold)
find_program(LLD ld.lld)
if(MOLD)
  add_link_options(-fuse-ld=mold)
elseif(LLD)
  add_link_options(-fuse-ld=lld)
endif()

add_library(millrace_warnings INTERFACE)
target_compile_options(millrace_warnings INTERFACE
  -Wall -Wextra -Werror -Wnon-virtual-dtor -Wimplicit-fallthrough
  # Designated initializers leave members to their defaults on purpose.
  -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports false positives from inlined std::string and std::optional code.
  target_compile_options(millrace_warnings INTERFACE -Wno-maybe-uninitialized -Wno-restrict
    -Wno-stringop-overflow -Wno-array-bounds -Wno-dangling-pointer)
endif()

# For targets that have such places; see src/base/crash_point.h.
option(MILLRACE_CRASH_POINTS "Compile in the places and the disk with which tests crash the server" OFF)
add_library(millrace_crash_points INTERFACE)
if(MILLRACE_CRASH_POINTS)
  target_compile_definitions(millrace_crash_points INTERFACE MILLRACE_CRASH_POINTS)
endif()
