// Matching records against compiled patterns: one walk over the record's JSON collects the values
// at all paths that some pattern names; the patterns are then decided on those.
#include <simdjson.h>

#include <algorithm>
#include <optional>
#include <set>

#include "lambda/trigger/filter_pattern.h"

namespace millrace::lambda {

// Which element of which array a value is in: pairs of array number and index, by array number.
using Membership = std::vector<std::pair<uint32_t, uint32_t>>;

struct FoundValue {
  FilterValue value;
  Membership membership;
};

// Collects the values of a record by leaf number.
class RecordWalk {
 public:
  explicit RecordWalk(const FilterSet& filters)
      : leaves_(filters.index_.leaves),
        branches_(filters.index_.branches),
        values_(leaves_.size()) {}

  // False if the record is not a JSON object.
  bool walk(std::string_view record) {
    // Its buffers grow to the largest record seen and are used again.
    static thread_local simdjson::ondemand::parser parser;
    simdjson::padded_string_view padded(record.data(), record.size(),
                                        record.size() + FilterSet::kPadding);
    simdjson::ondemand::object root;
    if (parser.iterate(padded).get(document_) || document_.get_object().get(root)) return false;
    walk_object(root);
    return true;
  }

  const std::vector<FoundValue>& at(const std::string& path) const {
    return values_[leaves_.at(path)];
  }

 private:
  void walk_object(simdjson::ondemand::object object) {
    size_t length = path_.size();
    for (auto field : object) {
      std::string_view name;
      if (field.unescaped_key().get(name)) return;
      if (length > 0) path_ += '.';
      path_ += name;
      simdjson::ondemand::value value;
      if (!field.value().get(value)) walk_value(value);
      path_.resize(length);
    }
  }

  void walk_value(simdjson::ondemand::value value) {
    auto leaf = leaves_.find(path_);
    bool is_branch = branches_.contains(path_);
    if (leaf == leaves_.end() && !is_branch) return;
    simdjson::ondemand::json_type type;
    if (value.type().get(type)) return;
    if (type == simdjson::ondemand::json_type::object) {
      simdjson::ondemand::object object;
      if (is_branch && !value.get_object().get(object)) walk_object(object);
    } else if (type == simdjson::ondemand::json_type::array) {
      simdjson::ondemand::array array;
      if (!value.get_array().get(array)) walk_array(array);
    } else if (leaf != leaves_.end()) {
      add_scalar(value, type, leaf->second);
    }
  }

  void walk_array(simdjson::ondemand::array array) {
    uint32_t number = arrays_++;
    uint32_t index = 0;
    for (auto element : array) {
      membership_.emplace_back(number, index++);
      simdjson::ondemand::value value;
      if (!element.get(value)) walk_value(value);
      membership_.pop_back();
    }
  }

  void add_scalar(simdjson::ondemand::value value, simdjson::ondemand::json_type type,
                  size_t leaf) {
    FilterValue found{FilterValue::Kind::kLiteral, {}, 0};
    if (type == simdjson::ondemand::json_type::string) {
      found.kind = FilterValue::Kind::kString;
      if (value.get_string().get(found.text)) return;
    } else {
      std::string_view token = value.raw_json_token();
      found.text = token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
      if (type == simdjson::ondemand::json_type::number) {
        found.kind = FilterValue::Kind::kNumber;
        if (value.get_double().get(found.number)) return;
      }
    }
    values_[leaf].push_back({found, membership_});
  }

  const std::unordered_map<std::string, size_t>& leaves_;
  const std::unordered_set<std::string>& branches_;
  simdjson::ondemand::document document_;
  std::vector<std::vector<FoundValue>> values_;
  std::string path_;
  Membership membership_;
  uint32_t arrays_ = 0;
};

namespace {

// The union of both; nothing if they name different elements of one array.
std::optional<Membership> merge(const Membership& a, const Membership& b) {
  Membership merged;
  merged.reserve(a.size() + b.size());
  size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    if (j == b.size() || (i < a.size() && a[i].first < b[j].first)) {
      merged.push_back(a[i++]);
    } else if (i == a.size() || b[j].first < a[i].first) {
      merged.push_back(b[j++]);
    } else {
      if (a[i].second != b[j].second) return std::nullopt;
      merged.push_back(a[i++]);
      j++;
    }
  }
  return merged;
}

// Decides one alternative: fields in path order, trying the values that satisfy each and carrying
// the array elements chosen so far. Only elements of arrays that a later field can also be in are
// carried, and what has failed is remembered, so that large arrays do not multiply.
class AlternativeMatch {
 public:
  AlternativeMatch(const FilterAlternative& alternative, const RecordWalk& walk)
      : alternative_(alternative), walk_(walk), choices_(alternative.size()) {}

  bool run() {
    prepare();
    return match_from(0, {});
  }

