// A file of RocksDB that keeps in memory what has been appended since the last sync: what a power
// cut takes. For tests.
//
// Nothing is really synced, because the memory of the operating system outlives the process, and
// tests stay fast. As thread-safe as the file underneath.
#pragma once

#include <rocksdb/file_system.h>

#include <memory>
#include <string>
#include <utility>

namespace millrace::engine::rocks {

class UnsyncedFile : public ::rocksdb::FSWritableFileOwnerWrapper {
 public:
  using IOStatus = ::rocksdb::IOStatus;
  using IOOptions = ::rocksdb::IOOptions;
  using IODebugContext = ::rocksdb::IODebugContext;

  using FSWritableFileOwnerWrapper::FSWritableFileOwnerWrapper;

  IOStatus Append(const ::rocksdb::Slice& data, const IOOptions&, IODebugContext*) override {
    unsynced_.append(data.data(), data.size());
    return IOStatus::OK();
  }
  IOStatus Append(const ::rocksdb::Slice& data, const IOOptions& options,
                  const ::rocksdb::DataVerificationInfo&, IODebugContext* context) override {
    return Append(data, options, context);
  }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Sync(const IOOptions& options, IODebugContext* context) override {
    return hand_on(options, context);
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* context) override {
    return Sync(options, context);
  }
  IOStatus RangeSync(uint64_t, uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();
  }
  uint64_t GetFileSize(const IOOptions& options, IODebugContext* context) override {
    return FSWritableFileOwnerWrapper::GetFileSize(options, context) + unsynced_.size();
  }
  IOStatus Close(const IOOptions& options, IODebugContext* context) override {
    auto status = hand_on(options, context);
    return status.ok() ? FSWritableFileOwnerWrapper::Close(options, context) : status;
  }

 protected:
  // To the operating system.
  IOStatus hand_on(const IOOptions& options, IODebugContext* context) {
    std::string data = std::exchange(unsynced_, {});
    if (data.empty()) return IOStatus::OK();
    auto status = FSWritableFileOwnerWrapper::Append(data, options, context);
    return status.ok() ? FSWritableFileOwnerWrapper::Flush(options, context) : status;
  }

  std::string unsynced_;
};

}  // namespace millrace::engine::rocks
