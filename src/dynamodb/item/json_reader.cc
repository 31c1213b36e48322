#include "dynamodb/item/json_reader.h"

#include <simdjson.h>

#include <bit>
#include <cassert>
#include <cmath>
#include <limits>

namespace millrace::dynamodb::json {

namespace {

namespace dom = simdjson::dom;

template <class Opaque>
dom::element to_element(const Opaque& bytes) {
  static_assert(sizeof(dom::element) == sizeof(Opaque));
  static_assert(std::is_trivially_copyable_v<dom::element>);
  return std::bit_cast<dom::element>(bytes);
}

// The parser's own copy of a text, and the buffers it keeps, are as large as the largest text it
// has seen; beyond this it is not kept.
constexpr size_t kKeptParserBytes = 1024 * 1024;

dom::parser& thread_parser() {
  thread_local dom::parser parser;
  return parser;
}

}  // namespace

Kind Value::kind() const {
  switch (to_element(element_).type()) {
    case dom::element_type::ARRAY:
      return Kind::kArray;
    case dom::element_type::OBJECT:
      return Kind::kObject;
    case dom::element_type::INT64:
    case dom::element_type::UINT64:
      return Kind::kInteger;
    case dom::element_type::DOUBLE:
      return Kind::kDecimal;
    case dom::element_type::STRING:
      return Kind::kString;
    case dom::element_type::BOOL:
      return to_element(element_).get_bool().value_unsafe() ? Kind::kTrue : Kind::kFalse;
    case dom::element_type::NULL_VALUE:
      break;
  }
  return Kind::kNull;
}

std::string_view Value::string() const {
  assert(is(Kind::kString));
  return to_element(element_).get_string().value_unsafe();
}

int64_t Value::integer() const {
  const dom::element element = to_element(element_);
  int64_t whole = 0;
  if (element.get_int64().get(whole) == simdjson::SUCCESS) return whole;
  const double floored = std::floor(decimal());
  if (floored >= 0x1p63) return std::numeric_limits<int64_t>::max();
  if (floored < -0x1p63) return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(floored);
}

double Value::decimal() const {
  double value = 0;
  [[maybe_unused]] const auto error = to_element(element_).get_double().get(value);
  assert(error == simdjson::SUCCESS);
  return value;
}

std::optional<Value> Value::find(std::string_view name) const {
  std::optional<Value> found;
  for (const Member& member : members()) {
    if (member.name == name && !member.value.is(Kind::kNull)) found = member.value;
  }
  return found;
}

Members Value::members() const {
  assert(is(Kind::kObject));
  Members members;
  members.object_ = *this;
  return members;
}

Elements Value::elements() const {
  assert(is(Kind::kArray));
  Elements elements;
  elements.array_ = *this;
  return elements;
}

size_t Value::size() const {
  const dom::element element = to_element(element_);
  return element.is_array() ? element.get_array().value_unsafe().size()
                            : element.get_object().value_unsafe().size();
}

Elements::Iterator Elements::begin() const {
  Iterator iterator;
  iterator.state_ = std::bit_cast<decltype(iterator.state_)>(
      to_element(array_.element_).get_array().value_unsafe().begin());
  return iterator;
}

Elements::Iterator Elements::end() const {
  Iterator iterator;
  iterator.state_ = std::bit_cast<decltype(iterator.state_)>(
      to_element(array_.element_).get_array().value_unsafe().end());
  return iterator;
}

Value Elements::Iterator::operator*() const {
  Value value;
  value.element_ =
      std::bit_cast<decltype(value.element_)>(*std::bit_cast<dom::array::iterator>(state_));
  return value;
}

Elements::Iterator& Elements::Iterator::operator++() {
  auto iterator = std::bit_cast<dom::array::iterator>(state_);
  state_ = std::bit_cast<decltype(state_)>(++iterator);
  return *this;
}

bool Elements::Iterator::operator!=(const Iterator& other) const {
  return std::bit_cast<dom::array::iterator>(state_) !=
         std::bit_cast<dom::array::iterator>(other.state_);
}

Members::Iterator Members::begin() const {
  Iterator iterator;
  iterator.state_ = std::bit_cast<decltype(iterator.state_)>(
      to_element(object_.element_).get_object().value_unsafe().begin());
  return iterator;
}

Members::Iterator Members::end() const {
  Iterator iterator;
  iterator.state_ = std::bit_cast<decltype(iterator.state_)>(
      to_element(object_.element_).get_object().value_unsafe().end());
  return iterator;
}

Member Members::Iterator::operator*() const {
  const auto pair = *std::bit_cast<dom::object::iterator>(state_);
  Member member;
  member.name = pair.key;
  member.value.element_ = std::bit_cast<decltype(member.value.element_)>(pair.value);
  return member;
}

Members::Iterator& Members::Iterator::operator++() {
  auto iterator = std::bit_cast<dom::object::iterator>(state_);
  state_ = std::bit_cast<decltype(state_)>(++iterator);
  return *this;
}

bool Members::Iterator::operator!=(const Iterator& other) const {
  return std::bit_cast<dom::object::iterator>(state_) !=
         std::bit_cast<dom::object::iterator>(other.state_);
}

struct Document::Impl {
  dom::document document;
};

aws::Result<Document> Document::parse(std::string_view text) {
  auto impl = std::make_unique<Impl>();
  dom::parser& parser = thread_parser();
  const auto result = parser.parse_into_document(impl->document, text.data(), text.size());
  const auto error = result.error();
  if (parser.capacity() > kKeptParserBytes) parser = dom::parser();
  if (error != simdjson::SUCCESS) return aws::api_error(400, "SerializationException", "");
  return Document(std::move(impl));
}

Document::Document(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Value Document::root() const {
  Value value;
  value.element_ = std::bit_cast<decltype(value.element_)>(impl_->document.root());
  return value;
}

}  // namespace millrace::dynamodb::json
