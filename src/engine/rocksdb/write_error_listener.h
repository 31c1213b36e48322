// Reports failed writes and syncs of the write-ahead log from inside those operations.
//
// RocksDB tells the caller of a write too, but later; in between, other threads may write to the
// same file, which builds of RocksDB with assertions answer by aborting the process. Whatever
// happens then, the reason has been logged, and most writers have been turned away.
#pragma once

#include <rocksdb/listener.h>

#include <functional>
#include <mutex>
#include <string>

#include "engine/rocksdb/failure.h"

namespace millrace::engine::rocks {

class WriteErrorListener final : public ::rocksdb::EventListener {
 public:
  using Report = std::function<void(const std::string& reason)>;

  // Replaces who is told; nobody after nullptr, and the former one is not being told any more then.
  // It may be called while RocksDB's locks are held: it must neither block nor call the database.
  void set_report(Report report) {
    std::lock_guard lock(mutex_);
    report_ = std::move(report);
  }

  bool ShouldBeNotifiedOnFileIO() override { return true; }

  void OnIOError(const ::rocksdb::IOErrorInfo& info) override {
    if (!info.file_path.ends_with(".log")) return;
    std::lock_guard lock(mutex_);
    if (report_) report_("write to " + info.file_path + ": " + describe_failure(info.io_status));
  }

 private:
  std::mutex mutex_;
  Report report_;
};

}  // namespace millrace::engine::rocks
