// Member constraints of the API model (lengths, ranges, patterns, enumerations), checked before any
// rule of an operation. DynamoDB reports up to ten of them at once, in an order of its own for each
// operation: the caller adds them in that order.
//
// Paths are spelt as DynamoDB prints them: lower camel case, list elements as `.1.member`.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/api_error.h"

namespace millrace::dynamodb::operation {

// The constraint texts that follow "failed to satisfy constraint: ".
std::string length_at_least(size_t length);
std::string length_at_most(size_t length);
std::string value_at_least(int64_t value);
std::string value_at_most(int64_t value);
std::string matches_name_pattern();
// `values` as DynamoDB prints them, in its order (a hash order, not the model's): "INDEXES, TOTAL".
std::string one_of(std::string_view values);

// Names of tables as keys of a map, and the lists of requests that are its values.
std::string map_keys_are_table_names();
std::string map_values_have_length(size_t minimum, size_t maximum);
// A list as DynamoDB echoes it: "[WriteRequest@1, WriteRequest@2]", with Java's object names.
std::string echoed_list(std::string_view shape, size_t size);

// A value that breaks a constraint: with the value echoed, without it, and a missing one.
std::string broken_constraint(std::string_view value, std::string_view path,
                              std::string_view constraint);
std::string broken_constraint_at(std::string_view path, std::string_view constraint);
std::string missing_member(std::string_view path);

// "1 validation error detected: " and the text.
std::string in_envelope(std::string_view text);

class ConstraintList {
 public:
  void add(std::string broken) { broken_.push_back(std::move(broken)); }

  template <class T>
  void require(const std::optional<T>& member, std::string_view path) {
    if (!member) add(missing_member(path));
  }
  // Checks of members that are there; absent ones pass.
  void check_one_of(const std::optional<std::string>& value, std::string_view path,
                    std::string_view values);
  void check_range(const std::optional<int64_t>& value, std::string_view path, int64_t minimum,
                   int64_t maximum = INT64_MAX);
  void check_length(const std::optional<std::string>& value, std::string_view path, size_t minimum,
                    size_t maximum);
  // Names of tables and indexes: the pattern, then the length.
  void check_name(const std::optional<std::string>& value, std::string_view path,
                  size_t minimum = 3);

  bool empty() const { return broken_.empty(); }
  // The ValidationException for all of them, if there is any.
  aws::Result<void> result() const;

 private:
  std::vector<std::string> broken_;
};

// [a-zA-Z0-9_.-]+
bool has_name_characters(std::string_view name);

// The enumerations that several operations share.
inline constexpr std::string_view kReturnConsumedCapacityValues = "INDEXES, TOTAL, NONE";
inline constexpr std::string_view kReturnItemCollectionMetricsValues = "SIZE, NONE";
inline constexpr std::string_view kReturnOldOnFailureValues = "ALL_OLD, NONE";
inline constexpr std::string_view kReturnValuesValues =
    "ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW";

}  // namespace millrace::dynamodb::operation
