// Where the files beside the binary are: the handlers' starters, and what the installation step
// provides to handlers and templates.
#pragma once

#include <filesystem>
#include <string>

namespace millrace::server {

struct Installation {
  std::filesystem::path runtimes;         // the folder with python/, node/ and sam/
  std::filesystem::path node_modules;     // holds @aws-sdk/*; empty if it is not installed
  std::filesystem::path python_packages;  // site-packages with boto3; empty if it is not installed
  std::string python;                     // interpreter for tools of our own (the SAM transform)
};

// Looks in MILLRACE_HOME if that is set, else in the folders above the running binary. What is not
// found stays empty.
Installation find_installation();

}  // namespace millrace::server
