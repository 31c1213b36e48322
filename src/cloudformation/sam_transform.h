// The SAM transform: the translator that AWS publishes, run as a program, only for templates that
// ask for it. Nothing is rewritten by hand, so names and policies are AWS's own.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include "cloudformation/template.h"

namespace millrace::cloudformation {

struct SamTransformOptions {
  std::string python;            // interpreter with aws-sam-translator installed
  std::filesystem::path script;  // runtimes/sam/transform.py
  std::filesystem::path cache;   // folder for results; empty keeps them in memory only
};

// Thread-safe. A template that was transformed before costs no process (1.3 s when cold).
class SamTransform {
 public:
  explicit SamTransform(SamTransformOptions options) : options_(std::move(options)) {}

  // Errors: the translator's own, one line each; how to install it if it is missing.
  aws::Result<json> apply(const json& document, const std::map<std::string, json>& parameters,
                          const std::string& region, const std::string& account);

 private:
  aws::Result<std::string> run(const std::string& request) const;
  std::filesystem::path cache_file(const std::string& key) const;

  SamTransformOptions options_;
  std::mutex mutex_;
  std::map<std::string, std::string> results_;  // answers by the hash of the request
};

}  // namespace millrace::cloudformation
