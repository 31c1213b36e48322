// Remembers ids of committed transactions, so that a repeated call does not run again. Thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "engine/rocksdb/store.h"

namespace millrace::engine::rocks {

class TransactionIds {
 public:
  // The contract's minimum (engine.h): the time for which DynamoDB honours a ClientRequestToken.
  static constexpr Duration kRememberedFor = std::chrono::minutes(10);
  static constexpr Duration kTrimInterval = std::chrono::minutes(1);

  TransactionIds(Store& store, const Clock& clock);

  // Keeps other calls with this id out while it lives. Taken before the locks of cells.
  [[nodiscard]] std::unique_lock<std::mutex> lock(std::string_view id);

  // These two require the id's lock.
  // The ticket of the commit that carried the id, unless that is too long ago.
  Result<std::optional<Ticket>> committed(std::string_view id);
  ::rocksdb::Status remember(::rocksdb::WriteBatch& batch, std::string_view id, Ticket ticket);

  // True once in each kTrimInterval: somebody should call trim().
  bool trim_is_due();
  // Forgets a bounded number of the oldest ids, if they are old enough. True if there may be more
  // of them. A failed read or write ends it; a later trim tries again. One call at a time.
  bool trim();

 private:
  bool forget(std::string_view time_key, const TransactionTime& entry);

  Store& store_;
  const Clock& clock_;
  std::array<std::mutex, 256> stripes_;
  std::atomic<Timestamp> trimmed_at_;
  // Where the last trim ended: what lies before is forgotten, and need not be skipped again.
  std::string trim_from_;
};

}  // namespace millrace::engine::rocks
