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
    reader->lowest_since_ = std::min(reader->lowest_since_, earliest_);
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
  // A writer that was under way when this receive began may have committed after it has looked.
  if (!state.writers.empty()) first = std::min(first, *state.writers.begin());
  state.start = std::max(state.start, std::min(first, lowest_since_));
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
