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

aws::Result<int64_t> limit_or_none(const std::optional<int64_t>& units, const char* name,
                                   bool on_demand) {
  if (!units) return -1;
  if (!on_demand) {
    return invalid_parameter(std::string(name) +
                             " for OnDemandThroughput cannot be specified when table BillingMode "
                             "is PROVISIONED.");
  }
  if (*units == -1 || *units >= 1) return *units;
  return invalid_parameter(std::string("Requested ") + name +
                           " for OnDemandThroughput for table is outside of valid range");
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

aws::Result<table::Throughput> on_demand_limits(const ThroughputInput& input, bool on_demand) {
  MILLRACE_TRY(int64_t reads, limit_or_none(input.read_units, "MaxReadRequestUnits", on_demand));
  MILLRACE_TRY(int64_t writes, limit_or_none(input.write_units, "MaxWriteRequestUnits", on_demand));
  return table::Throughput{reads, writes};
}

}  // namespace millrace::dynamodb::operation
