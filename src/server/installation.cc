#include "server/installation.h"

#include <cstdlib>

namespace millrace::server {
namespace {

namespace fs = std::filesystem;

bool is_home(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder / "runtimes/python/bootstrap.py", error);
}

fs::path find_home() {
  if (const char* home = std::getenv("MILLRACE_HOME")) return home;
  std::error_code error;
  fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  while (!folder.empty() && folder != folder.root_path()) {
    if (is_home(folder)) return folder;
    folder = folder.parent_path();
  }
  return {};
}

// .deps/python/lib/python3.X/site-packages
fs::path site_packages(const fs::path& environment) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(environment / "lib", error)) {
    fs::path packages = entry.path() / "site-packages";
    if (fs::exists(packages / "boto3", error)) return packages;
  }
  return {};
}

}  // namespace

Installation find_installation() {
  fs::path home = find_home();
  Installation found;
  found.runtimes = home / "runtimes";
  std::error_code error;
  fs::path modules = home / ".deps/node/node_modules";
  if (fs::exists(modules, error)) found.node_modules = modules;
  fs::path environment = home / ".deps/python";
  found.python_packages = site_packages(environment);
  fs::path python = environment / "bin/python";
  found.python = fs::exists(python, error) ? python.string() : "python3";
  return found;
}

}  // namespace millrace::server
