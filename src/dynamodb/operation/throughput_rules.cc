#include "dynamodb/operation/throughput_rules.h"

#include "dynamodb/operation/key_schema.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr int64_t kUnitsMax = 1'000'000'000'000;

aws::Result<void> check_units(int64_t units, const char* name, const std::string& region,
                              const std::string& index_name) {
  if (units > kUnitsMax) {
    return aws::validation_error("Given value " + std::to_string(units) + " for " + name +
                                 " is out of bounds" +
                                 (index_name.empty() ? "" : " for index " + index_name));
  }
  if (units > kTableUnitsMax) {
    return aws::api_error(
        400, "LimitExceededException",
        std::string("The requested ") + name + ", " + std::to_string(units) +
            ", is above the per table maximum for the account in " + region +
            ". Per table maximum: " + std::to_string(kTableUnitsMax) +
            ". Refer to the Amazon DynamoDB Developer Guide for current limits and how to request "
            "higher limits.");
  }
  return {};
}

constexpr int64_t kNoLimit = -1;

// What both operations require of the limits.
struct LimitRules {
  bool on_demand;
  int64_t taken_away;  // a value that is legal too; 0 if none
  const char* refused_when_provisioned;
  std::string target;  // "table" or "index : NAME"
};

aws::Result<void> check_limit(const std::optional<int64_t>& units, const char* name,
                              const LimitRules& rules) {
  if (!units) return {};
  if (!rules.on_demand) {
    bool is_table = rules.target == "table";
    return invalid_parameter(std::string(name) + " for OnDemandThroughput " +
                             (is_table ? "" : "for " + rules.target + ' ') +
                             rules.refused_when_provisioned);
  }
  if (*units >= 1 || (rules.taken_away != 0 && *units == rules.taken_away)) return {};
  return invalid_parameter(std::string("Requested ") + name + " for OnDemandThroughput for " +
                           rules.target + " is outside of valid range");
}

aws::Result<void> check_limits(const ThroughputInput& input, const LimitRules& rules) {
  MILLRACE_CHECK_OK(check_limit(input.read_units, "MaxReadRequestUnits", rules));
  return check_limit(input.write_units, "MaxWriteRequestUnits", rules);
}

std::string limit_target(const std::string& index_name) {
  return index_name.empty() ? "table" : "index : " + index_name;
}

}  // namespace

aws::Result<table::Throughput> provisioned_throughput(const ThroughputInput& input,
                                                      const std::string& region,
                                                      const std::string& index_name) {
  table::Throughput throughput{*input.read_units, *input.write_units};
  MILLRACE_CHECK_OK(check_units(throughput.read_units, "ReadCapacityUnits", region, index_name));
  MILLRACE_CHECK_OK(check_units(throughput.write_units, "WriteCapacityUnits", region, index_name));
  return throughput;
}

aws::Result<table::Throughput> on_demand_limits(const ThroughputInput& input, bool on_demand,
                                                const std::string& index_name) {
  LimitRules rules{on_demand, 0, "cannot be specified when table BillingMode is PROVISIONED.",
                   limit_target(index_name)};
  MILLRACE_CHECK_OK(check_limits(input, rules));
  return table::Throughput{input.read_units.value_or(0), input.write_units.value_or(0)};
}

aws::Result<table::Throughput> changed_limits(const ThroughputInput& input, bool on_demand,
                                              const std::string& index_name,
                                              const table::Throughput& current) {
  LimitRules rules{on_demand, kNoLimit,
                   "cannot be specified when the table BillingMode is PROVISIONED",
                   limit_target(index_name)};
  MILLRACE_CHECK_OK(check_limits(input, rules));
  return table::Throughput{input.read_units.value_or(current.read_units),
                           input.write_units.value_or(current.write_units)};
}

}  // namespace millrace::dynamodb::operation
