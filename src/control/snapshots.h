// States that a server can go back to: copies of everything that it keeps, by name, in memory.
// Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "engine/engine.h"

namespace millrace::control {

class Snapshots {
 public:
  static constexpr size_t kSnapshotsMax = 32;
  static constexpr size_t kBytesMax = size_t{256} << 20;  // of all together
  static constexpr size_t kNameBytesMax = 255;

  // How large one of this name may be.
  size_t room(const std::string& name) const;
  // Replaces one of the same name. The error is a sentence for the user.
  Result<void, std::string> add(const std::string& name, engine::Contents contents, Timestamp made);
  // Null if there is none.
  std::shared_ptr<const engine::Contents> find(const std::string& name) const;
  bool erase(const std::string& name);
  void clear();

  struct Description {
    std::string name;
    Timestamp made;
    size_t bytes;
    size_t rows;
  };
  std::vector<Description> list() const;  // ordered by name

 private:
  struct Snapshot {
    std::shared_ptr<const engine::Contents> contents;
    Timestamp made;
  };
  // REQUIRES: the mutex is held.
  size_t room_locked(const std::string& name) const;

  mutable std::mutex mutex_;
  std::map<std::string, Snapshot> snapshots_;
};

}  // namespace millrace::control
