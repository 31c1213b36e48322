#include "lambda/function/function_name.h"

#include <algorithm>
#include <vector>

#include "lambda/function/lambda_error.h"

namespace millrace::lambda {
namespace {

// The pattern of the service model, as it appears in the error.
constexpr std::string_view kNamePattern =
    R"((arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?)"
    R"((\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?)";
constexpr size_t kNameFieldLengthMax = 170;
constexpr size_t kNewNameLengthMax = 64;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_account(std::string_view text) {
  return text.size() == 12 && std::all_of(text.begin(), text.end(), is_digit);
}

// us-east-1, us-gov-west-1, eusc-de-east-1: lower-case words and one digit at the end.
bool is_region(std::string_view text) {
  if (std::count(text.begin(), text.end(), '-') < 2 || !is_digit(text.back())) return false;
  return std::all_of(text.begin(), text.end() - 1,
                     [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
}

bool is_bare_name(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_word(c) || c == '.'; });
}

bool is_qualifier(std::string_view text) {
  if (text == kLatestVersion || text == "$LATEST.PUBLISHED") return true;
  return !text.empty() && std::all_of(text.begin(), text.end(), is_word);
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    size_t colon = text.find(':');
    parts.push_back(text.substr(0, colon));
    if (colon == std::string_view::npos) return parts;
    text.remove_prefix(colon + 1);
  }
}

// The parts that were given; the others are empty.
std::optional<FunctionReference> parse_forms(std::string_view text) {
  FunctionReference result;
  result.partition.clear();
  std::vector<std::string_view> parts = split(text);
  size_t next = 0;
  if (parts.size() >= 4 && parts[0] == "arn" && parts[2] == "lambda") {
    if (!parts[1].starts_with("aws")) return std::nullopt;
    result.partition = parts[1];
    next = 3;
  }
  auto more = [&] { return parts.size() - next > 1; };
  if (more() && is_region(parts[next])) result.region = parts[next++];
  if (more() && is_account(parts[next])) result.account = parts[next++];
  if (more() && parts[next] == "function") ++next;
  if (parts.size() - next > 2 || !is_bare_name(parts[next])) return std::nullopt;
  result.name = parts[next++];
  if (next < parts.size()) {
    if (!is_qualifier(parts[next])) return std::nullopt;
    result.qualifier = parts[next];
  }
  return result;
}

Unexpected<aws::ApiError> pattern_error(std::string_view name) {
  return lambda_error(400, "ValidationException",
                      "1 validation error detected: Value '" + std::string(name) +
                          "' at 'functionName' failed to satisfy constraint: Member must satisfy "
                          "regular expression pattern: " +
                          std::string(kNamePattern));
}

Unexpected<aws::ApiError> length_error(std::string_view name) {
  return lambda_error(400, "ValidationException",
                      "1 validation error detected: Value '" + std::string(name) +
                          "' at 'functionName' failed to satisfy constraint: Member must have "
                          "length less than or equal to " +
                          std::to_string(kNameFieldLengthMax));
}

}  // namespace

std::string FunctionReference::arn() const {
  std::string text = "arn:" + partition + ":lambda:" + region + ':' + account + ":function:" + name;
  if (!qualifier.empty()) text += ':' + qualifier;
  return text;
}

aws::Result<void> check_reachable(const aws::RequestContext& context, const std::string& region,
                                  const std::string& account, const std::string& arn) {
  if (region != context.region) {
    return resource_not_found("Functions from '" + region +
                              "' are not reachable in this region ('" + context.region + "')");
  }
  if (account != context.account) {
    return lambda_error(403, "AccessDeniedException",
                        "User: arn:" + context.partition + ":iam::" + context.account +
                            ":root is not authorized to perform: lambda:" + context.operation +
                            " on resource: " + arn);
  }
  return {};
}

aws::Result<FunctionReference> parse_function_name(const aws::RequestContext& context,
                                                   std::string_view name,
                                                   std::string_view qualifier) {
  if (name.size() > kNameFieldLengthMax) return length_error(name);
  auto reference = parse_forms(name);
  if (!reference) return pattern_error(name);
  if (!qualifier.empty()) {
    if (!is_qualifier(qualifier)) {
      return lambda_error(400, "ValidationException",
                          "1 validation error detected: Value '" + std::string(qualifier) +
                              "' at 'qualifier' failed to satisfy constraint: Member must satisfy "
                              "regular expression pattern: \\$(LATEST(\\.PUBLISHED)?)|"
                              "[a-zA-Z0-9-_$]+");
    }
    if (!reference->qualifier.empty() && reference->qualifier != qualifier) {
      return invalid_parameter(
          "The derived qualifier from the function name does not match the specified qualifier.");
    }
    reference->qualifier = qualifier;
  }
  if (reference->partition.empty()) reference->partition = context.partition;
  if (reference->region.empty()) reference->region = context.region;
  if (reference->account.empty()) reference->account = context.account;
  MILLRACE_CHECK_OK(
      check_reachable(context, reference->region, reference->account, reference->arn()));
  return *std::move(reference);
}

std::optional<FunctionReference> parse_function_arn(std::string_view arn) {
  auto reference = parse_forms(arn);
  if (!reference || reference->partition.empty() || reference->region.empty() ||
      reference->account.empty()) {
    return std::nullopt;
  }
  return reference;
}

bool is_valid_new_function_name(std::string_view name) {
  return !name.empty() && name.size() <= kNewNameLengthMax &&
         std::all_of(name.begin(), name.end(), is_word);
}

}  // namespace millrace::lambda
