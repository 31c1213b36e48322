#include "engine/rocksdb/fault_file_system.h"

#include <gtest/gtest.h>

#include "engine/rocksdb/unsynced_file.h"

namespace millrace::engine::rocks {

namespace {

using ::rocksdb::IODebugContext;
using ::rocksdb::IOOptions;
using ::rocksdb::IOStatus;

class LogFile final : public UnsyncedFile {
 public:
  LogFile(FaultFileSystem& system, std::unique_ptr<::rocksdb::FSWritableFile> file)
      : UnsyncedFile(std::move(file)), system_(system) {}

  using UnsyncedFile::Append;
  IOStatus Append(const ::rocksdb::Slice& data, const IOOptions& options,
                  IODebugContext* context) override {
    auto status = system_.before_append();
    return status.ok() ? UnsyncedFile::Append(data, options, context) : status;
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* context) override {
    auto status = system_.before_sync();
    if (status.ok()) status = hand_on(options, context);
    if (status.ok()) system_.after_sync();
    return status;
  }
  IOStatus Close(const IOOptions& options, IODebugContext* context) override {
    auto kept = system_.bytes_kept_in_crash();
    if (kept && *kept < unsynced_.size()) unsynced_.resize(*kept);
    return UnsyncedFile::Close(options, context);
  }

 private:
  FaultFileSystem& system_;
};

class FastFile final : public ::rocksdb::FSWritableFileOwnerWrapper {
 public:
  using FSWritableFileOwnerWrapper::FSWritableFileOwnerWrapper;
  IOStatus Sync(const IOOptions& options, IODebugContext* context) override {
    return Flush(options, context);
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* context) override {
    return Flush(options, context);
  }
};

}  // namespace

IOStatus FaultFileSystem::NewWritableFile(const std::string& name,
                                          const ::rocksdb::FileOptions& options,
                                          std::unique_ptr<::rocksdb::FSWritableFile>* file,
                                          IODebugContext* context) {
  auto status = FileSystemWrapper::NewWritableFile(name, options, file, context);
  if (!status.ok()) return status;
  if (name.ends_with(".log")) {
    *file = std::make_unique<LogFile>(*this, std::move(*file));
  } else {
    *file = std::make_unique<FastFile>(std::move(*file));
  }
  return status;
}

void FaultFileSystem::hold_syncs() {
  std::lock_guard lock(mutex_);
  held_ = true;
}

void FaultFileSystem::release_syncs() {
  std::lock_guard lock(mutex_);
  held_ = false;
  released_.notify_all();
}

void FaultFileSystem::wait_until_held() {
  std::unique_lock lock(mutex_);
  blocked_.wait(lock, [this] { return blocked_syncs_ > 0; });
}

void FaultFileSystem::fail_writes() {
  std::lock_guard lock(mutex_);
  failing_ = true;
}

void FaultFileSystem::crash(size_t bytes_kept) {
  std::lock_guard lock(mutex_);
  bytes_kept_in_crash_ = bytes_kept;
  held_ = false;
  released_.notify_all();
}

void FaultFileSystem::wait_for_syncs(uint64_t count) {
  std::unique_lock lock(mutex_);
  synced_.wait(lock, [&] { return syncs_ >= count; });
}

uint64_t FaultFileSystem::syncs() const {
  std::lock_guard lock(mutex_);
  return syncs_;
}

void FaultFileSystem::after_sync() {
  std::lock_guard lock(mutex_);
  ++syncs_;
  synced_.notify_all();
}

void FaultFileSystem::recover() {
  std::lock_guard lock(mutex_);
  held_ = failing_ = false;
  bytes_kept_in_crash_.reset();
}

std::optional<size_t> FaultFileSystem::bytes_kept_in_crash() const {
  std::lock_guard lock(mutex_);
  return bytes_kept_in_crash_;
}

IOStatus FaultFileSystem::before_append() {
  std::lock_guard lock(mutex_);
  if (failing_ || bytes_kept_in_crash_) return IOStatus::IOError("injected failure");
  return IOStatus::OK();
}

IOStatus FaultFileSystem::before_sync() {
  std::unique_lock lock(mutex_);
  ++blocked_syncs_;
  if (held_) blocked_.notify_all();
  released_.wait(lock, [this] { return !held_; });
  --blocked_syncs_;
  if (failing_ || bytes_kept_in_crash_) return IOStatus::IOError("injected failure");
  return IOStatus::OK();
}

}  // namespace millrace::engine::rocks
