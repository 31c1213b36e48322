// Sets of positions of one shard as ranges: what a batch held, what is behind a consumer. Mostly
// they are one range, as records follow each other.
//
// Not thread-safe; a value.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/engine.h"

namespace millrace::lambda {

struct PositionRange {
  engine::Position first, last;  // inclusive
  bool operator==(const PositionRange&) const = default;
};

class PositionRanges {
 public:
  PositionRanges() = default;
  // REQUIRES: ascending, with a gap between any two.
  explicit PositionRanges(std::vector<PositionRange> ranges) : ranges_(std::move(ranges)) {}

  // Cheapest at the end.
  void add(engine::Position first, engine::Position last);
  void add(engine::Position position) { add(position, position); }
  // Forgets positions at or below `position`.
  void remove_up_to(engine::Position position);

  bool empty() const { return ranges_.empty(); }
  bool contains(engine::Position position) const;
  size_t count() const;  // of positions
  // The positions in (after, up_to] that are not in the set.
  PositionRanges missing(engine::Position after, engine::Position up_to) const;

  // REQUIRES: not empty.
  engine::Position first() const { return ranges_.front().first; }
  engine::Position last() const { return ranges_.back().last; }
  const std::vector<PositionRange>& ranges() const { return ranges_; }
  bool operator==(const PositionRanges&) const = default;

 private:
  std::vector<PositionRange> ranges_;
};

}  // namespace millrace::lambda
