// Compares the embedded engine with plain RocksDB doing the same work on the same machine at the
// same time: a PutItem's read, its row of 1 KiB, and its change record.
//
// Usage: engine_bench [--directory DIR] [--seconds N] [--rounds N]
//
// "raw" reads and writes the same bytes with one RocksDB write batch an operation, from as many
// threads as the engine is called from, and one thread that syncs the write-ahead log over and
// over. Engine and raw take turns within each round, because a shared machine's speed drifts; each
// figure is the median of the rounds, and the ratios are what counts.
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/executor.h"
#include "base/random.h"
#include "engine/rocksdb/format.h"
#include "engine/rocksdb/rocksdb_engine.h"
#include "engine/rocksdb/tuning.h"

namespace {

using namespace millrace;
using engine::CellId;

constexpr size_t kRowBytes = 1024;
constexpr uint64_t kKeys = 100'000;
constexpr uint64_t kCells = 4;
constexpr int kThreads = 2;

struct Load {
  bool in_memory;
  bool with_record;
  int in_flight;
};

struct Figures {
  double per_second;
  double cpu_microseconds;  // of all threads, per operation
};

double process_cpu_microseconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto micros = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return micros(usage.ru_utime) + micros(usage.ru_stime);
}

// What one operation writes; both sides use the same.
struct Operation {
  CellId cell;
  std::string key;

  explicit Operation(uint64_t number) {
    uint64_t item = number % kKeys;
    cell = CellId{2000 + item % kCells};
    key = "\x03table---";  // as long as a table's row keys: a prefix, a table, 16 bytes of hash
    append_u64(key, item * 0x9e3779b97f4a7c15ull);
    append_u64(key, item);
  }
};

// Lets a bounded number of operations be under way.
class InFlight {
 public:
  explicit InFlight(int limit) : free_(limit) {}
  void begin() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return free_ > 0; });
    --free_;
  }
  void end() {
    {
      std::lock_guard lock(mutex_);
      ++free_;
    }
    changed_.notify_one();
  }
  void drain(int limit) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return free_ == limit; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int free_;
};

// Calls `start(number, thread's own in-flight bound)` from several threads for `seconds`.
Figures run_load(const Load& load, double seconds,
                 const std::function<void(uint64_t, InFlight&)>& start) {
  std::atomic<uint64_t> operations = 0;
  std::atomic<bool> finished = false;
  int thread_count = std::min(kThreads, load.in_flight);
  int limit = load.in_flight / thread_count;
  double cpu_before = process_cpu_microseconds();
  auto begun = stopwatch_now();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < thread_count; ++thread) {
    threads.emplace_back([&, thread] {
      SeededRandom random(static_cast<uint64_t>(thread));
      InFlight in_flight(limit);
      uint64_t count = 0;
      while (!finished) {
        in_flight.begin();
        start(random.next(), in_flight);
        ++count;
      }
      in_flight.drain(limit);
      operations += count;
    });
  }
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  finished = true;
  for (auto& thread : threads) thread.join();
  double elapsed = std::chrono::duration<double>(stopwatch_now() - begun).count();
  double cpu = process_cpu_microseconds() - cpu_before;
  auto count = static_cast<double>(operations.load());
  return {count / elapsed, cpu / count};
}

class EngineSide {
 public:
  EngineSide(const std::string& directory, bool in_memory) {
    engine::RocksdbOptions options;
    options.path = directory;
    options.in_memory = in_memory;
    auto opened = engine::open_rocksdb_engine(options, timers_);
    if (!opened) {
      std::fprintf(stderr, "%s\n", opened.error().message.c_str());
      std::exit(1);
    }
    engine_ = std::move(*opened);
  }

  Figures run(const Load& load, double seconds) {
    return run_load(load, seconds, [&](uint64_t number, InFlight& in_flight) {
      Operation operation(number);
      engine_->transact(
          {{}, {operation.cell}, {}},
          [&](engine::Transaction& transaction) -> engine::Result<bool> {
            MILLRACE_TRY(auto old, transaction.get(operation.cell, operation.key));
            transaction.put(operation.cell, operation.key, row_);
            if (load.with_record) transaction.append(operation.cell, row_);
            return true;
          },
          [&in_flight](engine::Result<engine::Committed> done) {
            if (!done) std::abort();
            in_flight.end();
          });
    });
  }

 private:
  const std::string row_ = std::string(kRowBytes, 'r');
  ServerClock clock_;
  ThreadTimers timers_{clock_};
  std::unique_ptr<engine::Engine> engine_;
};

