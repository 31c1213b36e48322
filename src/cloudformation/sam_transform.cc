#include "cloudformation/sam_transform.h"

#include <fstream>
#include <sstream>

#include "base/encoding.h"
#include "base/log.h"
#include "base/process.h"

namespace millrace::cloudformation {
namespace {

constexpr Duration kTimeout = std::chrono::seconds(60);
constexpr size_t kResultsMax = 100;

std::string read_whole(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream contents;
  contents << file.rdbuf();
  return file ? contents.str() : "";
}

}  // namespace

std::filesystem::path SamTransform::cache_file(const std::string& key) const {
  return options_.cache / (key + ".json");
}

aws::Result<std::string> SamTransform::run(const std::string& request) const {
  auto process = run_process({options_.python, options_.script.string()}, request,
                             {"PYTHONDONTWRITEBYTECODE=1"}, kTimeout);
  if (!process) {
    return template_error("The SAM transform could not be run: " + process.error());
  }
  if (process->exit_code != 0) {
    log_warning("the SAM transform failed", {{"output", process->errors}});
    if (process->errors.find("samtranslator") != std::string::npos &&
        process->errors.find("ModuleNotFoundError") != std::string::npos) {
      return template_error("This template needs the SAM transform, which is not installed for " +
                            options_.python + ": run `pip install aws-sam-translator` there, or " +
                            "scripts/dependencies.sh in millrace's source tree");
    }
    size_t last_line = process->errors.find_last_of('\n', process->errors.size() - 2);
    return template_error(
        "The SAM transform failed: " +
        process->errors.substr(last_line == std::string::npos ? 0 : last_line + 1));
  }
  return std::move(process->output);
}

aws::Result<json> SamTransform::apply(const json& document,
                                      const std::map<std::string, json>& parameters,
                                      const std::string& region, const std::string& account) {
  json request = {{"template", document},
                  {"parameters", parameters},
                  {"region", region},
                  {"account", account},
                  {"script", to_hex(as_view(sha256(read_whole(options_.script))))}};
  std::string text = request.dump();
  std::string key = to_hex(as_view(sha256(text)));
  std::string answer;
  {
    std::lock_guard lock(mutex_);
    if (auto found = results_.find(key); found != results_.end()) answer = found->second;
  }
  if (answer.empty() && !options_.cache.empty()) answer = read_whole(cache_file(key));
  json parsed = json::parse(answer, nullptr, false);
  if (!parsed.is_object()) {
    MILLRACE_TRY(answer, run(text));
    parsed = json::parse(answer, nullptr, false);
    if (!parsed.is_object()) return template_error("The SAM transform gave no document");
    if (!options_.cache.empty() && parsed.contains("template")) {
      // A lost race or a full disk only costs the next run a process.
      std::error_code ignored;
      std::filesystem::create_directories(options_.cache, ignored);
      auto partial = cache_file(key + ".partial");
      std::ofstream(partial, std::ios::binary) << answer;
      std::filesystem::rename(partial, cache_file(key), ignored);
    }
  }
  {
    std::lock_guard lock(mutex_);
    if (results_.size() >= kResultsMax) results_.clear();
    results_[key] = answer;
  }
  if (parsed.contains("errors")) {
    std::string lines;
    for (const auto& line : parsed["errors"])
      lines += (lines.empty() ? "" : "\n") + line.get<std::string>();
    return template_error(
        "Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless "
        "Application Specification document. " +
        lines);
  }
  return parsed["template"];
}

}  // namespace millrace::cloudformation
