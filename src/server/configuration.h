// What a server is started with: filled by the command line, by `millrace dev` and by tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"

namespace millrace::server {

struct Configuration {
  std::string host = "127.0.0.1";
  uint16_t port = 4566;  // 0: any free one
  int io_threads = 0;    // 0: one for each core

  std::string data_directory = "millrace-data";
  bool in_memory = false;   // nothing is kept; data_directory is not used
  bool sync_always = true;  // false: a power cut may undo the last second
  // Starts with a damaged write-ahead log, and loses what was written after the damage.
  bool accept_lost_writes = false;
  bool test_controls = false;  // whether the clock may be moved and everything be forgotten
  int cells_per_table = 1;     // equal hash ranges of a new table, each with a shard of its own
  // Whether tables are throttled, as long as their tags do not say.
  bool enforce_capacity = false;
  // For tests: pages and batches end after so many bytes; 0: where they end on AWS.
  size_t test_page_bytes = 0;

  // PEM files of a certificate and its key; both, or neither for plain HTTP.
  std::string tls_certificate;
  std::string tls_key;

  std::string account = "000000000000";  // of callers whose access key names no other
  std::string region = "us-east-1";      // of requests without a signature
  std::string access_keys;               // "ID:SECRET[:ACCOUNT]" entries; empty: not checked
  std::string policies;  // what users and roles may do (iam/policy_book.h); empty: everything
  std::map<std::string, std::string> runtimes;  // runtime name to interpreter: "python3.12" -> path
};

// Whether only this machine can reach a server that listens there.
bool is_loopback(const std::string& host);

// The first thing that is wrong with it, as one sentence that says what to do.
Result<void, std::string> check(const Configuration& configuration);

}  // namespace millrace::server
