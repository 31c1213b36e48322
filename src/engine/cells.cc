#include "engine/cells.h"

#include "base/encoding.h"

namespace millrace::engine {

Result<uint64_t> allocate_numbers(Transaction& transaction, uint64_t count) {
  std::string key(1, static_cast<char>(KeyPrefix::kSystem));
  key += "next-number";
  MILLRACE_TRY(auto stored, transaction.get(kSystemCell, key));
  if (stored && stored->size() != 8) {
    return Unexpected(Error{ErrorCode::kCorrupt, "the number counter is not 8 bytes"});
  }
  uint64_t first = stored ? read_u64(*stored) : kFirstAllocatedCell;
  std::string next;
  append_u64(next, first + count);
  transaction.put(kSystemCell, key, next);
  return first;
}

}  // namespace millrace::engine