  // After run() returned false.
  std::string failed_clause() const {
    const FilterField& field = alternative_[deepest_];
    const auto& values = walk_.at(field.path);
    std::string rules;
    for (const FilterRule& rule : field.rules) rules += (rules.empty() ? "" : " or ") + rule.text;
    if (values.empty()) return field.path + " has no value, wanted " + rules;
    if (!choices_[deepest_].accepted.empty()) {
      return field.path + " satisfies " + rules + " only in another array element";
    }
    const FilterValue& value = values[0].value;
    bool is_string = value.kind == FilterValue::Kind::kString;
    std::string shown(value.text.substr(0, 200));
    if (is_string) shown = '"' + shown + '"';
    if (values.size() > 1) shown += " and " + std::to_string(values.size() - 1) + " more";
    return field.path + " is " + shown + ", wanted " + rules;
  }

 private:
  struct Choice {
    std::vector<Membership> accepted;  // of the values that satisfy some rule
    bool allows_absence = false;
    std::set<uint32_t> arrays;  // that this field and those after it can be in
  };

  void prepare() {
    for (size_t i = alternative_.size(); i-- > 0;) {
      const FilterField& field = alternative_[i];
      Choice& choice = choices_[i];
      if (i + 1 < alternative_.size()) choice.arrays = choices_[i + 1].arrays;
      for (const FilterRule& rule : field.rules) {
        choice.allows_absence |= rule.operation == FilterRule::Operator::kNotExists;
      }
      for (const FoundValue& found : walk_.at(field.path)) {
        for (auto [array, index] : found.membership) choice.arrays.insert(array);
        bool accepted = std::any_of(field.rules.begin(), field.rules.end(),
                                    [&](const FilterRule& r) { return r.accepts(found.value); });
        if (accepted) choice.accepted.push_back(found.membership);
      }
      std::sort(choice.accepted.begin(), choice.accepted.end());
      choice.accepted.erase(std::unique(choice.accepted.begin(), choice.accepted.end()),
                            choice.accepted.end());
    }
  }

  bool match_from(size_t i, Membership chosen) {
    if (i == alternative_.size()) return true;
    deepest_ = std::max(deepest_, i);
    const Choice& choice = choices_[i];
    std::erase_if(chosen, [&](auto element) { return !choice.arrays.contains(element.first); });
    if (!tried_.emplace(i, chosen).second) return false;
    if (choice.allows_absence && is_absent(i, chosen)) return match_from(i + 1, chosen);
    for (const Membership& membership : choice.accepted) {
      auto merged = merge(chosen, membership);
      if (merged && match_from(i + 1, std::move(*merged))) return true;
    }
    return false;
  }

  bool is_absent(size_t i, const Membership& chosen) const {
    const auto& values = walk_.at(alternative_[i].path);
    return std::none_of(values.begin(), values.end(), [&](const FoundValue& found) {
      return merge(chosen, found.membership).has_value();
    });
  }

  const FilterAlternative& alternative_;
  const RecordWalk& walk_;
  std::vector<Choice> choices_;
  std::set<std::pair<size_t, Membership>> tried_;
  size_t deepest_ = 0;
};

void add_clause(std::string& clauses, const std::string& clause) {
  constexpr size_t kClauseBytesMax = 1000;
  if (clauses.size() > kClauseBytesMax) return;
  if (!clauses.empty()) clauses += "; ";
  clauses += clause;
}

}  // namespace

Result<FilterSet, std::string> FilterSet::compile(const std::vector<std::string>& patterns) {
  FilterSet set;
  for (const std::string& text : patterns) {
    MILLRACE_TRY(auto pattern, compile_pattern(text));
    for (const FilterAlternative& alternative : pattern.alternatives) {
      for (const FilterField& field : alternative) {
        set.index_.leaves.emplace(field.path, set.index_.leaves.size());
        for (size_t dot = field.path.find('.'); dot != std::string::npos;
             dot = field.path.find('.', dot + 1)) {
          set.index_.branches.insert(field.path.substr(0, dot));
        }
      }
    }
    set.patterns_.push_back(std::move(pattern));
  }
  return set;
}

bool FilterSet::matches(std::string_view record, std::string* failed_clause) const {
  if (patterns_.empty()) return true;
  RecordWalk walk(*this);
  if (!walk.walk(record)) return false;
  std::string clauses;
  for (const CompiledPattern& pattern : patterns_) {
    for (const FilterAlternative& alternative : pattern.alternatives) {
      AlternativeMatch match(alternative, walk);
      if (match.run()) return true;
      if (failed_clause != nullptr) add_clause(clauses, match.failed_clause());
    }
  }
  if (failed_clause != nullptr) *failed_clause = std::move(clauses);
  return false;
}

}  // namespace millrace::lambda
