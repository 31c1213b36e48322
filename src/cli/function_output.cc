#include "cli/function_output.h"

#include <functional>

namespace millrace::cli {
namespace {

constexpr std::string_view kFunctionGroup = "/aws/lambda/";

bool is_platform_line(std::string_view message) {
  for (std::string_view prefix :
       {"START RequestId: ", "END RequestId: ", "REPORT RequestId: ", "INIT_START "}) {
    if (message.substr(0, prefix.size()) == prefix) return true;
  }
  return false;
}

}  // namespace

std::string format_function_output(std::string_view group, std::string_view message, bool color) {
  if (group.substr(0, kFunctionGroup.size()) != kFunctionGroup || is_platform_line(message)) {
    return "";
  }
  std::string_view name = group.substr(kFunctionGroup.size());
  // A function keeps its colour: one of the six of a terminal, chosen by its name.
  std::string label(name);
  if (color) {
    auto number = 31 + std::hash<std::string_view>()(name) % 6;
    label = "\x1b[" + std::to_string(number) + 'm' + label + "\x1b[0m";
  }
  std::string text;
  while (!message.empty() && (message.back() == '\n' || message.back() == '\r')) {
    message.remove_suffix(1);
  }
  do {
    size_t end = message.find_first_of("\r\n");
    text += label + " | " + std::string(message.substr(0, end)) + '\n';
    message = end == std::string_view::npos ? "" : message.substr(end + 1);
  } while (!message.empty());
  return text;
}

}  // namespace millrace::cli
