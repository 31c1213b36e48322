// The options of every command that runs a server.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "server/configuration.h"

namespace CLI {
class App;
}

namespace millrace::cli {

struct ServerOptions {
  server::Configuration configuration;
  std::string sync = "always";
  std::string keys_file;
  std::string policies_file;
  std::string log_level = "info";
  bool log_json = false;
  std::vector<std::string> runtimes;  // "NAME=PATH"
};

// `options` must live until the arguments are read.
void add_server_options(CLI::App& command, ServerOptions& options);

// Reads the key file and the environment, and sets up logging. The error is one sentence.
Result<server::Configuration, std::string> to_configuration(const ServerOptions& options);

// Each connection is a descriptor, and shells often allow only 1024.
void raise_descriptor_limit();

}  // namespace millrace::cli
