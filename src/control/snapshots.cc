#include "control/snapshots.h"

#include <utility>

namespace millrace::control {

size_t Snapshots::room_locked(const std::string& name) const {
  size_t used = 0;
  for (const auto& [other, snapshot] : snapshots_) {
    if (other != name) used += snapshot.contents->bytes;
  }
  return kBytesMax - used;
}

size_t Snapshots::room(const std::string& name) const {
  std::lock_guard lock(mutex_);
  return room_locked(name);
}

Result<void, std::string> Snapshots::add(const std::string& name, engine::Contents contents,
                                         Timestamp made) {
  std::lock_guard lock(mutex_);
  if (!snapshots_.contains(name) && snapshots_.size() >= kSnapshotsMax) {
    return Unexpected("There are " + std::to_string(kSnapshotsMax) +
                      " snapshots already. Delete one first.");
  }
  if (contents.bytes > room_locked(name)) {
    return Unexpected("All snapshots together can have " + std::to_string(kBytesMax) +
                      " bytes. Delete one first.");
  }
  snapshots_[name] = {std::make_shared<const engine::Contents>(std::move(contents)), made};
  return {};
}

std::shared_ptr<const engine::Contents> Snapshots::find(const std::string& name) const {
  std::lock_guard lock(mutex_);
  auto found = snapshots_.find(name);
  return found == snapshots_.end() ? nullptr : found->second.contents;
}

bool Snapshots::erase(const std::string& name) {
  std::lock_guard lock(mutex_);
  return snapshots_.erase(name) > 0;
}

void Snapshots::clear() {
  std::lock_guard lock(mutex_);
  snapshots_.clear();
}

std::vector<Snapshots::Description> Snapshots::list() const {
  std::vector<Description> descriptions;
  std::lock_guard lock(mutex_);
  for (const auto& [name, snapshot] : snapshots_) {
    descriptions.push_back(
        {name, snapshot.made, snapshot.contents->bytes, snapshot.contents->rows.size()});
  }
  return descriptions;
}

}  // namespace millrace::control
