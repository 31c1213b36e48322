#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>

namespace millrace {
namespace {

std::atomic<bool> json_lines{false};

spdlog::logger& logger() {
  static const auto instance = [] {
    auto created = spdlog::stderr_logger_mt("millrace");
    created->set_pattern("%v");
    created->flush_on(spdlog::level::debug);
    return created;
  }();
  return *instance;
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarning: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
  }
  return spdlog::level::err;
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

std::string timestamp() {
  // Log lines carry the machine's real time even when a test moves the server's clock.
  auto now = std::chrono::system_clock::now();
  auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now - seconds).count();
  std::time_t as_time = std::chrono::system_clock::to_time_t(seconds);
  std::tm parts{};
  gmtime_r(&as_time, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  return fmt::format("{}.{:03}Z", text, millis);
}

}  // namespace

void set_log_level(LogLevel minimum) { logger().set_level(to_spdlog(minimum)); }

void set_log_json(bool json) { json_lines = json; }

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!logger().should_log(to_spdlog(level))) return;
  static constexpr std::string_view kNames[] = {"debug", "info", "warning", "error"};
  std::string_view name = kNames[static_cast<int>(level)];
  std::string line;
  if (json_lines) {
    line = fmt::format(R"({{"time":"{}","level":"{}","event":)", timestamp(), name);
    append_quoted(line, event);
    for (const auto& field : fields) {
      line += ',';
      append_quoted(line, field.key);
      line += ':';
      append_quoted(line, field.value);
    }
    line += '}';
  } else {
    line = fmt::format("{} {} {}", timestamp(), name, event);
    for (const auto& field : fields) {
      line += ' ';
      line += field.key;
      line += '=';
      bool plain = !field.value.empty() &&
                   field.value.find_first_of(" \"\\=\n\r\t") == std::string::npos;
      if (plain) {
        line += field.value;
      } else {
        append_quoted(line, field.value);
      }
    }
  }
  logger().log(to_spdlog(level), "{}", line);
}

}  // namespace millrace
