#include "control/fault_plan.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "aws/json_text.h"

namespace millrace::control {
namespace {

bool agrees(const std::string& wanted, std::string_view actual) {
  return wanted.empty() || wanted == actual;
}

// A single table in TableName, those of a batch as the names of RequestItems.
bool names_table(const std::string& body, const std::string& table) {
  auto input = aws::parse_json(body);
  if (!input.is_object()) return false;
  auto single = input.find("TableName");
  if (single != input.end() && single->is_string()) return single->get<std::string>() == table;
  auto batch = input.find("RequestItems");
  return batch != input.end() && batch->is_object() && batch->contains(table);
}

bool is_of_request(const Fault& fault, const FaultPlan::Request& request) {
  if (fault.kind != FaultKind::kThrottle && fault.kind != FaultKind::kError) return false;
  return agrees(fault.service, request.service) && agrees(fault.operation, request.operation) &&
         (fault.table_name.empty() || names_table(request.body, fault.table_name));
}

bool is_of_call(const Fault& fault, const FaultPlan::Call& call) {
  return agrees(fault.function_name, call.function_name) && agrees(fault.mapping, call.mapping);
}

bool is_after_success(const Fault& fault, const FaultPlan::Call& call) {
  switch (fault.kind) {
    case FaultKind::kLoseResult:
    case FaultKind::kDeliverTwice:
      return true;
    case FaultKind::kCrashBeforeCheckpoint:
      return !call.mapping.empty();
    default:
      return false;
  }
}

}  // namespace

std::string_view to_string(FaultKind kind) {
  switch (kind) {
    case FaultKind::kThrottle:
      return "throttle";
    case FaultKind::kError:
      return "error";
    case FaultKind::kFailFunction:
      return "failFunction";
    case FaultKind::kLoseResult:
      return "loseResult";
    case FaultKind::kDeliverTwice:
      return "deliverTwice";
    case FaultKind::kCrashBeforeCheckpoint:
      return "crashBeforeCheckpoint";
    case FaultKind::kExpireIterators:
      return "expireIterators";
    case FaultKind::kRotate:
      return "rotate";
    case FaultKind::kSplit:
      return "split";
  }
  return "";
}

std::optional<uint64_t> FaultPlan::add(Fault fault) {
  std::lock_guard lock(mutex_);
  if (entries_.size() >= kFaultsMax) return std::nullopt;
  uint64_t number = next_number_++;
  auto random = std::make_unique<SeededRandom>(fault.seed);
  entries_.push_back({{number, std::move(fault)}, std::move(random)});
  armed_.store(true, std::memory_order_relaxed);
  return number;
}

void FaultPlan::clear() {
  std::lock_guard lock(mutex_);
  entries_.clear();
  armed_.store(false, std::memory_order_relaxed);
}

bool FaultPlan::decide(Entry& entry) {
  Description& description = entry.description;
  if (description.fired >= description.fault.count) return false;
  ++description.looked;
  if (entry.random->unit() >= description.fault.probability) return false;
  ++description.fired;
  return true;
}

template <class Matches>
std::optional<Fault> FaultPlan::first(Matches matches) {
  if (is_empty()) return std::nullopt;
  std::lock_guard lock(mutex_);
  for (Entry& entry : entries_) {
    if (matches(entry.description.fault) && decide(entry)) return entry.description.fault;
  }
  return std::nullopt;
}

std::optional<Fault> FaultPlan::on_request(const Request& request) {
  return first([&](const Fault& fault) { return is_of_request(fault, request); });
}

std::optional<Fault> FaultPlan::before_call(const Call& call) {
  return first([&](const Fault& fault) {
    return fault.kind == FaultKind::kFailFunction && is_of_call(fault, call);
  });
}

std::optional<Fault> FaultPlan::after_success(const Call& call) {
  return first(
      [&](const Fault& fault) { return is_after_success(fault, call) && is_of_call(fault, call); });
}

bool FaultPlan::happens(uint64_t number) {
  std::lock_guard lock(mutex_);
  for (Entry& entry : entries_) {
    if (entry.description.number == number) return decide(entry);
  }
  return false;
}

std::vector<FaultPlan::Description> FaultPlan::list() const {
  std::vector<Description> descriptions;
  std::lock_guard lock(mutex_);
  for (const Entry& entry : entries_) descriptions.push_back(entry.description);
  return descriptions;
}

}  // namespace millrace::control
