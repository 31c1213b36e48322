#include "lambda/function/runtime.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <set>
#include <vector>

#include "base/log.h"
#include "lambda/function/worker_process.h"

namespace millrace::lambda {
namespace {

constexpr std::string_view kCurrentRuntimes[] = {
    "nodejs24.x", "nodejs22.x", "nodejs20.x", "python3.14",      "python3.13",
    "python3.12", "python3.11", "python3.10", "provided.al2023", "provided.al2",
    "java25",     "java21",     "java17",     "java11",          "java8.al2",
    "dotnet10",   "dotnet8",    "ruby3.4",    "ruby3.3"};
constexpr std::string_view kRetiredRuntimes[] = {
    "nodejs18.x", "nodejs16.x", "nodejs14.x", "nodejs12.x", "nodejs10.x",
    "python3.9",  "python3.8",  "python3.7",  "python3.6",  "provided",
    "go1.x",      "java8",      "dotnet6",    "ruby3.2",    "ruby2.7"};

// How long an interpreter may take to say where it is. A broken version manager must not hang us.
constexpr int kProbeMilliseconds = 5000;

int number_after(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return 0;
  return atoi(std::string(text.substr(prefix.size())).c_str());
}

std::vector<std::string> folders(const std::string& search_path) {
  std::vector<std::string> result;
  size_t begin = 0;
  while (begin <= search_path.size()) {
    size_t end = std::min(search_path.find(':', begin), search_path.size());
    if (end > begin) result.push_back(search_path.substr(begin, end - begin));
    begin = end + 1;
  }
  return result;
}

// The minor versions of python3.N that are on the search path.
std::set<int> installed_pythons(const std::string& search_path) {
  std::set<int> minors;
  for (const std::string& folder : folders(search_path)) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
      std::string name = entry.path().filename();
      int minor = number_after(name, "python3.");
      if (minor > 0 && name == "python3." + std::to_string(minor)) minors.insert(minor);
    }
  }
  return minors;
}

std::string read_all(int descriptor) {
  std::string text;
  char buffer[4096];
  pollfd waiting{descriptor, POLLIN, 0};
  while (text.size() < 64 * 1024 && poll(&waiting, 1, kProbeMilliseconds) > 0) {
    ssize_t count = read(descriptor, buffer, sizeof buffer);
    if (count <= 0) break;
    text.append(buffer, static_cast<size_t>(count));
  }
  return text;
}

}  // namespace

bool is_known_runtime(std::string_view name) {
  return std::find(std::begin(kCurrentRuntimes), std::end(kCurrentRuntimes), name) !=
             std::end(kCurrentRuntimes) ||
         std::find(std::begin(kRetiredRuntimes), std::end(kRetiredRuntimes), name) !=
             std::end(kRetiredRuntimes);
}

RuntimeFamily runtime_family(std::string_view name) {
  if (name.starts_with("nodejs")) return RuntimeFamily::kNode;
  if (name.starts_with("python")) return RuntimeFamily::kPython;
  if (name.starts_with("provided") || name.starts_with("go")) return RuntimeFamily::kProvided;
  return RuntimeFamily::kOther;
}

std::string runtime_enumeration() {
  std::string text = "[";
  for (std::string_view name : kCurrentRuntimes) {
    if (text.size() > 1) text += ", ";
    text += name;
  }
  return text + ']';
}

Interpreters::Interpreters(std::map<std::string, std::string> overrides, std::string search_path)
    : overrides_(std::move(overrides)), search_path_(std::move(search_path)) {}

Result<Interpreter, std::string> Interpreters::find(const std::string& runtime) {
  std::lock_guard lock(mutex_);
  auto found = found_.find(runtime);
  if (found != found_.end()) return found->second;
  Result<Interpreter, std::string> result = search(runtime);
  if (!result) {
    log_warning("no interpreter", {{"runtime", runtime}, {"reason", result.error()}});
  } else if (!result->path.empty()) {
    log_info("interpreter", {{"runtime", runtime}, {"path", result->path}});
  }
  // What is missing may be installed while the server runs, so only successes are kept.
  if (result) found_.emplace(runtime, result);
  return result;
}

Result<Interpreter, std::string> Interpreters::search(const std::string& runtime) const {
  RuntimeFamily family = runtime_family(runtime);
  auto override = overrides_.find(runtime);
  if (override != overrides_.end()) {
    if (access(override->second.c_str(), X_OK) != 0) {
      return Unexpected("The program given for " + runtime + " is not there: " + override->second);
    }
    bool interprets = family == RuntimeFamily::kNode || family == RuntimeFamily::kPython;
    return Interpreter{override->second, !interprets};
  }
  std::string path;
  switch (family) {
    case RuntimeFamily::kProvided:
      return Interpreter{"", true};
    case RuntimeFamily::kNode:
      path = nearest_node(number_after(runtime, "nodejs"));
      if (path.empty()) {
        return Unexpected("Node.js is not installed; install it, or name it with --runtime " +
                          runtime + "=PATH");
      }
      return Interpreter{path, false};
    case RuntimeFamily::kPython:
      path = nearest_python(number_after(runtime, "python3."));
      if (path.empty()) {
        return Unexpected("Python 3 is not installed; install it, or name it with --runtime " +
                          runtime + "=PATH");
      }
      return Interpreter{path, false};
    case RuntimeFamily::kOther:
      break;
  }
  return Unexpected("The runtime " + runtime +
                    " cannot be run here; name a program that speaks the Lambda Runtime API with "
                    "--runtime " +
                    runtime + "=PATH");
}

std::string Interpreters::nearest_python(int minor) const {
  std::set<int> installed = installed_pythons(search_path_);
  std::vector<int> candidates(installed.begin(), installed.end());
  std::sort(candidates.begin(), candidates.end(), [minor](int a, int b) {
    return std::pair(std::abs(a - minor), -a) < std::pair(std::abs(b - minor), -b);
  });
  std::vector<std::string> names;
  for (int candidate : candidates) names.push_back("python3." + std::to_string(candidate));
  names.push_back("python3");
  for (const std::string& name : names) {
    std::string path = probe(name, "-c",
                             "import sys; assert sys.version_info >= (3, 8); "
                             "print(sys.executable)");
    if (!path.empty()) return path;
  }
  return "";
}

std::string Interpreters::nearest_node(int major) const {
  for (const std::string& name :
       {"node" + std::to_string(major), std::string("node"), std::string("nodejs")}) {
    std::string path = probe(name, "-p", "process.execPath");
    if (!path.empty()) return path;
  }
  return "";
}

// Version managers put scripts on the path that start the real program, or fail: only running it
// tells, and the real program starts quicker afterwards.
std::string Interpreters::probe(const std::string& program, const char* option,
                                const char* script) const {
  for (const std::string& folder : folders(search_path_)) {
    std::string path = folder + '/' + program;
    if (access(path.c_str(), X_OK) != 0) continue;
    ProcessSpecification specification;
    specification.arguments = {path, option, script};
    specification.environment = {"PATH=" + search_path_};
    if (const char* home = getenv("HOME"))
      specification.environment.push_back(std::string("HOME=") + home);
    specification.directory = "/";
    specification.file_bytes_max = 1024 * 1024;
    auto process = start_process(specification);
    if (!process) continue;
    std::string text = read_all(process->output.get());
    signal_process_group(process->id, SIGKILL);
    waitpid(process->id, nullptr, 0);
    text.erase(std::find(text.begin(), text.end(), '\n'), text.end());
    if (text.starts_with('/') && access(text.c_str(), X_OK) == 0) return text;
  }
  return "";
}

}  // namespace millrace::lambda
