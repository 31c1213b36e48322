// Cells and key prefixes that are not a table's own: one list, so that no two parts collide.
//
// Every row key begins with one byte naming its keeper. Catalog cells serialise rare changes; cells
// of tables, indexes and queues are numbered from kFirstAllocatedCell by the catalog's counter.
#pragma once

#include "engine/engine.h"

namespace millrace::engine {

// First byte of a row key.
enum class KeyPrefix : char {
  kSystem = 0x01,        // the engine's callers' own bookkeeping: counters, format version
  kTableCatalog = 0x02,  // table descriptions, streams, shards
  kItem = 0x03,          // items of tables
  kLocalIndex = 0x04,    // rows of local secondary indexes
  kGlobalIndex = 0x05,   // rows of global secondary indexes
  kFollower = 0x06,      // positions of followers of logs
  kIdempotency = 0x07,   // tokens of idempotent item writes
  kExpiry = 0x08,        // items by the time at which they expire
  kFunction = 0x10,      // function catalog and code
  kMapping = 0x11,       // event source mappings
  kCheckpoint = 0x12,    // checkpoints of mappings
  kAttemptLog = 0x13,    // outcomes of deliveries
  kLogs = 0x18,          // log groups, streams and events
  kQueue = 0x20,         // queues and their messages
  kStack = 0x28,         // deployed stacks and their resources
  kRole = 0x2a,          // identity and access: roles
};

inline constexpr CellId kSystemCell{1};
inline constexpr CellId kTableCatalogCell{2};
inline constexpr CellId kFunctionCatalogCell{3};
inline constexpr CellId kMappingCatalogCell{4};
inline constexpr CellId kQueueCatalogCell{5};
inline constexpr CellId kStackCatalogCell{6};
inline constexpr CellId kRoleCatalogCell{7};
inline constexpr CellId kLogsCell{8};
// Several, chosen by the token's hash, so that idempotent writes do not queue at one lock.
inline constexpr uint64_t kFirstIdempotencyCell = 32;
inline constexpr uint64_t kIdempotencyCells = 16;
inline constexpr uint64_t kFirstAllocatedCell = 1024;

// Numbers for new cells, tables and the like, unique for ever. To be called inside a transaction
// that names kSystemCell: returns the first of `count` consecutive numbers, starting at
// kFirstAllocatedCell.
Result<uint64_t> allocate_numbers(Transaction& transaction, uint64_t count);

}  // namespace millrace::engine
