// Event filter patterns: which records of a stream reach a function.
//
//     {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"age": {"N": [{"exists": true}]}}}}
//
// A pattern is a set of fields, each with a leaf array of rules; a record passes if every field has
// a value that satisfies one of its rules, and the patterns of a mapping are alternatives. Paths
// lead to scalars: a field that is an object in the record has no value, so `exists: true` is never
// satisfied by it and `exists: false` always is. Values inside arrays carry the element that they
// come from, and two fields of one pattern may not be satisfied by different elements of the same
// array.
//
// A FilterSet is immutable and shared by threads. Matching walks the record once for all patterns.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "lambda/trigger/filter_value.h"

namespace millrace::lambda {

// A path and the rules of its leaf.
struct FilterField {
  std::string path;  // member names joined by dots
  std::vector<FilterRule> rules;
};

// Fields in path order, all of which must be satisfied. A pattern with $or is several of them.
using FilterAlternative = std::vector<FilterField>;

struct CompiledPattern {
  std::vector<FilterAlternative> alternatives;
};

// The error says what is wrong with the pattern; AWS's clients get one fixed text for all of them.
Result<CompiledPattern, std::string> compile_pattern(std::string_view text);

class FilterSet {
 public:
  // Bytes that must be readable behind a record's text, for the parser.
  static constexpr size_t kPadding = 64;

  // No patterns: everything passes.
  FilterSet() = default;
  static Result<FilterSet, std::string> compile(const std::vector<std::string>& patterns);

  bool empty() const { return patterns_.empty(); }

  // Whether some pattern accepts the record, a JSON object. If `failed_clause` is not null and none
  // does, it is set to the clause at which each pattern failed:
  //   "eventName is \"REMOVE\", wanted \"INSERT\""
  // REQUIRES: kPadding readable bytes behind `record`.
  bool matches(std::string_view record, std::string* failed_clause = nullptr) const;

 private:
  struct FieldIndex {
    std::unordered_map<std::string, size_t> leaves;  // path -> number
    std::unordered_set<std::string> branches;        // what leads to a leaf
  };
  std::vector<CompiledPattern> patterns_;
  FieldIndex index_;
  friend class RecordWalk;
};

// What makes a pattern unlikely to do what its author wants, though it is valid: a missing type
// descriptor, `numeric` on a DynamoDB number (they are strings in records), `exists` on something
// that is not a leaf. Empty if nothing was noticed.
std::vector<std::string> explain_pattern(const CompiledPattern& pattern);

}  // namespace millrace::lambda
