#include "logs/operation/input.h"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "aws/arn.h"
#include "logs/log_errors.h"

namespace millrace::logs::operation {
namespace {

// Bounds of tags in the API reference.
constexpr size_t kTagKeyLengthMax = 128;
constexpr size_t kTagValueLengthMax = 256;

bool is_one_of(char character, const char* others) {
  return std::isalnum(static_cast<unsigned char>(character)) != 0 ||
         (character != '\0' && std::strchr(others, character) != nullptr);
}

size_t length_of(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

const TextRule kGroupNameRule{1, 512, R"([\.\-_/#A-Za-z0-9]+)",
                              [](char c) { return is_one_of(c, ".-_/#"); }};
const TextRule kStreamNameRule{1, 512, "[^:*]*", [](char c) { return c != ':' && c != '*'; }};
const TextRule kGroupIdentifierRule{1, 2048, R"([\w#+=/:,.@-]*)",
                                    [](char c) { return is_one_of(c, "_#+=/:,.@-*"); }};
const TextRule kTokenRule{1, 2048, nullptr, nullptr};
const TextRule kFilterPatternRule{0, 1024, nullptr, nullptr};

const json* InputReader::find(const char* member) const {
  auto found = input_.find(member);
  return found == input_.end() || found->is_null() ? nullptr : &*found;
}

void InputReader::refuse(const char* member, const std::string& value,
                         const std::string& constraint) {
  refused_.push_back("Value " + value + " at '" + member +
                     "' failed to satisfy constraint: Member must " + constraint);
}

void InputReader::check(const char* member, const std::string& text, const TextRule& rule) {
  std::string value = '\'' + text + '\'';
  size_t length = length_of(text);
  if (length < rule.length_min) {
    refuse(member, value,
           "have length greater than or equal to " + std::to_string(rule.length_min));
  } else if (length > rule.length_max) {
    refuse(member, value, "have length less than or equal to " + std::to_string(rule.length_max));
  }
  if (rule.pattern != nullptr && !std::all_of(text.begin(), text.end(), rule.allows)) {
    refuse(member, value, std::string("satisfy regular expression pattern: ") + rule.pattern);
  }
}

std::optional<std::string> InputReader::text(const char* member, const TextRule& rule) {
  const json* value = find(member);
  if (value == nullptr) return std::nullopt;
  auto text = value->get<std::string>();
  check(member, text, rule);
  return text;
}

std::string InputReader::required_text(const char* member, const TextRule& rule) {
  auto value = text(member, rule);
  if (!value) refuse(member, "null", "not be null");
  return value.value_or("");
}

std::optional<int64_t> InputReader::integer(const char* member, int64_t least, int64_t most) {
  const json* value = find(member);
  if (value == nullptr) return std::nullopt;
  auto number = value->get<int64_t>();
  std::string shown = '\'' + std::to_string(number) + '\'';
  if (number < least) {
    refuse(member, shown, "have value greater than or equal to " + std::to_string(least));
  } else if (number > most) {
    refuse(member, shown, "have value less than or equal to " + std::to_string(most));
  }
  return number;
}

std::optional<bool> InputReader::boolean(const char* member) const {
  const json* value = find(member);
  return value == nullptr ? std::nullopt : std::optional(value->get<bool>());
}

std::optional<Timestamp> InputReader::time(const char* member) {
  auto millis = integer(member, 0);
  if (!millis) return std::nullopt;
  // What is beyond the clock's range is the end of time.
  constexpr int64_t kMillisMax = INT64_MAX / 2000;
  return from_unix_millis(std::clamp<int64_t>(*millis, 0, kMillisMax));
}

std::vector<std::string> InputReader::texts(const char* member, size_t count_max,
                                            const TextRule& rule) {
  const json* value = find(member);
  if (value == nullptr) return {};
  auto texts = value->get<std::vector<std::string>>();
  if (texts.empty()) refuse(member, "'[]'", "have length greater than or equal to 1");
  if (texts.size() > count_max) {
    refuse(member, '\'' + value->dump(-1, ' ', false, json::error_handler_t::replace) + '\'',
           "have length less than or equal to " + std::to_string(count_max));
  }
  for (const std::string& text : texts) check(member, text, rule);
  return texts;
}

std::map<std::string, std::string> InputReader::tags(const char* member) {
  const json* value = find(member);
  if (value == nullptr) return {};
  auto tags = value->get<std::map<std::string, std::string>>();
  for (const auto& [key, text] : tags) {
    check(member, key, {1, kTagKeyLengthMax, nullptr, nullptr});
    check(member, text, {0, kTagValueLengthMax, nullptr, nullptr});
  }
  return tags;
}

aws::Result<void> InputReader::result() const {
  if (refused_.empty()) return {};
  std::string text = std::to_string(refused_.size()) + " validation error" +
                     (refused_.size() == 1 ? "" : "s") + " detected: ";
  for (size_t i = 0; i < refused_.size(); ++i) text += (i == 0 ? "" : "; ") + refused_[i];
  return invalid_parameter(std::move(text));
}

LogScope scope_of(const aws::RequestContext& context) {
  return {context.account, context.region};
}

GroupName parse_group_identifier(const aws::RequestContext& context,
                                 const std::string& identifier) {
  constexpr std::string_view kResource = "log-group:";
  auto arn = aws::Arn::parse(identifier);
  if (!arn || !arn->resource.starts_with(kResource)) return {scope_of(context), identifier};
  std::string name = arn->resource.substr(kResource.size());
  if (name.ends_with(":*")) name.resize(name.size() - 2);
  return {{arn->account, arn->region}, std::move(name)};
}

aws::Result<GroupName> read_group(const aws::RequestContext& context, InputReader& reader) {
  auto name = reader.text("logGroupName", kGroupNameRule);
  auto identifier = reader.text("logGroupIdentifier", kGroupIdentifierRule);
  if (name.has_value() == identifier.has_value()) {
    return invalid_parameter(
        "Exactly one of logGroupName and logGroupIdentifier must be specified.");
  }
  if (name) return GroupName{scope_of(context), *std::move(name)};
  return parse_group_identifier(context, *identifier);
}

}  // namespace millrace::logs::operation
