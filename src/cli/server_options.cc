#include "cli/server_options.h"

#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/log.h"

namespace millrace::cli {
namespace {

// Enough for tens of thousands of keys, and for thousands of policies.
constexpr std::streamoff kFileBytesMax = 1024 * 1024;

// `what` ends the sentence that says what the file has.
Result<std::string, std::string> read_file(const std::string& path, const std::string& what) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file || file.tellg() > kFileBytesMax) {
    return Unexpected("Can not read " + path + ". The file has " + what + '.');
  }
  file.seekg(0);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void set_up_logging(const ServerOptions& options) {
  LogLevel level = LogLevel::kInfo;
  if (options.log_level == "debug") level = LogLevel::kDebug;
  if (options.log_level == "warning") level = LogLevel::kWarning;
  if (options.log_level == "error") level = LogLevel::kError;
  set_log_level(level);
  set_log_json(options.log_json);
}

}  // namespace

void add_server_options(CLI::App& command, ServerOptions& options) {
  server::Configuration& configuration = options.configuration;
  command
      .add_option("--host", configuration.host,
                  "Address to listen on; beyond this machine only with access keys")
      ->capture_default_str();
  command.add_option("--port", configuration.port, "Port to listen on; 0 chooses a free one")
      ->capture_default_str();
  auto* data = command.add_option("--data", configuration.data_directory, "Directory of the data")
                   ->capture_default_str();
  command.add_flag("--in-memory", configuration.in_memory, "Keep nothing on disk")->excludes(data);
  command
      .add_option(
          "--sync", options.sync,
          "always: an answered write survives a power cut; interval: it survives a crash of "
          "the server, and a power cut may undo the last second")
      ->check(CLI::IsMember({"always", "interval"}))
      ->capture_default_str();
  command.add_flag("--accept-lost-writes", configuration.accept_lost_writes,
                   "Start although the write-ahead log is damaged: what was written before the "
                   "damage is kept, what follows is lost");
  command
      .add_option(
          "--partitions", configuration.cells_per_table,
          "Partitions of a new table, each with a shard of its own in the table's stream; the "
          "table's tag millrace:partitions overrides it")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command.add_flag("--enforce-capacity", configuration.enforce_capacity,
                   "Throttle requests that exceed a table's provisioned throughput or on-demand "
                   "maximum; the table's tag millrace:enforce-capacity overrides it");
  command
      .add_option("--account", configuration.account,
                  "Account of callers whose access key id is not itself a 12-digit account")
      ->capture_default_str();
  command.add_option("--region", configuration.region, "Region of requests without a signature")
      ->capture_default_str();
  command.add_option("--keys", options.keys_file,
                     "File of access keys, ID:SECRET or ID:SECRET:ACCOUNT a line; signatures are "
                     "then checked (also: MILLRACE_ACCESS_KEYS, separated by commas)");
  auto* certificate =
      command.add_option("--tls-certificate", configuration.tls_certificate,
                         "PEM file of the certificate (and its chain); the server then speaks "
                         "HTTPS only");
  auto* key =
      command.add_option("--tls-key", configuration.tls_key, "PEM file of the certificate's key");
  certificate->needs(key);
  key->needs(certificate);
  command.add_option("--policies", options.policies_file,
                     "File of what users and roles may do, in IAM's JSON form; access keys that it "
                     "does not name may do everything");
  command.add_option("--runtime", options.runtimes,
                     "Interpreter for a Lambda runtime: NAME=PATH; may be given several times");
  command.add_flag("--test-controls", configuration.test_controls,
                   "Let clients move the server's clock (/_millrace/clock); always on with "
                   "--in-memory");
  command
      .add_option("--test-page-bytes", configuration.test_page_bytes,
                  "End pages of Query and Scan, and answers of BatchGetItem, after so many bytes")
      ->check(CLI::PositiveNumber)
      ->group("");  // not in the help: for tests of paging
  command.add_option("--log-level", options.log_level, "Least severe log lines to print")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
  command.add_flag("--log-json", options.log_json, "Print log lines as JSON");
}

Result<server::Configuration, std::string> to_configuration(const ServerOptions& options) {
  set_up_logging(options);
  server::Configuration configuration = options.configuration;
  configuration.sync_always = options.sync == "always";
  configuration.test_controls |= configuration.in_memory;
  if (const char* keys = std::getenv("MILLRACE_ACCESS_KEYS")) configuration.access_keys = keys;
  if (!options.keys_file.empty()) {
    MILLRACE_TRY(std::string keys, read_file(options.keys_file, "lines of the form ID:SECRET"));
    configuration.access_keys += '\n' + keys;
  }
  if (!options.policies_file.empty()) {
    MILLRACE_TRY(configuration.policies,
                 read_file(options.policies_file, "the policies of users and roles as JSON"));
  }
  for (const std::string& entry : options.runtimes) {
    size_t equals = entry.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == entry.size()) {
      return Unexpected("--runtime takes NAME=PATH, as in python3.12=/usr/bin/python3; not '" +
                        entry + "'.");
    }
    configuration.runtimes[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  return configuration;
}

void raise_descriptor_limit() {
  constexpr rlim_t kWanted = 65536;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kWanted) return;
  limit.rlim_cur = std::min(kWanted, limit.rlim_max);
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace millrace::cli
