#include "lambda/function/platform_log.h"

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "lambda/function/function_name.h"

namespace millrace::lambda {
namespace {

using nlohmann::json;

bool is_json(const Function& function) {
  return function.log_format == "JSON";
}

std::string dump(const json& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string event(const char* type, json record, Timestamp now) {
  return dump({{"time", to_iso8601(now)}, {"type", type}, {"record", std::move(record)}});
}

double milliseconds(Duration duration) {
  return static_cast<double>(duration.count()) / 1000.0;
}

std::string two_decimals(double value) {
  char text[64];
  snprintf(text, sizeof text, "%.2f", value);
  return text;
}

int64_t megabytes(uint64_t bytes) {
  return static_cast<int64_t>((bytes + 1024 * 1024 - 1) / (1024 * 1024));
}

int64_t billed(const InvocationReport& report) {
  Duration total = report.duration + report.init_duration.value_or(Duration(0));
  return static_cast<int64_t>(std::ceil(milliseconds(total)));
}

json report_json(const Function& function, const InvocationReport& report) {
  json metrics = {{"durationMs", milliseconds(report.duration)},
                  {"billedDurationMs", billed(report)},
                  {"memorySizeMB", function.memory_megabytes},
                  {"maxMemoryUsedMB", megabytes(report.memory_bytes_max)}};
  if (report.init_duration) metrics["initDurationMs"] = milliseconds(*report.init_duration);
  json record = {{"requestId", report.request_id},
                 {"metrics", std::move(metrics)},
                 {"status", report.status.empty() ? "success" : report.status}};
  if (!report.error_type.empty()) record["errorType"] = report.error_type;
  return record;
}

}  // namespace

std::string init_start_line(const Function& function, const std::string& interpreter,
                            Timestamp now) {
  if (is_json(function)) {
    return event("platform.initStart",
                 {{"initializationType", "on-demand"},
                  {"phase", "init"},
                  {"runtimeVersion", function.runtime},
                  {"interpreter", interpreter}},
                 now);
  }
  return "INIT_START Runtime Version: " + function.runtime + "\tInterpreter: " + interpreter;
}

std::string start_line(const Function& function, const std::string& request_id, Timestamp now) {
  if (is_json(function)) {
    return event("platform.start", {{"requestId", request_id}, {"version", kLatestVersion}}, now);
  }
  return "START RequestId: " + request_id + " Version: " + std::string(kLatestVersion);
}

std::string end_line(const Function& function, const std::string& request_id) {
  return is_json(function) ? "" : "END RequestId: " + request_id;
}

std::string report_line(const Function& function, const InvocationReport& report, Timestamp now) {
  if (is_json(function)) return event("platform.report", report_json(function, report), now);
  std::string line = "REPORT RequestId: " + report.request_id +
                     "\tDuration: " + two_decimals(milliseconds(report.duration)) +
                     " ms\tBilled Duration: " + std::to_string(billed(report)) +
                     " ms\tMemory Size: " + std::to_string(function.memory_megabytes) +
                     " MB\tMax Memory Used: " + std::to_string(megabytes(report.memory_bytes_max)) +
                     " MB\t";
  if (report.init_duration) {
    line += "Init Duration: " + two_decimals(milliseconds(*report.init_duration)) + " ms\t";
  }
  if (!report.status.empty()) line += "Status: " + report.status;
  if (!report.error_type.empty()) line += "\tError Type: " + report.error_type;
  return line;
}

std::string init_report_line(const Function& function, Duration duration,
                             const std::string& error_type, Timestamp now) {
  if (is_json(function)) {
    return event("platform.initReport",
                 {{"initializationType", "on-demand"},
                  {"phase", "init"},
                  {"status", "error"},
                  {"errorType", error_type},
                  {"metrics", {{"durationMs", milliseconds(duration)}}}},
                 now);
  }
  return "INIT_REPORT Init Duration: " + two_decimals(milliseconds(duration)) +
         " ms\tPhase: init\tStatus: error\tError Type: " + error_type;
}

std::string timeout_text(const Function& function) {
  return "Task timed out after " + two_decimals(function.timeout_seconds) + " seconds";
}

std::string timeout_line(const Function& function, const std::string& request_id, Timestamp now) {
  return to_iso8601(now) + ' ' + request_id + ' ' + timeout_text(function);
}

}  // namespace millrace::lambda
