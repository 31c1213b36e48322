#include "dynamodb/table/table_tags.h"

#include <charconv>
#include <chrono>

#include "dynamodb/table/table_catalog.h"

namespace millrace::dynamodb::table {

namespace {

constexpr std::string_view kUnlimited = "unlimited";

const std::string* find_tag(const TagMap& tags, std::string_view name) {
  auto found = tags.find(std::string(name));
  return found == tags.end() ? nullptr : &found->second;
}

std::optional<int> whole_number(std::string_view text, int max) {
  int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool all = error == std::errc() && end == text.data() + text.size();
  return all && value >= 1 && value <= max ? std::optional(value) : std::nullopt;
}

aws::ApiError bad_value(std::string_view name, const std::string& value, std::string takes) {
  return aws::validation_error("The Tag Value provided is invalid, Value: " + value + ". Tag " +
                               std::string(name) + " takes " + std::move(takes))
      .error;
}

}  // namespace

aws::Result<void> check_own_tags(const TagMap& tags) {
  const std::string* partitions = find_tag(tags, kPartitionsTag);
  if (partitions != nullptr && !whole_number(*partitions, kCellsPerTableMax)) {
    return Unexpected(bad_value(kPartitionsTag, *partitions,
                                "a whole number from 1 to " + std::to_string(kCellsPerTableMax)));
  }
  const std::string* hours = find_tag(tags, kStreamRetentionTag);
  if (hours != nullptr && *hours != kUnlimited && !whole_number(*hours, kRetentionHoursMax)) {
    return Unexpected(bad_value(kStreamRetentionTag, *hours,
                                "a whole number of hours from 1 to " +
                                    std::to_string(kRetentionHoursMax) + " or unlimited"));
  }
  const std::string* enforced = find_tag(tags, kEnforceCapacityTag);
  if (enforced != nullptr && *enforced != "true" && *enforced != "false") {
    return Unexpected(bad_value(kEnforceCapacityTag, *enforced, "true or false"));
  }
  return {};
}

std::optional<int> partitions_by_tag(const TagMap& tags) {
  const std::string* partitions = find_tag(tags, kPartitionsTag);
  return partitions == nullptr ? std::nullopt : whole_number(*partitions, kCellsPerTableMax);
}

std::optional<Duration> stream_retention_by_tag(const TagMap& tags) {
  const std::string* hours = find_tag(tags, kStreamRetentionTag);
  if (hours == nullptr) return std::nullopt;
  if (*hours == kUnlimited) return kUnlimitedRetention;
  auto number = whole_number(*hours, kRetentionHoursMax);
  if (!number) return std::nullopt;
  return std::chrono::hours(*number);
}

std::optional<bool> enforces_capacity_by_tag(const TagMap& tags) {
  const std::string* enforced = find_tag(tags, kEnforceCapacityTag);
  return enforced == nullptr ? std::nullopt : std::optional(*enforced == "true");
}

}  // namespace millrace::dynamodb::table
