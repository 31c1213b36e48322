// Many threads at once. What each thread does comes from a seed; how they interleave does not.
#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "base/random.h"
#include "engine/engine_conformance.h"

namespace millrace::engine {

namespace {

constexpr int kThreads = 4;

void run_threads(int count, const std::function<void(int)>& body) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(body, i);
  for (auto& thread : threads) thread.join();
}

// N keys in several cells, each holding the name of the next: always one ring.
struct Ring {
  static constexpr int kKeys = 24;
  static constexpr int kCells = 5;
  static CellId cell(int key) { return CellId{5000 + static_cast<uint64_t>(key % kCells)}; }
  static std::string name(int key) { return "ring" + std::to_string(100 + key); }
  static std::vector<CellId> cells() {
    std::vector<CellId> all;
    for (int i = 0; i < kCells; ++i) all.push_back(cell(i));
    return all;
  }
  static int index(const std::string& name) { return std::stoi(name.substr(4)) - 100; }
};

// How many keys the ring has, walked from key 0; 0 if it does not lead back there.
int ring_length(const std::map<std::string, std::string>& next) {
  std::string at = Ring::name(0);
  for (int steps = 1; steps <= Ring::kKeys; ++steps) {
    auto found = next.find(at);
    if (found == next.end()) return 0;
    at = found->second;
    if (at == Ring::name(0)) return steps;
  }
  return 0;
}

// Takes the three keys after `a` in reverse order: a b c d -> a c b d. Reads first which cells are
// concerned, as a caller has to, and gives up if they have changed before they were locked.
Result<bool> relink(Transaction& transaction, const std::vector<int>& expected) {
  for (size_t i = 0; i + 1 < expected.size(); ++i) {
    MILLRACE_TRY(auto next, transaction.get(Ring::cell(expected[i]), Ring::name(expected[i])));
    if (next != Ring::name(expected[i + 1])) return false;
  }
  auto link = [&](int from, int to) {
    transaction.put(Ring::cell(from), Ring::name(from), Ring::name(to));
    transaction.append(Ring::cell(from), Ring::name(from) + Ring::name(to));
  };
  link(expected[0], expected[2]);
  link(expected[2], expected[1]);
  link(expected[1], expected[3]);
  return true;
}

}  // namespace

TEST_P(EngineConformance, TheRingNeverBreaks) {
  auto cells = Ring::cells();
  auto made = transact(cells, [&](Transaction& transaction) {
    for (int key = 0; key < Ring::kKeys; ++key) {
      transaction.put(Ring::cell(key), Ring::name(key), Ring::name((key + 1) % Ring::kKeys));
    }
  });
  ASSERT_EQ(outcome_of(made), "ok");
  auto read_ring = [&] {
    std::map<std::string, std::string> next;
    for (const Row& row : range(cells, {.begin = "ring", .end = "rinh"})) next[row.key] = row.value;
    return next;
  };
  std::atomic<int> relinked = 0;
  run_threads(kThreads, [&](int thread) {
    SeededRandom random(77 + static_cast<uint64_t>(thread));
    for (int round = 0; round < 150; ++round) {
      std::vector<int> keys = {static_cast<int>(random.below(Ring::kKeys))};
      // One read a key: what is found may be torn, and relink() then gives up.
      for (int i = 0; i < 3; ++i) {
        keys.push_back(Ring::index(*get(Ring::cell(keys.back()), Ring::name(keys.back()))));
      }
      std::vector<CellId> named;
      for (int key : keys) named.push_back(Ring::cell(key));
      auto done =
          transact(TransactOptions{{}, named, {}}, [&](Transaction& t) { return relink(t, keys); });
      if (done) ++relinked;
      if (round % 10 == 0) {
        ASSERT_EQ(ring_length(read_ring()), Ring::kKeys);
      }
    }
  });
  EXPECT_GT(relinked, 0);
  EXPECT_EQ(ring_length(read_ring()), Ring::kKeys);
  if (under_test().keeps_data()) {
    under_test().reopen();
    EXPECT_EQ(ring_length(read_ring()), Ring::kKeys);
  }
}

TEST_P(EngineConformance, NoUpdateIsLost) {
  constexpr int kRounds = 250;
  run_threads(kThreads, [&](int thread) {
    for (int round = 0; round < kRounds; ++round) {
      // Alternating which cell is named first must not lead to a deadlock.
      std::vector<CellId> cells = {kCell, kOther};
      if (thread % 2 == 0) std::swap(cells[0], cells[1]);
      auto done =
          transact(TransactOptions{{}, cells, {}}, [&](Transaction& transaction) -> Result<bool> {
            for (CellId cell : {kCell, kOther}) {
              std::string key = cell == kCell ? "count" : "other count";
              MILLRACE_TRY(auto stored, transaction.get(cell, key));
              transaction.put(cell, key, std::to_string(stored ? std::stoi(*stored) + 1 : 1));
            }
            return true;
          });
      ASSERT_EQ(outcome_of(done), "ok");
    }
  });
  EXPECT_EQ(get(kCell, "count"), std::to_string(kThreads * kRounds));
  EXPECT_EQ(get(kOther, "other count"), std::to_string(kThreads * kRounds));
}

