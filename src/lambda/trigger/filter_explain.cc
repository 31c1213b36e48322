// Advice on patterns that are valid and still not what their author means.
#include <algorithm>
#include <array>
#include <map>

#include "lambda/trigger/filter_pattern.h"

namespace millrace::lambda {
namespace {

std::vector<std::string> split_path(const std::string& path) {
  std::vector<std::string> parts;
  size_t begin = 0;
  for (size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', begin)) {
    parts.push_back(path.substr(begin, dot - begin));
    begin = dot + 1;
  }
  parts.push_back(path.substr(begin));
  return parts;
}

bool is_type_descriptor(const std::string& name) {
  static constexpr std::array kDescriptors = {"S",  "N",  "B",  "BOOL", "NULL",
                                              "SS", "NS", "BS", "L",    "M"};
  return std::find(kDescriptors.begin(), kDescriptors.end(), name) != kDescriptors.end();
}

bool is_scalar_descriptor(const std::string& name) {
  return is_type_descriptor(name) && name != "L" && name != "M";
}

// Advice on a field below dynamodb.Keys, NewImage or OldImage.
void explain_attribute(const FilterField& field, const std::vector<std::string>& parts,
                       std::vector<std::string>& advice) {
  const std::string& last = parts.back();
  if (parts.size() < 4 || !is_scalar_descriptor(last)) {
    for (const FilterRule& rule : field.rules) {
      if (rule.operation == FilterRule::Operator::kNotExists) {
        advice.push_back(field.path + ": exists works on leaves only, so " + rule.text +
                         " is satisfied by every record; write it one level down, in the type (" +
                         field.path + ".S)");
        return;
      }
    }
    advice.push_back(field.path +
                     ": never matches, because attribute values have their type around "
                     "them; write {\"S\": [...]}, {\"N\": [...]} and so on");
    return;
  }
  for (const FilterRule& rule : field.rules) {
    bool is_exact_number = rule.operation == FilterRule::Operator::kExactly &&
                           !rule.kinds.empty() && rule.kinds[0] == FilterValue::Kind::kNumber;
    if (last == "BOOL" || last == "NULL") continue;
    if (rule.operation == FilterRule::Operator::kNumeric) {
      advice.push_back(field.path + ": " + rule.text +
                       " never matches, because numbers of items are strings in records");
    } else if (is_exact_number && !rule.negated) {
      advice.push_back(field.path + ": " + rule.text + " never matches, write \"" + rule.text +
                       "\", because numbers of items are strings in records");
    }
  }
}

}  // namespace

std::vector<std::string> explain_pattern(const CompiledPattern& pattern) {
  static constexpr std::array kRecordMembers = {"eventID",      "eventName",     "eventVersion",
                                                "eventSource",  "awsRegion",     "dynamodb",
                                                "userIdentity", "eventSourceARN"};
  std::vector<std::string> advice;
  for (const FilterAlternative& alternative : pattern.alternatives) {
    for (const FilterField& field : alternative) {
      std::vector<std::string> parts = split_path(field.path);
      bool known =
          std::find(kRecordMembers.begin(), kRecordMembers.end(), parts[0]) != kRecordMembers.end();
      if (!known) {
        advice.push_back(field.path + ": records have no member \"" + parts[0] + "\"");
      } else if (parts.size() >= 2 && parts[0] == "dynamodb" &&
                 (parts[1] == "Keys" || parts[1] == "NewImage" || parts[1] == "OldImage")) {
        explain_attribute(field, parts, advice);
      }
    }
  }
  std::sort(advice.begin(), advice.end());
  advice.erase(std::unique(advice.begin(), advice.end()), advice.end());
  return advice;
}

}  // namespace millrace::lambda
