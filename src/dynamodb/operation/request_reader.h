// Typed members of a request. A null member counts as absent and unknown members are ignored.
//
// The first member of a wrong type is kept, as DynamoDB's SerializationException, and reading goes
// on: an operation reads all its members into its own structure and then asks once whether that
// went well. So type errors come before every other check. Views live as long as the request's
// document.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/expression/substitutions.h"
#include "dynamodb/item/item_parser.h"
#include "dynamodb/item/json_reader.h"
#include "dynamodb/item/member_reader.h"

namespace millrace::dynamodb::operation {

// The body of a request as an object. Errors: SerializationException.
aws::Result<json::Document> parse_request(std::string_view body);

class RequestReader {
 public:
  // `error` must outlive the reader; readers of nested structures share it.
  RequestReader(json::Value object, std::optional<aws::ApiError>& error)
      : object_(object), error_(error) {}

  json::Value object() const { return object_; }
  bool has(std::string_view name) const { return object_.find(name).has_value(); }

  std::optional<std::string> string(std::string_view name);
  std::optional<bool> boolean(std::string_view name) { return keep(read_boolean(object_, name)); }
  std::optional<int64_t> integer(std::string_view name);  // of 32 bits
  std::optional<int64_t> long_integer(std::string_view name) {
    return keep(read_long(object_, name));
  }
  std::optional<std::vector<std::string>> strings(std::string_view name) {
    return keep(read_string_list(object_, name));
  }
  std::optional<ParsedItem> item(std::string_view name, ValueLayer layer) {
    return keep(read_item(object_, name, layer));
  }
  expression::SubstitutionMembers substitutions(ValueLayer layer);

  // A nested structure; `shape` is its modelled name. `read` makes a value from its RequestReader.
  template <class Read>
  auto structure(std::string_view name, std::string_view shape, Read read)
      -> std::optional<decltype(read(std::declval<RequestReader&>()))> {
    auto member = keep(read_structure(object_, name, shape));
    if (!member) return std::nullopt;
    RequestReader nested(*member, error_);
    return read(nested);
  }
  // A list of structures.
  template <class Read>
  auto list(std::string_view name, std::string_view shape, Read read)
      -> std::optional<std::vector<decltype(read(std::declval<RequestReader&>()))>> {
    auto member = keep(read_list(object_, name));
    if (!member) return std::nullopt;
    std::vector<decltype(read(std::declval<RequestReader&>()))> values;
    for (json::Value element : member->elements()) {
      if (!accept(check_structure(element, shape))) return std::nullopt;
      RequestReader nested(element, error_);
      values.push_back(read(nested));
    }
    return values;
  }

  // Unwraps what a member_reader function gave, or remembers its error.
  template <class T>
  std::optional<T> keep(aws::Result<std::optional<T>> result) {
    if (result) return std::move(*result);
    accept(Unexpected(std::move(result).error()));
    return std::nullopt;
  }
  // Whether it succeeded; remembers the error.
  bool accept(aws::Result<void> result);
  // For readers of nested structures.
  std::optional<aws::ApiError>& error() { return error_; }

 private:
  json::Value object_;
  std::optional<aws::ApiError>& error_;
};

// Reads a whole request: `read` makes the operation's structure from the root's RequestReader.
template <class Read>
auto read_request(json::Value root, Read read)
    -> aws::Result<decltype(read(std::declval<RequestReader&>()))> {
  std::optional<aws::ApiError> error;
  RequestReader reader(root, error);
  auto request = read(reader);
  if (error) return Unexpected(std::move(*error));
  return request;
}

// Writes a value back as JSON text: for messages that echo a part of the request, and, with members
// sorted by name, to tell whether two requests are the same.
enum class MemberOrder { kAsSent, kSorted };
void append_json_text(std::string& out, json::Value value,
                      MemberOrder order = MemberOrder::kAsSent);

}  // namespace millrace::dynamodb::operation
