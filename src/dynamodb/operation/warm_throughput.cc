#include "dynamodb/operation/warm_throughput.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dynamodb/operation/kept_settings.h"
#include "dynamodb/operation/key_schema.h"

namespace millrace::dynamodb::operation {
namespace {

using table::Throughput;

constexpr const char* kSetting = "WarmThroughput";
// AWS: what everything that is paid per request is warm for.
constexpr Throughput kOnDemandWarm{12'000, 4'000};

Throughput larger(const Throughput& a, const Throughput& b) {
  return {std::max(a.read_units, b.read_units), std::max(a.write_units, b.write_units)};
}

Throughput implied(const table::Table& table, const table::Index* index) {
  if (table.billing_mode == table::BillingMode::kPayPerRequest) return kOnDemandWarm;
  return index == nullptr ? table.throughput : index->throughput.value_or(Throughput{});
}

nlohmann::json to_setting(const Throughput& warm) {
  return {{"ReadUnitsPerSecond", warm.read_units}, {"WriteUnitsPerSecond", warm.write_units}};
}

std::string target(const std::string& index_name) {
  return index_name.empty() ? "table" : "index " + index_name;
}

// The error for the first of the two that is less than `least`.
aws::Result<void> check_least(const Throughput& wanted, const Throughput& least,
                              const std::string& index_name, const std::string& read_reason,
                              const std::string& write_reason) {
  bool reads = wanted.read_units < least.read_units;
  if (!reads && wanted.write_units >= least.write_units) return {};
  return invalid_parameter(std::string("Requested ") +
                           (reads ? "ReadUnitsPerSecond" : "WriteUnitsPerSecond") +
                           " for WarmThroughput for " + target(index_name) + " is lower than " +
                           (reads ? read_reason : write_reason));
}

Throughput with_default(const ThroughputInput& input, const Throughput& otherwise) {
  return {input.read_units.value_or(otherwise.read_units),
          input.write_units.value_or(otherwise.write_units)};
}

}  // namespace

Throughput warm_throughput(const table::Table& table, const table::Index* index) {
  Throughput least = implied(table, index);
  nlohmann::json kept =
      kept_setting(table, setting_name(kSetting, index == nullptr ? "" : index->name));
  if (!kept.is_object()) return least;
  return larger(least, {kept.value("ReadUnitsPerSecond", int64_t{0}),
                        kept.value("WriteUnitsPerSecond", int64_t{0})});
}

nlohmann::json describe_warm(const Throughput& warm) {
  nlohmann::json description = to_setting(warm);
  description["Status"] = "ACTIVE";
  return description;
}

aws::Result<void> add_warm_setting(const ThroughputInput& input, const std::string& index_name,
                                   const Throughput* provisioned,
                                   std::map<std::string, std::string>& settings) {
  if (!input.says_something()) return {};
  Throughput least = provisioned == nullptr ? kOnDemandWarm : *provisioned;
  Throughput wanted = with_default(input, least);
  if (provisioned == nullptr) {
    std::string reason =
        "initial throughput for OnDemand. See: https://docs.aws.amazon.com/amazondynamodb/latest/"
        "developerguide/on-demand-capacity-mode.html#on-demand-capacity-mode-initial";
    MILLRACE_CHECK_OK(check_least(wanted, least, index_name, reason, reason));
  } else {
    MILLRACE_CHECK_OK(check_least(wanted, least, index_name,
                                  "ReadCapacityUnits of ProvisionedThroughput",
                                  "WriteCapacityUnits of ProvisionedThroughput"));
  }
  settings[setting_name(kSetting, index_name)] = to_setting(wanted).dump();
  return {};
}

aws::Result<void> raise_warm_throughput(table::Table& after, const std::string& index_name,
                                        const ThroughputInput& input) {
  const table::Index* index = index_name.empty() ? nullptr : after.find_index(index_name);
  Throughput current = warm_throughput(after, index);
  Throughput wanted = with_default(input, current);
  std::string reason = "current WarmThroughput, decreasing WarmThroughput is not supported";
  MILLRACE_CHECK_OK(check_least(wanted, current, index_name, reason, reason));
  keep_setting(after, setting_name(kSetting, index_name), to_setting(wanted));
  return {};
}

void keep_warm(const table::Table& before, table::Table& after) {
  auto keep = [&](const table::Index* old_index, const table::Index* new_index) {
    Throughput old_warm = warm_throughput(before, old_index);
    Throughput new_warm = warm_throughput(after, new_index);
    Throughput both = larger(old_warm, new_warm);
    if (both == new_warm) return;
    keep_setting(after, setting_name(kSetting, new_index == nullptr ? "" : new_index->name),
                 to_setting(both));
  };
  keep(nullptr, nullptr);
  for (const auto& index : after.indexes) {
    const table::Index* old_index = before.find_index(index.number);
    if (index.global && old_index != nullptr) keep(old_index, &index);
  }
}

}  // namespace millrace::dynamodb::operation
