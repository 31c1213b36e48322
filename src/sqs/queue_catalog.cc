#include "sqs/queue_catalog.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "aws/arn.h"
#include "sqs/queue_keys.h"
#include "sqs/sqs_error.h"

namespace millrace::sqs {
namespace {

using nlohmann::json;

std::string encode(const Queue& queue) {
  json document = {{"version", 1},
                   {"partition", queue.partition},
                   {"account", queue.account},
                   {"region", queue.region},
                   {"name", queue.name},
                   {"cell", static_cast<uint64_t>(queue.cell)},
                   {"attributes", queue.attributes},
                   {"tags", queue.tags},
                   {"created", to_unix_millis(queue.created)},
                   {"modified", to_unix_millis(queue.modified)},
                   {"revision", queue.revision}};
  return document.dump();
}

QueuePtr decode(std::string_view text) {
  json document = json::parse(text, nullptr, false);
  if (!document.is_object()) return nullptr;
  try {
    auto queue = std::make_shared<Queue>();
    queue->partition = document.at("partition");
    queue->account = document.at("account");
    queue->region = document.at("region");
    queue->name = document.at("name");
    queue->cell = engine::CellId(document.at("cell").get<uint64_t>());
    queue->attributes = document.at("attributes").get<std::map<std::string, std::string>>();
    queue->tags = document.at("tags").get<std::map<std::string, std::string>>();
    queue->created = from_unix_millis(document.at("created"));
    queue->modified = from_unix_millis(document.at("modified"));
    queue->revision = document.at("revision");
    return queue;
  } catch (const json::exception&) {
    return nullptr;
  }
}

std::string key_of(const Queue& queue) {
  return catalog_key(queue.account, queue.region, queue.name);
}

// One account may have a million; here each costs the background work a step every minute.
constexpr size_t kQueuesMax = 10'000;

// AWS compares only the attributes that the second call names.
aws::Result<void> check_same(const Queue& existing,
                             const std::map<std::string, std::string>& attributes) {
  for (const auto& [name, value] : attributes) {
    if (existing.attribute(name) != value) {
      return aws::api_error(400, "QueueNameExists",
                            "A queue already exists with the same name and a different value for "
                            "attribute " +
                                name);
    }
  }
  return {};
}

}  // namespace

engine::Result<std::unique_ptr<QueueCatalog>> QueueCatalog::open(engine::Engine& engine,
                                                                 const Clock& clock) {
  std::unique_ptr<QueueCatalog> catalog(new QueueCatalog(engine, clock));
  MILLRACE_CHECK_OK(catalog->load());
  return catalog;
}

engine::Result<void> QueueCatalog::load() {
  bool corrupt = false;
  std::map<Key, QueuePtr> queues;
  std::vector<engine::CellId> deleted;
  auto read_rows = [&](engine::Reader& reader) -> engine::Result<void> {
    engine::RangeOptions range;
    std::tie(range.begin, range.end) = kind_range('q');
    auto visit_queue = [&](std::string_view, std::string_view value) {
      QueuePtr queue = decode(value);
      corrupt = queue == nullptr;
      if (!corrupt) queues[Key(queue->account, queue->region, queue->name)] = queue;
      return !corrupt;
    };
    MILLRACE_CHECK_OK(reader.range({engine::kQueueCatalogCell}, range, visit_queue));
    std::tie(range.begin, range.end) = kind_range('x');
    return reader.range({engine::kQueueCatalogCell}, range,
                        [&](std::string_view key, std::string_view) {
                          deleted.push_back(parse_deleted_queue_key(key));
                          return true;
                        });
  };
  MILLRACE_CHECK_OK(engine::snapshot_and_wait(engine_, {engine::kQueueCatalogCell}, read_rows));
  if (corrupt) {
    return Unexpected(
        engine::Error{engine::ErrorCode::kCorrupt, "A queue's description can not be read."});
  }
  queues_ = std::move(queues);
  deleted_ = std::move(deleted);
  return {};
}

QueuePtr QueueCatalog::find_locked(const Key& key) const {
  auto found = queues_.find(key);
  return found == queues_.end() ? nullptr : found->second;
}

QueuePtr QueueCatalog::find(std::string_view account, std::string_view region,
                            std::string_view name) const {
  std::lock_guard lock(mutex_);
  return find_locked(Key(account, region, name));
}

QueuePtr QueueCatalog::find_arn(std::string_view text) const {
  auto arn = aws::Arn::parse(text);
  if (!arn || arn->service != "sqs") return nullptr;
  return find(arn->account, arn->region, arn->resource);
}

std::vector<QueuePtr> QueueCatalog::list(std::string_view account, std::string_view region,
                                         std::string_view prefix, std::string_view after) const {
  std::lock_guard lock(mutex_);
  std::vector<QueuePtr> found;
  std::string_view first = std::max(prefix, after);
  for (auto it = queues_.lower_bound(Key(account, region, first)); it != queues_.end(); ++it) {
    const auto& [queue_account, queue_region, name] = it->first;
    if (queue_account != account || queue_region != region || !name.starts_with(prefix)) break;
    if (name != after) found.push_back(it->second);
  }
  return found;
}

bool QueueCatalog::is_full() const {
  std::lock_guard lock(mutex_);
  return queues_.size() >= kQueuesMax;
}

std::vector<QueuePtr> QueueCatalog::list_all() const {
  std::lock_guard lock(mutex_);
  std::vector<QueuePtr> all;
  for (const auto& [key, queue] : queues_) all.push_back(queue);
  return all;
}

void QueueCatalog::keep(QueuePtr queue) {
  std::lock_guard lock(mutex_);
  if (std::find(deleted_.begin(), deleted_.end(), queue->cell) != deleted_.end()) return;
  QueuePtr& kept = queues_[Key(queue->account, queue->region, queue->name)];
  bool is_newer = kept == nullptr ||
                  std::pair(kept->cell, kept->revision) < std::pair(queue->cell, queue->revision);
  if (is_newer) kept = std::move(queue);
}

void QueueCatalog::create(const aws::RequestContext& context, std::string name,
                          std::map<std::string, std::string> attributes,
                          std::map<std::string, std::string> tags, Completion done) {
  if (is_full() && find(context.account, context.region, name) == nullptr) {
    return done(aws::api_error(
        403, "OverLimit",
        "The maximum number of queues [" + std::to_string(kQueuesMax) + "] is reached."));
  }
  auto queue = std::make_shared<Queue>();
  queue->partition = context.partition;
  queue->account = context.account;
  queue->region = context.region;
  queue->name = std::move(name);
  queue->attributes = std::move(attributes);
  queue->tags = std::move(tags);
  queue->created = queue->modified = clock_.now();
  auto existing = std::make_shared<QueuePtr>();
  auto insert = [queue, existing](engine::Transaction& transaction) -> engine::Result<bool> {
    MILLRACE_TRY(auto row, transaction.get(engine::kQueueCatalogCell, key_of(*queue)));
    *existing = row ? decode(*row) : nullptr;
    if (row) return true;
    MILLRACE_TRY(uint64_t number, engine::allocate_numbers(transaction, 1));
    queue->cell = engine::CellId(number);
    transaction.put(engine::kQueueCatalogCell, key_of(*queue), encode(*queue));
    return true;
  };
  auto finish = [this, token = pending_.begin(), request_id = context.request_id, queue, existing,
                 done = std::move(done)](engine::Result<engine::Committed> result) mutable {
    if (!result)
      return done(Unexpected(storage_error(result.error(), "create a queue", request_id)));
    if (*existing != nullptr) {
      keep(*existing);
      auto same = check_same(**existing, queue->attributes);
      if (!same) return done(Unexpected(std::move(same).error()));
      return done(*existing);
    }
    keep(queue);
    done(QueuePtr(queue));
  };
  engine::TransactOptions options;
  options.cells = {engine::kQueueCatalogCell, engine::kSystemCell};
  engine_.transact(std::move(options), std::move(insert), std::move(finish));
}

void QueueCatalog::update(const aws::RequestContext& context, QueuePtr queue,
                          std::function<void(Queue&)> change, Completion done) {
  auto updated = std::make_shared<QueuePtr>();
  Timestamp now = clock_.now();
  auto apply = [queue, change = std::move(change), updated,
                now](engine::Transaction& transaction) -> engine::Result<bool> {
    MILLRACE_TRY(auto row, transaction.get(engine::kQueueCatalogCell, key_of(*queue)));
    QueuePtr stored = row ? decode(*row) : nullptr;
    if (stored == nullptr || stored->cell != queue->cell) {
      *updated = nullptr;
      return true;
    }
    auto changed = std::make_shared<Queue>(*stored);
    change(*changed);
    changed->modified = now;
    ++changed->revision;
    transaction.put(engine::kQueueCatalogCell, key_of(*changed), encode(*changed));
    *updated = changed;
    return true;
  };
  auto finish = [this, token = pending_.begin(), request_id = context.request_id, updated,
                 done = std::move(done)](engine::Result<engine::Committed> result) mutable {
    if (!result)
      return done(Unexpected(storage_error(result.error(), "change a queue", request_id)));
    if (*updated == nullptr) return done(queue_does_not_exist());
    keep(*updated);
    done(*updated);
  };
  engine::TransactOptions options;
  options.cells = {engine::kQueueCatalogCell};
  engine_.transact(std::move(options), std::move(apply), std::move(finish));
}

void QueueCatalog::remove(const aws::RequestContext& context, QueuePtr queue, Completion done) {
  auto removed = std::make_shared<bool>(false);
  auto erase = [queue, removed](engine::Transaction& transaction) -> engine::Result<bool> {
    MILLRACE_TRY(auto row, transaction.get(engine::kQueueCatalogCell, key_of(*queue)));
    QueuePtr stored = row ? decode(*row) : nullptr;
    *removed = stored != nullptr && stored->cell == queue->cell;
    if (!*removed) return true;
    transaction.erase(engine::kQueueCatalogCell, key_of(*queue));
    transaction.put(engine::kQueueCatalogCell, deleted_queue_key(queue->cell), "");
    return true;
  };
  auto finish = [this, token = pending_.begin(), request_id = context.request_id, queue, removed,
                 done = std::move(done)](engine::Result<engine::Committed> result) mutable {
    if (!result)
      return done(Unexpected(storage_error(result.error(), "delete a queue", request_id)));
    if (!*removed) return done(queue_does_not_exist());
    {
      std::lock_guard lock(mutex_);
      Key key(queue->account, queue->region, queue->name);
      QueuePtr kept = find_locked(key);
      if (kept != nullptr && kept->cell == queue->cell) queues_.erase(key);
      deleted_.push_back(queue->cell);
    }
    done(queue);
  };
  engine::TransactOptions options;
  options.cells = {engine::kQueueCatalogCell};
  engine_.transact(std::move(options), std::move(erase), std::move(finish));
}

std::vector<engine::CellId> QueueCatalog::deleted_queues() const {
  std::lock_guard lock(mutex_);
  return deleted_;
}

void QueueCatalog::finish_removal(engine::CellId cell,
                                  UniqueFunction<void(engine::Result<void>)> done) {
  auto erase = [cell](engine::Transaction& transaction) -> engine::Result<bool> {
    transaction.erase(engine::kQueueCatalogCell, deleted_queue_key(cell));
    return true;
  };
  auto finish = [this, token = pending_.begin(), cell,
                 done = std::move(done)](engine::Result<engine::Committed> result) mutable {
    if (!result) return done(Unexpected(std::move(result).error()));
    {
      std::lock_guard lock(mutex_);
      std::erase(deleted_, cell);
    }
    done({});
  };
  engine::TransactOptions options;
  options.cells = {engine::kQueueCatalogCell};
  engine_.transact(std::move(options), std::move(erase), std::move(finish));
}

}  // namespace millrace::sqs
