#include "lambda/trigger/attempt.h"

#include "base/encoding.h"

namespace millrace::lambda {
namespace {

constexpr char kVersion = 1;

void append_time(std::string& out, Timestamp time) {
  append_u64(out, static_cast<uint64_t>(time.time_since_epoch().count()));
}

void append_ranges(std::string& out, const PositionRanges& ranges) {
  append_varint(out, ranges.ranges().size());
  engine::Position before = 0;
  for (const PositionRange& range : ranges.ranges()) {
    append_varint(out, range.first - before);
    append_varint(out, range.last - range.first);
    before = range.last;
  }
}

void append_attempt(std::string& out, const Attempt& attempt) {
  out += static_cast<char>(attempt.kind);
  append_ranges(out, attempt.records);
  append_time(out, attempt.time);
  switch (attempt.kind) {
    case Attempt::Kind::kFiltered:
    case Attempt::Kind::kExpired:
      return;
    case Attempt::Kind::kGivenUp:
      out += static_cast<char>(attempt.reason == GiveUpReason::kRecordAgeExceeded ? 2 : 1);
      out += static_cast<char>(attempt.fate);
      append_varint(out, attempt.failure);
      return;
    case Attempt::Kind::kInvoked:
    case Attempt::Kind::kRedriven:
      append_varint(out, static_cast<uint64_t>(attempt.duration.count()));
      out += static_cast<char>(attempt.outcome);
      append_varint(out, attempt.failed_from);
      append_sized(out, attempt.request_id);
      append_sized(out, attempt.function_error);
      append_sized(out, std::string_view(attempt.error).substr(0, kAttemptErrorBytesMax));
      append_varint(out, attempt.failure);
      return;
  }
}

// Takes values from the front of the bytes; `good` falls when they are not what they should be.
struct Taker {
  std::string_view bytes;
  bool good = true;

  uint64_t varint() {
    auto value = take_varint(bytes);
    if (!value) good = false;
    return value.value_or(0);
  }
  std::string text() {
    auto value = take_sized(bytes);
    if (!value) good = false;
    return std::string(value.value_or(std::string_view()));
  }
  uint8_t byte(uint8_t last) {
    if (bytes.empty() || static_cast<uint8_t>(bytes[0]) > last) {
      good = false;
      return 0;
    }
    auto value = static_cast<uint8_t>(bytes[0]);
    bytes.remove_prefix(1);
    return value;
  }
  Timestamp time() {
    if (bytes.size() < 8) {
      good = false;
      return {};
    }
    Timestamp time(Duration(static_cast<int64_t>(read_u64(bytes))));
    bytes.remove_prefix(8);
    return time;
  }
  PositionRanges ranges() {
    uint64_t count = varint();
    std::vector<PositionRange> ranges;
    engine::Position before = 0;
    for (uint64_t i = 0; good && i < count; i++) {
      PositionRange range{};
      range.first = before + varint();
      range.last = range.first + varint();
      if (range.first <= before || range.last < range.first) good = false;
      before = range.last;
      ranges.push_back(range);
    }
    return PositionRanges(std::move(ranges));
  }
};

Attempt take_attempt(Taker& taker) {
  Attempt attempt;
  attempt.kind = static_cast<Attempt::Kind>(taker.byte(5));
  attempt.records = taker.ranges();
  attempt.time = taker.time();
  switch (attempt.kind) {
    case Attempt::Kind::kFiltered:
    case Attempt::Kind::kExpired:
      return attempt;
    case Attempt::Kind::kGivenUp:
      if (taker.byte(2) == 2) attempt.reason = GiveUpReason::kRecordAgeExceeded;
      attempt.fate = static_cast<Attempt::Fate>(taker.byte(3));
      attempt.failure = taker.varint();
      return attempt;
    case Attempt::Kind::kInvoked:
    case Attempt::Kind::kRedriven:
      attempt.duration = Duration(static_cast<int64_t>(taker.varint()));
      attempt.outcome = static_cast<InvokeOutcome::Kind>(taker.byte(3));
      attempt.failed_from = taker.varint();
      attempt.request_id = taker.text();
      attempt.function_error = taker.text();
      attempt.error = taker.text();
      attempt.failure = taker.varint();
      return attempt;
  }
  taker.good = false;
  return attempt;
}

}  // namespace

std::string encode_attempt_page(const AttemptPage& page) {
  std::string out(1, kVersion);
  append_varint(out, page.bytes_before);
  append_time(out, page.time);
  append_sized(out, page.shard_id);
  append_varint(out, page.checkpoint);
  for (const Attempt& attempt : page.attempts) append_attempt(out, attempt);
  return out;
}

std::optional<AttemptPage> decode_attempt_page(std::string_view encoded) {
  if (encoded.empty() || encoded[0] != kVersion) return std::nullopt;
  Taker taker{encoded.substr(1)};
  AttemptPage page;
  page.bytes_before = taker.varint();
  page.time = taker.time();
  page.shard_id = taker.text();
  page.checkpoint = taker.varint();
  while (taker.good && !taker.bytes.empty()) page.attempts.push_back(take_attempt(taker));
  if (!taker.good) return std::nullopt;
  return page;
}

}  // namespace millrace::lambda
