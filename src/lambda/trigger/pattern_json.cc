#include "lambda/trigger/pattern_json.h"

#include <nlohmann/json.hpp>

namespace millrace::lambda {
namespace {

// The receiver that nlohmann's parser calls.
class TreeBuilder {
 public:
  bool null() { return add({PatternJson::Kind::kNull, "null", 0, {}}); }
  bool boolean(bool value) {
    return add({PatternJson::Kind::kBoolean, value ? "true" : "false", 0, {}});
  }
  bool number_integer(int64_t value) { return add_number(std::to_string(value), double(value)); }
  bool number_unsigned(uint64_t value) { return add_number(std::to_string(value), double(value)); }
  bool number_float(double value, const std::string& text) { return add_number(text, value); }
  bool string(std::string& value) { return add({PatternJson::Kind::kString, value, 0, {}}); }
  bool binary(nlohmann::json::binary_t&) { return false; }
  bool start_object(size_t) { return open(PatternJson::Kind::kObject); }
  bool key(std::string& name) {
    name_ = name;
    return true;
  }
  bool end_object() { return close(); }
  bool start_array(size_t) { return open(PatternJson::Kind::kArray); }
  bool end_array() { return close(); }
  template <class Exception>
  bool parse_error(size_t, const std::string&, const Exception&) {
    return false;
  }

  PatternJson root;

 private:
  static constexpr size_t kDepthMax = 100;

  PatternJson* place(PatternJson node) {
    if (stack_.empty()) {
      root = std::move(node);
      return &root;
    }
    stack_.back()->members.push_back({std::move(name_), std::move(node)});
    name_.clear();
    return &stack_.back()->members.back().value;
  }
  bool add(PatternJson node) {
    place(std::move(node));
    return true;
  }
  bool add_number(std::string text, double value) {
    return add({PatternJson::Kind::kNumber, std::move(text), value, {}});
  }
  bool open(PatternJson::Kind kind) {
    if (stack_.size() == kDepthMax) return false;
    stack_.push_back(place({kind, {}, 0, {}}));
    return true;
  }
  bool close() {
    stack_.pop_back();
    return true;
  }
  // Pointers stay valid: only the innermost open node grows.
  std::vector<PatternJson*> stack_;
  std::string name_;
};

}  // namespace

std::string PatternJson::written() const {
  if (is_string()) return nlohmann::json(text).dump();
  if (kind != Kind::kArray && kind != Kind::kObject) return text;
  bool object = kind == Kind::kObject;
  std::string out(1, object ? '{' : '[');
  for (const auto& [name, member] : members) {
    if (out.size() > 1) out += ", ";
    if (object) out += nlohmann::json(name).dump() + ": ";
    out += member.written();
  }
  return out + (object ? '}' : ']');
}

std::optional<PatternJson> PatternJson::parse(std::string_view text) {
  TreeBuilder builder;
  if (!nlohmann::json::sax_parse(text, &builder)) return std::nullopt;
  return std::move(builder.root);
}

}  // namespace millrace::lambda
