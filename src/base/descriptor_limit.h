// How many files, sockets and pipes this process may have open together, and who gets how many.
//
// Storage that cannot open its next file has failed for good, so that connections must not use up
// what it needs.
#pragma once

namespace millrace {

struct DescriptorShares {
  int limit;        // of the process (ulimit -n)
  int storage;      // files that the storage keeps open; it opens a few more for a moment
  int connections;  // of clients
};

// For a process with that limit; what is left over is for functions, logs and the process itself.
DescriptorShares share_descriptors(int limit);
// For this process, as its limit is now.
DescriptorShares share_descriptors();

}  // namespace millrace
