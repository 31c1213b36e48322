// The queues that exist: kept in kQueueCatalogCell, cached whole in memory.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "aws/api_error.h"
#include "aws/request_context.h"
#include "base/pending_calls.h"
#include "sqs/queue.h"

namespace millrace::sqs {

// Thread-safe. The engine and the clock must outlive it; its end waits for the completions under
// way.
class QueueCatalog {
 public:
  static engine::Result<std::unique_ptr<QueueCatalog>> open(engine::Engine& engine,
                                                            const Clock& clock);

  // Null if there is none. Never blocks.
  QueuePtr find(std::string_view account, std::string_view region, std::string_view name) const;
  QueuePtr find_arn(std::string_view arn) const;
  // By name, from the first name after `after`.
  std::vector<QueuePtr> list(std::string_view account, std::string_view region,
                             std::string_view prefix, std::string_view after) const;
  std::vector<QueuePtr> list_all() const;

  using Completion = UniqueFunction<void(aws::Result<QueuePtr>)>;
  // The existing queue if it has the same attributes, QueueNameExists if it has others, OverLimit.
  void create(const aws::RequestContext& context, std::string name,
              std::map<std::string, std::string> attributes,
              std::map<std::string, std::string> tags, Completion done);
  // Applies `change` to a copy of the queue and keeps it. QueueDoesNotExist.
  void update(const aws::RequestContext& context, QueuePtr queue,
              std::function<void(Queue&)> change, Completion done);
  // Durable when it answers; the messages are erased afterwards.
  void remove(const aws::RequestContext& context, QueuePtr queue, Completion done);

  // Deleted queues whose messages are still to be erased, and one that needs it no longer.
  std::vector<engine::CellId> deleted_queues() const;
  void finish_removal(engine::CellId cell, UniqueFunction<void(engine::Result<void>)> done);

 private:
  using Key = std::tuple<std::string, std::string, std::string>;  // account, region, name
  QueueCatalog(engine::Engine& engine, const Clock& clock) : engine_(engine), clock_(clock) {}
  engine::Result<void> load();
  bool is_full() const;
  // Completions of one queue's changes may come in another order than their commits: the newest
  // stays, and a deleted one does not come back.
  void keep(QueuePtr queue);
  QueuePtr find_locked(const Key& key) const;

  engine::Engine& engine_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<Key, QueuePtr> queues_;
  std::vector<engine::CellId> deleted_;
  PendingCalls pending_;  // last, so that nothing else ends while a completion runs
};

}  // namespace millrace::sqs
