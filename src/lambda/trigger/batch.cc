#include "lambda/trigger/batch.h"

#include <algorithm>

namespace millrace::lambda {
namespace {

constexpr std::string_view kPrefix = "{\"Records\":[";
constexpr std::string_view kSuffix = "]}";

}  // namespace

std::string& Batch::begin_record() {
  if (!records_.empty()) text_ += ',';
  begun_ = text_.size();
  return text_;
}

std::string_view Batch::record_text() const {
  return std::string_view(text_).substr(begun_);
}

void Batch::keep_record(engine::Position position, Timestamp time) {
  records_.push_back({position, time, begun_, text_.size()});
}

void Batch::drop_record() {
  text_.resize(records_.empty() ? 0 : records_.back().text_end);
}

size_t Batch::payload_bytes() const {
  return kPrefix.size() + text_.size() + kSuffix.size();
}

std::string Batch::payload(size_t first, size_t last, std::string_view members) const {
  std::string_view texts;
  if (first < last) {
    size_t begin = records_[first].text_begin;
    texts = std::string_view(text_).substr(begin, records_[last - 1].text_end - begin);
  }
  std::string payload;
  payload.reserve(kPrefix.size() + texts.size() + members.size() + kSuffix.size());
  payload += kPrefix;
  payload += texts;
  payload += ']';
  payload += members;
  payload += '}';
  return payload;
}

size_t Batch::find(engine::Position position) const {
  auto found = std::lower_bound(
      records_.begin(), records_.end(), position,
      [](const BatchRecord& record, engine::Position wanted) { return record.position < wanted; });
  if (found == records_.end() || found->position != position) return records_.size();
  return static_cast<size_t>(found - records_.begin());
}

}  // namespace millrace::lambda
