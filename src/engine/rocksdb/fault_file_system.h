// A file system that can hold, fail and lose what RocksDB writes to its write-ahead log: for tests.
//
// What is appended to a log file stays here until the file is synced or closed, so that forgetting
// it is what a power cut does. Other files go straight to the disk. Nothing is really synced, which
// keeps tests fast. Thread-safe.
#pragma once

#include <rocksdb/file_system.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace millrace::engine::rocks {

class FaultFileSystem final : public ::rocksdb::FileSystemWrapper {
 public:
  FaultFileSystem() : FileSystemWrapper(::rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "FaultFileSystem"; }

  // Syncs of log files block until release_syncs().
  void hold_syncs();
  void release_syncs();
  // Returns once a sync is being held.
  void wait_until_held();
  // Appends and syncs of log files fail from here on.
  void fail_writes();
  // Nothing that is written to a log file from here on, or has not been synced, reaches the disk;
  // releases syncs. (Other files hold only what was in a log before, and is durable.) As disks do,
  // keeps so many bytes all the same when the file is closed.
  void crash(size_t bytes_kept = 0);
  // Returns once log files have been synced so often since this was made.
  void wait_for_syncs(uint64_t count);
  uint64_t syncs() const;
  // Ends all of the above.
  void recover();

  ::rocksdb::IOStatus NewWritableFile(const std::string& name,
                                      const ::rocksdb::FileOptions& options,
                                      std::unique_ptr<::rocksdb::FSWritableFile>* file,
                                      ::rocksdb::IODebugContext* context) override;

  // For the files.
  ::rocksdb::IOStatus before_append();
  ::rocksdb::IOStatus before_sync();
  void after_sync();
  // Nothing if there was no crash.
  std::optional<size_t> bytes_kept_in_crash() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable released_;
  std::condition_variable synced_;
  std::condition_variable blocked_;
  int blocked_syncs_ = 0;
  uint64_t syncs_ = 0;
  bool held_ = false;
  bool failing_ = false;
  std::optional<size_t> bytes_kept_in_crash_;
};

}  // namespace millrace::engine::rocks
