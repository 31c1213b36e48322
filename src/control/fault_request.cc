#include "control/fault_request.h"

#include <algorithm>
#include <array>

#include "control/fault_errors.h"

namespace millrace::control {
namespace {

constexpr uint64_t kCountMax = 1'000'000;
// Each of these changes a table's partitions for good.
constexpr uint64_t kReshapeCountMax = 100;

constexpr std::array kKinds = {
    FaultKind::kThrottle,        FaultKind::kError,        FaultKind::kFailFunction,
    FaultKind::kLoseResult,      FaultKind::kDeliverTwice, FaultKind::kCrashBeforeCheckpoint,
    FaultKind::kExpireIterators, FaultKind::kRotate,       FaultKind::kSplit};

// Names of members beside "count", "probability" and "seed".
std::vector<std::string_view> members_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::kThrottle:
      return {"service", "operation", "tableName"};
    case FaultKind::kError:
      return {"service", "operation", "tableName", "type", "message", "status"};
    case FaultKind::kFailFunction:
      return {"functionName", "uuid", "errorType", "errorMessage"};
    case FaultKind::kLoseResult:
    case FaultKind::kDeliverTwice:
    case FaultKind::kCrashBeforeCheckpoint:
      return {"functionName", "uuid"};
    case FaultKind::kExpireIterators:
      return {};
    case FaultKind::kRotate:
    case FaultKind::kSplit:
      return {"tableName"};
  }
  return {};
}

Result<void> check_known(const json& settings, FaultKind kind) {
  std::vector<std::string_view> known = members_of(kind);
  known.insert(known.end(), {"count", "probability", "seed"});
  for (const auto& [name, value] : settings.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string text = std::string(to_string(kind)) + " has no member '" + name + "'; known are";
    for (std::string_view one : known) text += " '" + std::string(one) + "'";
    return Unexpected(text + '.');
  }
  return {};
}

Result<uint64_t> whole_number(const json& settings, const char* name, uint64_t min, uint64_t max) {
  auto found = settings.find(name);
  if (found == settings.end()) return 1;
  if (found->is_number_unsigned() && *found >= min && *found <= max) return found->get<uint64_t>();
  return Unexpected(std::string(name) + " must be a whole number from " + std::to_string(min) +
                    " to " + std::to_string(max) + '.');
}

Result<void> read_chance(const json& settings, Fault& fault) {
  bool reshapes = fault.kind == FaultKind::kRotate || fault.kind == FaultKind::kSplit;
  MILLRACE_TRY(fault.count,
               whole_number(settings, "count", 1, reshapes ? kReshapeCountMax : kCountMax));
  MILLRACE_TRY(fault.seed, whole_number(settings, "seed", 0, UINT64_MAX));
  MILLRACE_TRY(auto probability, number_member(settings, "probability"));
  fault.probability = probability.value_or(1);
  if (fault.probability > 0 && fault.probability <= 1) return {};
  return Unexpected(std::string("probability must be above 0 and at most 1."));
}

Result<void> read_error(const json& settings, Fault& fault) {
  if (fault.kind == FaultKind::kFailFunction) {
    MILLRACE_TRY(auto type, text_member(settings, "errorType"));
    MILLRACE_TRY(auto message, text_member(settings, "errorMessage"));
    fault.error_type = type.value_or("Error");
    fault.error_message = message.value_or("This failure was asked for by a test.");
  }
  if (fault.kind == FaultKind::kError) {
    MILLRACE_TRY(auto type, text_member(settings, "type"));
    MILLRACE_TRY(auto message, text_member(settings, "message"));
    fault.error_type = type.value_or("InternalServerError");
    KnownError known = known_error(fault.error_type);
    fault.error_message = message.value_or(std::string(known.message));
    fault.http_status = known.http_status;
    if (settings.contains("status")) {
      MILLRACE_TRY(auto status, whole_number(settings, "status", 400, 599));
      fault.http_status = static_cast<int>(status);
    }
  }
  return {};
}

Result<Fault> read_settings(FaultKind kind, const json& settings) {
  MILLRACE_CHECK_OK(check_known(settings, kind));
  Fault fault{.kind = kind};
  MILLRACE_CHECK_OK(read_chance(settings, fault));
  const std::pair<const char*, std::string*> texts[] = {{"service", &fault.service},
                                                        {"operation", &fault.operation},
                                                        {"tableName", &fault.table_name},
                                                        {"functionName", &fault.function_name},
                                                        {"uuid", &fault.mapping}};
  for (auto [name, text] : texts) {
    MILLRACE_TRY(auto value, text_member(settings, name));
    *text = value.value_or("");
  }
  MILLRACE_CHECK_OK(read_error(settings, fault));
  bool needs_table = kind == FaultKind::kRotate || kind == FaultKind::kSplit;
  if (needs_table && fault.table_name.empty()) {
    return Unexpected(std::string(to_string(kind)) + " needs tableName.");
  }
  return fault;
}

}  // namespace

Result<Fault> parse_fault(const std::string& body) {
  MILLRACE_TRY(json input, parse_object(body));
  for (FaultKind kind : kKinds) {
    auto found = input.find(std::string(to_string(kind)));
    if (found == input.end() || input.size() != 1) continue;
    if (kind == FaultKind::kExpireIterators && *found == true) {
      return read_settings(kind, json::object());
    }
    if (!found->is_object()) {
      return Unexpected(std::string(to_string(kind)) + " must be an object with its settings.");
    }
    return read_settings(kind, *found);
  }
  std::string text = "Give one fault, as in {\"throttle\": {\"service\": \"dynamodb\"}}; known are";
  for (FaultKind kind : kKinds) text += ' ' + std::string(to_string(kind));
  return Unexpected(text + '.');
}

json describe_fault(const FaultPlan::Description& description) {
  const Fault& fault = description.fault;
  json document = {{"id", description.number},  {"kind", to_string(fault.kind)},
                   {"count", fault.count},      {"probability", fault.probability},
                   {"seed", fault.seed},        {"looked", description.looked},
                   {"fired", description.fired}};
  const std::pair<const char*, const std::string*> texts[] = {
      {"service", &fault.service},
      {"operation", &fault.operation},
      {"tableName", &fault.table_name},
      {"functionName", &fault.function_name},
      {"uuid", &fault.mapping},
      {"errorType", &fault.error_type},
      {"errorMessage", &fault.error_message}};
  for (auto [name, text] : texts) {
    if (!text->empty()) document[name] = *text;
  }
  return document;
}

}  // namespace millrace::control
