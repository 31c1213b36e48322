#include "engine/rocksdb/test_disk.h"

#ifdef MILLRACE_CRASH_POINTS

#include <atomic>
#include <cstdlib>
#include <sstream>
#include <string>

#include "base/crash_point.h"
#include "engine/rocksdb/unsynced_file.h"

namespace millrace::engine::rocks {

namespace {

using ::rocksdb::FileOptions;
using ::rocksdb::FSWritableFile;
using ::rocksdb::IODebugContext;
using ::rocksdb::IOOptions;
using ::rocksdb::IOStatus;

class ForgetfulFile final : public UnsyncedFile {
 public:
  using UnsyncedFile::UnsyncedFile;
  IOStatus Sync(const IOOptions& options, IODebugContext* context) override {
    if (is_crash_due("sync.torn")) {
      unsynced_.resize(unsynced_.size() / 2);
      hand_on(options, context).PermitUncheckedError();
      crash_now();
    }
    return UnsyncedFile::Sync(options, context);
  }
};

// Takes from what is left of the disk.
class BoundedFile final : public ::rocksdb::FSWritableFileOwnerWrapper {
 public:
  BoundedFile(std::unique_ptr<FSWritableFile> file, std::atomic<int64_t>& left)
      : FSWritableFileOwnerWrapper(std::move(file)), left_(left) {}
  IOStatus Append(const ::rocksdb::Slice& data, const IOOptions& options,
                  IODebugContext* context) override {
    if (left_.fetch_sub(static_cast<int64_t>(data.size())) < static_cast<int64_t>(data.size())) {
      return IOStatus::NoSpace("No space left on device");
    }
    return FSWritableFileOwnerWrapper::Append(data, options, context);
  }
  IOStatus Append(const ::rocksdb::Slice& data, const IOOptions& options,
                  const ::rocksdb::DataVerificationInfo&, IODebugContext* context) override {
    return Append(data, options, context);
  }

 private:
  std::atomic<int64_t>& left_;
};

class TestFileSystem final : public ::rocksdb::FileSystemWrapper {
 public:
  TestFileSystem(bool forgetful, int64_t bytes)
      : FileSystemWrapper(::rocksdb::FileSystem::Default()),
        forgetful_(forgetful),
        bytes_left_(bytes) {}
  const char* Name() const override { return "TestFileSystem"; }

  IOStatus NewWritableFile(const std::string& name, const FileOptions& options,
                           std::unique_ptr<FSWritableFile>* file,
                           IODebugContext* context) override {
    auto status = FileSystemWrapper::NewWritableFile(name, options, file, context);
    if (status.ok()) wrap(name, *file);
    return status;
  }
  IOStatus ReopenWritableFile(const std::string& name, const FileOptions& options,
                              std::unique_ptr<FSWritableFile>* file,
                              IODebugContext* context) override {
    auto status = FileSystemWrapper::ReopenWritableFile(name, options, file, context);
    if (status.ok()) wrap(name, *file);
    return status;
  }

 private:
  void wrap(const std::string& name, std::unique_ptr<FSWritableFile>& file) {
    // RocksDB's messages are never synced.
    if (name.find("/LOG") != std::string::npos) return;
    if (forgetful_) file = std::make_unique<ForgetfulFile>(std::move(file));
    file = std::make_unique<BoundedFile>(std::move(file), bytes_left_);
  }

  const bool forgetful_;
  std::atomic<int64_t> bytes_left_;
};

class CrashPointListener final : public ::rocksdb::EventListener {
 public:
  void OnFlushBegin(::rocksdb::DB*, const ::rocksdb::FlushJobInfo&) override {
    MILLRACE_CRASH_POINT("flush.begun");
  }
  // The file is there, and the manifest does not name it yet.
  void OnTableFileCreated(const ::rocksdb::TableFileCreationInfo&) override {
    MILLRACE_CRASH_POINT("table-file.written");
  }
  void OnFlushCompleted(::rocksdb::DB*, const ::rocksdb::FlushJobInfo&) override {
    MILLRACE_CRASH_POINT("flush.completed");
  }
  void OnCompactionCompleted(::rocksdb::DB*, const ::rocksdb::CompactionJobInfo&) override {
    MILLRACE_CRASH_POINT("compaction.completed");
  }
};

}  // namespace

::rocksdb::Env* test_disk_of_environment(RocksdbOptions& options) {
  const char* wanted = std::getenv("MILLRACE_TEST_DISK");
  if (wanted == nullptr) return nullptr;
  bool forgetful = false;
  int64_t bytes = INT64_MAX;
  std::istringstream words(wanted);
  for (std::string word; std::getline(words, word, ',');) {
    std::string number = word.substr(word.find('=') + 1);
    if (word == "forgetful") forgetful = true;
    if (word.starts_with("full-after=")) bytes = std::stoll(number);
    if (word.starts_with("memtable=")) options.memtable_bytes = std::stoull(number);
  }
  static std::unique_ptr<::rocksdb::Env> env =
      ::rocksdb::NewCompositeEnv(std::make_shared<TestFileSystem>(forgetful, bytes));
  return env.get();
}

std::shared_ptr<::rocksdb::EventListener> crash_point_listener() {
  return std::make_shared<CrashPointListener>();
}

}  // namespace millrace::engine::rocks

#endif
