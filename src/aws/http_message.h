// HTTP requests and responses as values: what the server reads and writes, and what protocols and
// signatures look at. Not thread-safe; a message belongs to whoever handles it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/unique_function.h"

namespace millrace::aws {

class HttpRequest {
 public:
  std::string method;
  std::string target;  // as sent: percent-encoded path and query
  std::string body;    // without chunked framing; still compressed if it came so

  void add_header(std::string_view name, std::string_view value);
  // The first value of the header, whatever the case of its name; empty if there is none. Views are
  // valid until the next add_header().
  std::string_view header(std::string_view name) const;
  std::optional<std::string_view> find_header(std::string_view name) const;
  std::vector<std::pair<std::string_view, std::string_view>> headers() const;

  std::string_view path() const;   // percent-encoded, without the query
  std::string_view query() const;  // percent-encoded, without the '?'

 private:
  struct Field {
    uint32_t name_begin, name_size, value_begin, value_size;
  };
  std::string_view name_of(const Field& field) const {
    return std::string_view(text_).substr(field.name_begin, field.name_size);
  }
  std::string_view value_of(const Field& field) const {
    return std::string_view(text_).substr(field.value_begin, field.value_size);
  }
  std::string text_;  // all names and values in one allocation
  std::vector<Field> fields_;
};

struct HttpResponse {
  int status = 200;
  std::string content_type;  // empty: no Content-Type header
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool close = false;  // whether the connection ends after this response
};

// Answers one request. Called once, on any thread.
using HttpRespond = UniqueFunction<void(HttpResponse)>;

bool equal_ignoring_case(std::string_view a, std::string_view b);
std::string to_lower(std::string_view text);
std::string_view trim(std::string_view text);

// The names and values of a query string or form body, decoded, in order. `plus_is_space` as in
// form bodies.
using NameValues = std::vector<std::pair<std::string, std::string>>;
NameValues parse_name_values(std::string_view text, bool plus_is_space);
// The first value of that name; nothing if there is none.
std::optional<std::string> find_value(const NameValues& values, std::string_view name);

}  // namespace millrace::aws
