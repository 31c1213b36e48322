// Reading the input of an operation, and telling all that is wrong with it at once, as AWS does.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aws/operation.h"
#include "logs/log_store.h"

namespace millrace::logs::operation {

using nlohmann::json;

// What the API reference says of a kind of string.
struct TextRule {
  size_t length_min;
  size_t length_max;
  const char* pattern;  // as it is told; null: any characters
  bool (*allows)(char character);
};
extern const TextRule kGroupNameRule;
extern const TextRule kStreamNameRule;
extern const TextRule kGroupIdentifierRule;
extern const TextRule kTokenRule;
extern const TextRule kFilterPatternRule;

// For the length of one call; `input` must outlive it. Members of a wrong type throw, which
// operations turn into a SerializationException.
class InputReader {
 public:
  explicit InputReader(const json& input) : input_(input) {}

  // Null if it is absent.
  const json* find(const char* member) const;
  std::optional<std::string> text(const char* member, const TextRule& rule);
  std::string required_text(const char* member, const TextRule& rule);
  std::optional<int64_t> integer(const char* member, int64_t least, int64_t most = INT64_MAX);
  std::optional<bool> boolean(const char* member) const;
  std::optional<Timestamp> time(const char* member);  // milliseconds
  std::vector<std::string> texts(const char* member, size_t count_max, const TextRule& rule);
  std::map<std::string, std::string> tags(const char* member);

  // A constraint that is not met: "Member must ...". `value` is as it is shown.
  void refuse(const char* member, const std::string& value, const std::string& constraint);
  // InvalidParameterException with everything that was refused.
  aws::Result<void> result() const;

 private:
  void check(const char* member, const std::string& text, const TextRule& rule);

  const json& input_;
  std::vector<std::string> refused_;
};

LogScope scope_of(const aws::RequestContext& context);

// A group, and where it is.
struct GroupName {
  LogScope scope;
  std::string name;
};
// The group that a name or an ARN is about.
GroupName parse_group_identifier(const aws::RequestContext& context, const std::string& identifier);
// Either logGroupName or logGroupIdentifier. REQUIRES: nothing; what is wrong with their form is
// noted in the reader.
aws::Result<GroupName> read_group(const aws::RequestContext& context, InputReader& reader);

// How a store's result becomes an answer: render(T) gives the document.
template <class T, class Render>
auto answer_with(aws::JsonRespond respond, Render render) {
  return [respond = std::move(respond), render = std::move(render)](aws::Result<T> result) mutable {
    if (!result) return respond(Unexpected(std::move(result).error()));
    respond(render(std::move(result).value()));
  };
}
inline auto answer_nothing(aws::JsonRespond respond) {
  return [respond = std::move(respond)](aws::Result<void> result) mutable {
    if (!result) return respond(Unexpected(std::move(result).error()));
    respond(json::object());
  };
}

}  // namespace millrace::logs::operation
