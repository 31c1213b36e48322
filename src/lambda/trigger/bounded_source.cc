#include "lambda/trigger/bounded_source.h"

#include <algorithm>

namespace millrace::lambda {
namespace {

using engine::Position;

class EmptyPage final : public SourcePage {
 public:
  void append_json(size_t, std::string&) const override {}
  uint64_t key_hash(size_t) const override { return 0; }
};

class BoundedSource final : public Source {
 public:
  BoundedSource(std::unique_ptr<Source> source, Position up_to)
      : source_(std::move(source)), up_to_(up_to) {}

  engine::Result<std::unique_ptr<SourcePage>> read(Position after, size_t records_max) override {
    if (after >= up_to_) {
      auto page = std::make_unique<EmptyPage>();
      page->next_after = after;
      page->at_end = page->shard_finished = true;
      return std::unique_ptr<SourcePage>(std::move(page));
    }
    MILLRACE_TRY(auto page, source_->read(after, std::min<uint64_t>(records_max, up_to_ - after)));
    if (page->next_after >= up_to_) {
      while (!page->records.empty() && page->records.back().position > up_to_) {
        page->records.pop_back();
      }
      page->next_after = up_to_;
      page->at_end = page->shard_finished = true;
    }
    return page;
  }
  engine::Result<Position> trim_horizon() override {
    MILLRACE_TRY(Position horizon, source_->trim_horizon());
    return std::min(horizon, up_to_);
  }
  WaitId wait(Position after, UniqueFunction<void()> wake) override {
    return source_->wait(after, std::move(wake));
  }
  bool cancel_wait(WaitId id) override { return source_->cancel_wait(id); }

 private:
  const std::unique_ptr<Source> source_;
  const Position up_to_;
};

}  // namespace

std::unique_ptr<Source> bounded_source(std::unique_ptr<Source> source, Position up_to) {
  return std::make_unique<BoundedSource>(std::move(source), up_to);
}

}  // namespace millrace::lambda
