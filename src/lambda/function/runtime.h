// Runtime names ("python3.12", "nodejs24.x", "provided.al2023") and what runs them on this machine.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"

namespace millrace::lambda {

enum class RuntimeFamily { kNode, kPython, kProvided, kOther };

// Whether CreateFunction takes the name. Also names that AWS has retired: old handlers run here.
bool is_known_runtime(std::string_view name);
RuntimeFamily runtime_family(std::string_view name);
// "[nodejs24.x, python3.14, ...]", for the error about an unknown name.
std::string runtime_enumeration();

// What starts a handler of some runtime.
struct Interpreter {
  // The executable; empty for provided.*, whose `bootstrap` is in the function's code.
  std::string path;
  // Whether the path is a program that speaks the Runtime API by itself.
  bool is_bootstrap = false;
};

// Finds interpreters, and remembers what it found. Thread-safe; the first question about a runtime
// starts a process and takes tens of milliseconds.
class Interpreters {
 public:
  // `overrides`: runtime name to path. A Node.js or Python runtime's path is its interpreter; for
  // any other runtime it is a program that speaks the Runtime API. `search_path`: folders, joined
  // by ':'.
  Interpreters(std::map<std::string, std::string> overrides, std::string search_path);

  // The named version if it is installed, else the nearest one (which is logged once). The error
  // says what is missing and how to help it.
  Result<Interpreter, std::string> find(const std::string& runtime);

 private:
  Result<Interpreter, std::string> search(const std::string& runtime) const;
  std::string nearest_python(int minor) const;
  std::string nearest_node(int major) const;
  std::string probe(const std::string& program, const char* option, const char* script) const;

  const std::map<std::string, std::string> overrides_;
  const std::string search_path_;
  std::mutex mutex_;
  std::map<std::string, Result<Interpreter, std::string>> found_;
};

}  // namespace millrace::lambda
