// Going back to a known state, between tests:
//
//   POST   /_millrace/reset                      forgets everything: tables, streams, queues,
//                                                functions, mappings, logs, stacks, faults; the
//                                                clock shows the machine's time again
//   POST   /_millrace/snapshot {"name": "base"}  keeps a copy of everything, in memory
//   GET    /_millrace/snapshot                   {"snapshots": [{"name", "made", "bytes", "rows"}]}
//   DELETE /_millrace/snapshot/NAME              forgets one; without a name all of them
//   POST   /_millrace/restore {"name": "base"}   everything is as it was then: also positions,
//                                                checkpoints and iterators. Faults are gone; the
//                                                clock is left alone
//
// A name may be left out: it is "default". Port and connections stay. Requests that are running are
// let end, functions are ended, and requests that come meanwhile are told to come again, as SDKs
// do, or wait. Snapshots outlive resets. The answers say how long it took: {"milliseconds": 12.3}.
#pragma once

#include "aws/admin_routes.h"
#include "base/clock.h"
#include "base/unique_function.h"
#include "control/snapshots.h"
#include "engine/engine.h"

namespace millrace::control {

// The server as far as these routes know it.
class ServerState {
 public:
  virtual ~ServerState() = default;
  // Runs `work` on the one thread that may call what follows. The request that it answers is not
  // waited for by begin_anew().
  virtual void post(UniqueFunction<void()> work) = 0;
  virtual engine::Result<engine::Contents> copy(size_t bytes_max) = 0;
  // Ends everything and begins again with nothing.
  virtual void reset() = 0;
  // Ends everything and begins again with this.
  virtual void restore(const engine::Contents& contents) = 0;
};

// All must outlive the routes. `routes` may be replaced while the server begins anew.
void add_state_routes(aws::AdminRoutes& routes, ServerState& state, Snapshots& snapshots,
                      const Clock& clock);

}  // namespace millrace::control
