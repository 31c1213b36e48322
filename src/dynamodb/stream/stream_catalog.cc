#include "dynamodb/stream/stream_catalog.h"

#include <algorithm>

namespace millrace::dynamodb::stream {

StreamPtr StreamCatalog::find(std::string_view arn) const {
  std::shared_lock lock(mutex_);
  auto found = streams_.find(arn);
  return found == streams_.end() ? nullptr : found->second;
}

std::vector<StreamPtr> StreamCatalog::list(const std::function<bool(const Stream&)>& wanted) const {
  std::vector<StreamPtr> streams;
  std::shared_lock lock(mutex_);
  for (const auto& [arn, stream] : streams_) {
    if (wanted(*stream)) streams.push_back(stream);
  }
  return streams;
}

StreamPtr StreamCatalog::live(uint64_t table_number) const {
  std::shared_lock lock(mutex_);
  auto found = live_.find(table_number);
  return found == live_.end() ? nullptr : found->second;
}

engine::Position StreamCatalog::hidden_until(engine::CellId cell) const {
  std::shared_lock lock(mutex_);
  auto found = hidden_until_.find(cell);
  return found == hidden_until_.end() ? 0 : found->second;
}

Timestamp StreamCatalog::newest_shard_created(engine::CellId cell) const {
  std::shared_lock lock(mutex_);
  auto found = newest_shard_created_.find(cell);
  return found == newest_shard_created_.end() ? Timestamp{} : found->second;
}

void StreamCatalog::publish(StreamPtr stream) {
  {
    std::unique_lock lock(mutex_);
    StreamPtr& current = streams_[stream->arn];
    if (current && current->revision >= stream->revision) return;
    current = stream;
    auto live = live_.find(stream->table_number);
    if (stream->status == StreamStatus::kEnabled) {
      live_[stream->table_number] = stream;
    } else if (live != live_.end() && live->second->arn == stream->arn) {
      live_.erase(live);
    }
    for (const Shard& shard : stream->shards) {
      Timestamp& newest = newest_shard_created_[shard.cell];
      newest = std::max(newest, shard.created);
    }
  }
  notify(stream);
}

void StreamCatalog::remove(StreamPtr last) {
  {
    std::unique_lock lock(mutex_);
    streams_.erase(last->arn);
  }
  notify(last);
}

void StreamCatalog::hide_until(engine::CellId cell, engine::Position position) {
  std::unique_lock lock(mutex_);
  engine::Position& hidden = hidden_until_[cell];
  hidden = std::max(hidden, position);
}

void StreamCatalog::forget_hidden(engine::CellId cell) {
  std::unique_lock lock(mutex_);
  hidden_until_.erase(cell);
}

void StreamCatalog::on_change(std::function<void(StreamPtr)> listener) {
  std::lock_guard lock(listeners_mutex_);
  listeners_.push_back(std::move(listener));
}

void StreamCatalog::notify(const StreamPtr& stream) {
  std::vector<std::function<void(StreamPtr)>> listeners;
  {
    std::lock_guard lock(listeners_mutex_);
    listeners = listeners_;
  }
  for (const auto& listener : listeners) listener(stream);
}

}  // namespace millrace::dynamodb::stream
