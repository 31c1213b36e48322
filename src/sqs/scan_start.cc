#include "sqs/scan_start.h"

#include <algorithm>

namespace millrace::sqs {

ScanStart::Writer::Writer(ScanStart& owner, engine::CellId cell, Timestamp earliest)
    : owner_(owner), cell_(cell), earliest_(earliest) {
  std::lock_guard lock(owner_.mutex_);
  State& state = owner_.states_[cell_];
  state.start = std::min(state.start, earliest_);
  state.writers.insert(earliest_);
  for (Reader* reader : state.readers) {
    reader->lowest_ = std::min(reader->lowest_, earliest_);
  }
}

ScanStart::Writer::~Writer() {
  std::lock_guard lock(owner_.mutex_);
  State& state = owner_.states_[cell_];
  state.writers.erase(state.writers.find(earliest_));
  owner_.forget_if_idle(cell_);
}

ScanStart::Reader::Reader(ScanStart& owner, engine::CellId cell) : owner_(owner), cell_(cell) {
  std::lock_guard lock(owner_.mutex_);
  State& state = owner_.states_[cell_];
  begin_ = state.start;
  // What a writer that is under way now commits may not be in what this receive sees.
  if (!state.writers.empty()) lowest_ = *state.writers.begin();
  state.readers.insert(this);
}

ScanStart::Reader::~Reader() {
  std::lock_guard lock(owner_.mutex_);
  owner_.states_[cell_].readers.erase(this);
  owner_.forget_if_idle(cell_);
}

void ScanStart::Reader::saw_none_before(Timestamp first) {
  std::lock_guard lock(owner_.mutex_);
  State& state = owner_.states_[cell_];
  state.start = std::max(state.start, std::min(first, lowest_));
}

void ScanStart::forget(engine::CellId cell) {
  std::lock_guard lock(mutex_);
  auto found = states_.find(cell);
  if (found == states_.end()) return;
  found->second.start = Timestamp();
  forget_if_idle(cell);
}

// A state that says nothing needs no memory; otherwise it stays as long as its queue is used.
void ScanStart::forget_if_idle(engine::CellId cell) {
  auto found = states_.find(cell);
  const State& state = found->second;
  if (state.start == Timestamp() && state.writers.empty() && state.readers.empty()) {
    states_.erase(found);
  }
}

}  // namespace millrace::sqs
