#include "base/descriptor_limit.h"

#include <sys/resource.h>

#include <algorithm>

namespace millrace {

namespace {

// RocksDB takes no less than 20. More than 512 gains nothing: files are 32 MiB and larger.
constexpr int kStorageMin = 20;
constexpr int kStorageMax = 512;
// Event loops, the listening socket, the files of a start, and the pipes of a few functions.
constexpr int kReserved = 32;
constexpr int kLimitMax = 1 << 20;

}  // namespace

DescriptorShares share_descriptors(int limit) {
  int storage = std::clamp(limit / 4, kStorageMin, kStorageMax);
  int reserved = std::max(kReserved, limit / 8);
  return {limit, storage, std::max(1, limit - storage - reserved)};
}

DescriptorShares share_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return share_descriptors(1024);
  return share_descriptors(static_cast<int>(std::min<rlim_t>(limit.rlim_cur, kLimitMax)));
}

}  // namespace millrace
