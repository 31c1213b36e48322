// Reading JSON requests on the hot path: a parsed document and cheap views of its values.
//
// A Document owns what its values point to: a Value and every string_view taken from it live as
// long as the Document. Documents may be moved (values stay good) and read by several threads at
// once. Strings are valid UTF-8. At most 1024 levels of nesting; deeper documents do not parse.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "aws/api_error.h"

namespace millrace::dynamodb::json {

enum class Kind : uint8_t { kNull, kTrue, kFalse, kInteger, kDecimal, kString, kArray, kObject };

class Elements;
class Members;

// A view, 16 bytes: pass it by value.
class Value {
 public:
  Kind kind() const;
  bool is(Kind expected) const { return kind() == expected; }

  // REQUIRES: is(kString)
  std::string_view string() const;
  // REQUIRES: kInteger or kDecimal. Fractions are floored and what does not fit is clamped, as
  // DynamoDB does for members of integer type.
  int64_t integer() const;
  // REQUIRES: kInteger or kDecimal.
  double decimal() const;

  // REQUIRES: is(kObject). A member whose value is null counts as absent. Of repeated names the
  // last one counts.
  std::optional<Value> find(std::string_view name) const;
  // REQUIRES: is(kObject). In the order of the document, null values and repeated names included.
  Members members() const;
  // REQUIRES: is(kArray).
  Elements elements() const;
  // REQUIRES: kArray or kObject.
  size_t size() const;

 private:
  friend class Document;
  friend class Elements;
  friend class Members;
  // A simdjson::dom::element, whose header stays out of here.
  alignas(void*) std::array<std::byte, 2 * sizeof(void*)> element_;
};

struct Member {
  std::string_view name;
  Value value;
};

// Input ranges for `for (json::Value element : array.elements())`.
class Elements {
 public:
  class Iterator {
   public:
    Value operator*() const;
    Iterator& operator++();
    bool operator!=(const Iterator& other) const;

   private:
    friend class Elements;
    alignas(void*) std::array<std::byte, 2 * sizeof(void*)> state_;
  };
  Iterator begin() const;
  Iterator end() const;

 private:
  friend class Value;
  Value array_;
};

class Members {
 public:
  class Iterator {
   public:
    Member operator*() const;
    Iterator& operator++();
    bool operator!=(const Iterator& other) const;

   private:
    friend class Members;
    alignas(void*) std::array<std::byte, 2 * sizeof(void*)> state_;
  };
  Iterator begin() const;
  Iterator end() const;

 private:
  friend class Value;
  Value object_;
};

class Document {
 public:
  // A SerializationException without message if the text is not JSON, as DynamoDB answers.
  static aws::Result<Document> parse(std::string_view text);
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();

  Value root() const;

 private:
  struct Impl;
  explicit Document(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::dynamodb::json
