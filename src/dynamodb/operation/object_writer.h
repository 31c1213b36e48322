// Writes a JSON object straight into text: the answers of data operations, which are made from
// encoded items without a document tree.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace millrace::dynamodb::operation {

class ObjectWriter {
 public:
  // The text so far, to which the caller appends the value of member `name` (a plain ASCII name).
  std::string& member(std::string_view name) {
    if (text_.size() > 1) text_ += ',';
    text_ += '"';
    text_ += name;
    text_ += "\":";
    return text_;
  }
  std::string finish() && { return std::move(text_) + '}'; }

 private:
  std::string text_ = "{";
};

}  // namespace millrace::dynamodb::operation