// Writers leave in a row how long the log is; the two always agree.
TEST_P(EngineConformance, SnapshotsSeeWholeTransactions) {
  std::atomic<bool> finished = false;
  std::vector<CellId> cells = {kCell, kOther};
  std::thread reader([&] {
    while (!finished) {
      std::string a, b;
      Position end = 0;
      auto done = snapshot_and_wait(engine(), cells, [&](Reader& snapshot) -> Result<void> {
        MILLRACE_TRY(auto row, snapshot.get(kCell, "end"));
        a = row.value_or("0");
        MILLRACE_TRY(auto other, snapshot.get(kOther, "other end"));
        b = other.value_or("0");
        MILLRACE_TRY(end, snapshot.log_end(kOther));
        return {};
      });
      ASSERT_EQ(outcome_of(done), "ok");
      ASSERT_EQ(a, b);
      ASSERT_EQ(a, std::to_string(end));
      // And the log's readers see at least as much.
      ASSERT_GE(engine().log_range(kOther)->last, end);
    }
  });
  run_threads(2, [&](int) {
    for (int round = 0; round < 200; ++round) {
      auto done = transact(cells, [&](Transaction& transaction) {
        std::string end = std::to_string(transaction.append(kOther, "r"));
        transaction.put(kCell, "end", end);
        transaction.put(kOther, "other end", end);
      });
      ASSERT_EQ(outcome_of(done), "ok");
    }
  });
  finished = true;
  reader.join();
}

TEST_P(EngineConformance, LogsAreDenseAndNeverChangeBehindAReader) {
  constexpr int kWriters = 6, kRounds = 100;
  constexpr Position kRecords = kWriters * kRounds * 3 / 2;
  auto reader = [&](int) {
    Position seen = 0;
    std::vector<std::string> records;
    std::map<std::string, int> last_of_writer;
    while (seen < kRecords) {
      auto page = engine().log_read(kCell, seen, {.records_max = 7});
      ASSERT_EQ(outcome_of(page), "ok");
      ASSERT_GE(page->end, seen);
      for (const LogRecord& record : page->records) {
        ASSERT_EQ(record.position, ++seen);
        records.push_back(record.record);
        // "writer:number": each writer's records come in the order of its transactions.
        auto colon = record.record.find(':');
        int number = std::stoi(record.record.substr(colon + 1));
        int& last = last_of_writer[record.record.substr(0, colon)];
        ASSERT_EQ(number, last + 1);
        last = number;
      }
      if (page->records.empty()) std::this_thread::yield();
    }
    // Everything is still what it was when it was first seen.
    Position position = 0;
    while (position < kRecords) {
      auto page = engine().log_read(kCell, position, {});
      ASSERT_EQ(outcome_of(page), "ok");
      for (const LogRecord& record : page->records) {
        ASSERT_EQ(record.record, records[position]);
        ++position;
      }
    }
  };
  auto writer = [&](int thread) {
    int number = 0;
    for (int round = 0; round < kRounds; ++round) {
      std::vector<CellId> cells = {kCell};
      if (round % 3 == 0) cells.push_back(CellId{6000 + static_cast<uint64_t>(thread)});
      int count = 1 + round % 2;
      auto done = transact(cells, [&](Transaction& transaction) {
        for (int i = 1; i <= count; ++i) {
          transaction.append(kCell, std::to_string(thread) + ":" + std::to_string(number + i));
        }
        transaction.put(kCell, "row" + std::to_string(thread), std::to_string(number));
      });
      ASSERT_EQ(outcome_of(done), "ok");
      number += count;
    }
  };
  run_threads(kWriters + 2, [&](int i) { i < kWriters ? writer(i) : reader(i); });
}

// A reader of a log that is trimmed under its hands gets whole pages or is told so.
TEST_P(EngineConformance, TrimAndReadersDoNotMixUp) {
  constexpr Position kRecords = 400;
  std::atomic<bool> finished = false;
  std::thread trimmer([&] {
    while (!finished) {
      auto range = engine().log_range(kCell);
      ASSERT_EQ(outcome_of(range), "ok");
      if (range->last > 10) {
        ASSERT_EQ(outcome_of(engine().log_trim(kCell, range->last - 10)), "ok");
      }
      std::this_thread::yield();
    }
  });
  std::thread reader([&] {
    while (!finished) {
      Position after = engine().log_range(kCell)->first - 1;
      auto page = engine().log_read(kCell, after, {});
      if (!page) {
        ASSERT_EQ(outcome_of(page), to_string(ErrorCode::kTooOld));
        continue;
      }
      for (const LogRecord& record : page->records) {
        ASSERT_EQ(record.position, ++after);
        ASSERT_EQ(record.record, std::to_string(after));
      }
    }
  });
  for (Position i = 1; i <= kRecords; ++i) append(kCell, std::to_string(i));
  finished = true;
  trimmer.join();
  reader.join();
  EXPECT_EQ(engine().log_range(kCell)->last, kRecords);
}

}  // namespace millrace::engine
