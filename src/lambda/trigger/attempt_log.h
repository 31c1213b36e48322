// What happened to the records of one mapping: the log of the mapping's own cell, one page for each
// commit of a checkpoint, written in that commit, so that it costs no sync of its own. Failed
// attempts, which move no checkpoint, are written by themselves, at most once a second.
//
//     add() ──► pending ──take()──► in a commit ──settled(true)──► stored ──► trimmed (age, bytes)
//                  ▲                     │
//                  └────settled(false)───┘
//
// A crash loses what is pending, at most what happened since the last commit: those records are
// delivered and recorded again. What is read includes what is pending.
//
// Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "lambda/trigger/attempt.h"

namespace millrace::lambda {

class AttemptLog : public std::enable_shared_from_this<AttemptLog> {
 public:
  // `mapping` is the mapping's number. `engine` and `clock` must outlive the log's use.
  AttemptLog(engine::Engine& engine, uint64_t mapping, const Clock& clock)
      : engine_(engine), mapping_(mapping), clock_(clock) {}

  void add(const std::string& shard_id, Attempt attempt);

  // For whoever commits a checkpoint of the shard: the page to append in that commit; empty if
  // there is nothing to write. Else settled() follows, once the commit's outcome is known.
  struct Taken {
    uint64_t number = 0;
    std::string page;
  };
  Taken take(const std::string& shard_id, engine::Position checkpoint);
  void settled(uint64_t number, bool durable);

  // Writes what is pending, of all shards and without a checkpoint. `hurried`: also if that was
  // done within the last second.
  void flush(bool hurried);

  // Pages oldest first until `visit` returns false; reads all of the log, not for threads that
  // answer requests. Errors: the engine's.
  using Visitor = std::function<bool(const AttemptPage& page)>;
  engine::Result<void> read(const Visitor& visit) const;

  // The mapping is gone.
  void clear();

 private:
  using Attempts = std::vector<Attempt>;
  struct InCommit {
    std::string shard_id;
    Attempts attempts;
  };
  // REQUIRES: mutex_ is held.
  Taken make_page(std::map<std::string, Attempts>::iterator shard, engine::Position checkpoint);
  void load();
  void trim();
  std::optional<AttemptPage> page_at(engine::Position position) const;

  engine::Engine& engine_;
  const uint64_t mapping_;
  const Clock& clock_;

  mutable std::mutex mutex_;
  std::map<std::string, Attempts> pending_;  // by shard, none empty
  std::map<uint64_t, InCommit> in_commit_;   // by number
  uint64_t next_number_ = 1;
  std::optional<uint64_t> bytes_;  // ever written; nothing before the first use
  uint64_t bytes_since_trim_ = 0;
  std::optional<Timestamp> flushed_;
};

}  // namespace millrace::lambda
