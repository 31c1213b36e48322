#include "lambda/trigger/position_ranges.h"

#include <algorithm>

namespace millrace::lambda {

using engine::Position;

void PositionRanges::add(Position first, Position last) {
  // The ranges that touch the new one become part of it.
  auto begin = ranges_.end();
  while (begin != ranges_.begin() && std::prev(begin)->last + 1 >= first) --begin;
  auto end = begin;
  while (end != ranges_.end() && end->first <= last + 1) {
    first = std::min(first, end->first);
    last = std::max(last, end->last);
    ++end;
  }
  if (begin == end) {
    ranges_.insert(begin, {first, last});
    return;
  }
  *begin = {first, last};
  ranges_.erase(begin + 1, end);
}

void PositionRanges::remove_up_to(Position position) {
  auto end = std::find_if(ranges_.begin(), ranges_.end(),
                          [&](const PositionRange& range) { return range.last > position; });
  ranges_.erase(ranges_.begin(), end);
  if (!ranges_.empty()) ranges_.front().first = std::max(ranges_.front().first, position + 1);
}

bool PositionRanges::contains(Position position) const {
  auto range =
      std::lower_bound(ranges_.begin(), ranges_.end(), position,
                       [](const PositionRange& one, Position wanted) { return one.last < wanted; });
  return range != ranges_.end() && range->first <= position;
}

size_t PositionRanges::count() const {
  size_t count = 0;
  for (const PositionRange& range : ranges_) count += range.last - range.first + 1;
  return count;
}

PositionRanges PositionRanges::missing(Position after, Position up_to) const {
  std::vector<PositionRange> missing;
  Position next = after + 1;
  for (const PositionRange& range : ranges_) {
    if (range.last < next) continue;
    if (range.first > up_to) break;
    if (range.first > next) missing.push_back({next, range.first - 1});
    next = range.last + 1;
  }
  if (next <= up_to) missing.push_back({next, up_to});
  return PositionRanges(std::move(missing));
}

}  // namespace millrace::lambda
