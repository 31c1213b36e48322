#include "dynamodb/operation/request_reader.h"

#include <algorithm>

#include "dynamodb/item/item_json.h"

namespace millrace::dynamodb::operation {
namespace {

void append_object_text(std::string& out, json::Value object, MemberOrder order) {
  std::vector<json::Member> members;
  for (json::Member member : object.members()) members.push_back(member);
  if (order == MemberOrder::kSorted) {
    std::stable_sort(members.begin(), members.end(),
                     [](const auto& a, const auto& b) { return a.name < b.name; });
  }
  out += '{';
  bool first = true;
  for (const json::Member& member : members) {
    if (!std::exchange(first, false)) out += ',';
    append_json_string(out, member.name);
    out += ':';
    append_json_text(out, member.value, order);
  }
  out += '}';
}

}  // namespace

aws::Result<json::Document> parse_request(std::string_view body) {
  MILLRACE_TRY(json::Document document, json::Document::parse(body));
  MILLRACE_CHECK_OK(check_request_object(document.root()));
  return document;
}

bool RequestReader::accept(aws::Result<void> result) {
  if (result) return true;
  if (!error_) error_ = std::move(result).error();
  return false;
}

std::optional<std::string> RequestReader::string(std::string_view name) {
  auto text = keep(read_string(object_, name));
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

std::optional<int64_t> RequestReader::integer(std::string_view name) {
  auto value = keep(read_integer(object_, name));
  return value ? std::optional<int64_t>(*value) : std::nullopt;
}

expression::SubstitutionMembers RequestReader::substitutions(ValueLayer layer) {
  auto members = expression::read_substitutions(object_, layer);
  if (members) return std::move(*members);
  accept(Unexpected(std::move(members).error()));
  return {};
}

void append_json_text(std::string& out, json::Value value, MemberOrder order) {
  switch (value.kind()) {
    case json::Kind::kNull:
      out += "null";
      return;
    case json::Kind::kTrue:
      out += "true";
      return;
    case json::Kind::kFalse:
      out += "false";
      return;
    case json::Kind::kInteger:
      out += std::to_string(value.integer());
      return;
    case json::Kind::kDecimal:
      out += std::to_string(value.decimal());
      return;
    case json::Kind::kString:
      append_json_string(out, value.string());
      return;
    case json::Kind::kObject:
      append_object_text(out, value, order);
      return;
    case json::Kind::kArray: {
      out += '[';
      bool first = true;
      for (json::Value element : value.elements()) {
        if (!std::exchange(first, false)) out += ',';
        append_json_text(out, element, order);
      }
      out += ']';
      return;
    }
  }
}

}  // namespace millrace::dynamodb::operation