// Writers put their batches and wait; one thread syncs what has been written so far, over and over.
class RawSide {
 public:
  RawSide(const std::string& directory, bool in_memory) : in_memory_(in_memory) {
    engine::RocksdbOptions options;
    options.in_memory = in_memory;
    auto database = engine::rocks::database_options(options);
    if (in_memory) {
      env_.reset(rocksdb::NewMemEnv(rocksdb::Env::Default()));
      database.env = env_.get();
    }
    auto cache = engine::rocks::block_cache(options);
    rocksdb::DB* db = nullptr;
    check(rocksdb::DB::Open(
        database, in_memory ? "/raw" : directory,
        {{rocksdb::kDefaultColumnFamilyName, engine::rocks::rows_family_options(options, cache)},
         {"log", engine::rocks::log_family_options(options, cache)}},
        &families_, &db));
    db_.reset(db);
    if (!in_memory) syncer_ = std::thread([this] { sync_repeatedly(); });
  }
  ~RawSide() {
    {
      std::lock_guard lock(mutex_);
      finished_ = true;
    }
    wake_.notify_one();
    if (syncer_.joinable()) syncer_.join();
    for (auto* family : families_) db_->DestroyColumnFamilyHandle(family);
  }

  Figures run(const Load& load, double seconds) {
    return run_load(load, seconds, [&](uint64_t number, InFlight& in_flight) {
      Operation operation(number);
      rocksdb::PinnableSlice old;
      auto found = db_->Get({}, families_[0], operation.key, &old);
      if (!found.IsNotFound()) check(found);
      rocksdb::WriteBatch batch;
      check(batch.Put(families_[0], operation.key, row_));
      if (load.with_record) {
        std::string position;
        append_u64(position, static_cast<uint64_t>(operation.cell));
        append_u64(position, ++next_record_);
        check(batch.Put(families_[1], position, row_));
      }
      rocksdb::WriteOptions options;
      options.disableWAL = in_memory_;
      check(db_->Write(options, &batch));
      if (in_memory_) return in_flight.end();
      bool was_empty = false;
      {
        std::lock_guard lock(mutex_);
        was_empty = written_.empty();
        written_.push_back(&in_flight);
      }
      if (was_empty) wake_.notify_one();
    });
  }

 private:
  static void check(const rocksdb::Status& status) {
    if (status.ok()) return;
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    std::exit(1);
  }
  void sync_repeatedly() {
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return finished_ || !written_.empty(); });
      if (written_.empty()) return;
      auto taken = std::move(written_);
      written_.clear();
      lock.unlock();
      check(db_->FlushWAL(true));
      for (InFlight* in_flight : taken) in_flight->end();
      lock.lock();
    }
  }

  const std::string row_ = std::string(kRowBytes + engine::rocks::kHeaderBytes, 'r');
  const bool in_memory_;
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  std::atomic<uint64_t> next_record_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<InFlight*> written_;
  bool finished_ = false;
  std::thread syncer_;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void compare(const std::string& directory, const Load& load, double seconds, int rounds) {
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  EngineSide engine_side(directory + "/engine", load.in_memory);
  RawSide raw_side(directory + "/raw", load.in_memory);
  std::vector<double> speeds[2], costs[2], speed_ratios, cost_ratios;
  for (int round = 0; round < rounds; ++round) {
    Figures raw = raw_side.run(load, seconds);
    Figures mine = engine_side.run(load, seconds);
    speeds[0].push_back(mine.per_second);
    speeds[1].push_back(raw.per_second);
    costs[0].push_back(mine.cpu_microseconds);
    costs[1].push_back(raw.cpu_microseconds);
    speed_ratios.push_back(mine.per_second / raw.per_second);
    cost_ratios.push_back(mine.cpu_microseconds / raw.cpu_microseconds);
  }
  std::printf("%-7s %-11s %9d %10.0f %10.0f %7.2f %9.1f %9.1f %7.2f\n",
              load.in_memory ? "memory" : "always", load.with_record ? "row+record" : "row",
              load.in_flight, median(speeds[0]), median(speeds[1]), median(speed_ratios),
              median(costs[0]), median(costs[1]), median(cost_ratios));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  std::string directory =
      (std::filesystem::temp_directory_path() / "millrace-engine-bench").string();
  double seconds = 1;
  int rounds = 5;
  for (int i = 1; i + 1 < argc; i += 2) {
    std::string name = argv[i];
    if (name == "--directory") directory = argv[i + 1];
    if (name == "--seconds") seconds = std::atof(argv[i + 1]);
    if (name == "--rounds") rounds = std::atoi(argv[i + 1]);
  }
  std::printf("%-7s %-11s %9s %10s %10s %7s %9s %9s %7s\n", "sync", "writes", "in flight",
              "engine/s", "raw/s", "ratio", "engine us", "raw us", "ratio");
  for (bool in_memory : {false, true}) {
    for (bool with_record : {false, true}) {
      for (int in_flight : {1, 64}) {
        compare(directory, {in_memory, with_record, in_flight}, seconds, rounds);
      }
    }
  }
  std::filesystem::remove_all(directory);
}
