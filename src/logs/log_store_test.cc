#include "logs/log_store.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "base/executor.h"
#include "base/limits.h"
#include "engine/rocksdb/rocksdb_engine.h"

namespace millrace::logs {
namespace {

const LogScope kScope{"123456789012", "eu-west-1"};

class LogStoreTest : public testing::Test {
 protected:
  LogStoreTest() {
    engine::RocksdbOptions options;
    options.in_memory = true;
    engine_ = engine::open_rocksdb_engine(options, timers_).value();
    store_ = LogStore::open(*engine_, clock_).value();
  }
  void reopen() {
    store_.reset();
    store_ = LogStore::open(*engine_, clock_).value();
  }

  void print(const std::string& stream, const std::string& message,
             const std::string& group = "g") {
    LogEvent event;
    event.time = clock_.now();
    event.message = message;
    store_->append(kScope, group, stream, {event});
  }
  template <class T, class Call>
  T wait(Call call) {
    std::promise<T> promise;
    call([&promise](T result) { promise.set_value(std::move(result)); });
    return promise.get_future().get();
  }
  aws::Result<LogPage> read(LogQuery query) {
    query.scope = kScope;
    if (query.group.empty()) query.group = "g";
    return wait<aws::Result<LogPage>>(
        [&](LogStore::Page done) { store_->read(std::move(query), std::move(done)); });
  }
  std::string messages(LogQuery query) {
    auto page = read(std::move(query));
    if (!page) return page.error().message;
    std::string text;
    for (const auto& event : page->events) text += event.message + ' ';
    return text;
  }
  using Nothing = aws::Result<void>;

  ManualClock clock_;
  ManualTimers timers_{clock_};
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<LogStore> store_;
};

TEST_F(LogStoreTest, ReadsWhatWasAppendedBefore) {
  for (int i = 0; i < 5; ++i) print(i % 2 == 0 ? "even" : "odd", std::to_string(i));
  EXPECT_EQ(messages({}), "0 1 2 3 4 ");
  LogQuery odd;
  odd.streams = [](std::string_view stream) { return stream == "odd"; };
  EXPECT_EQ(messages(odd), "1 3 ");
  LogQuery matching;
  matching.matches = [](std::string_view message) { return message >= "2"; };
  EXPECT_EQ(messages(matching), "2 3 4 ");
  reopen();
  EXPECT_EQ(messages({}), "0 1 2 3 4 ");
}

TEST_F(LogStoreTest, GoesOnAtACursorInBothDirections) {
  for (int i = 0; i < 7; ++i) {
    print("s", std::to_string(i));
    if (i % 3 == 0) (void)read({});  // so that there are several blocks
  }
  LogQuery forward;
  forward.events_max = 3;
  std::string all;
  for (;;) {
    auto page = read(forward).value();
    for (const auto& event : page.events) all += event.message;
    all += ' ';
    if (page.complete) break;
    forward.cursor = page.after;
  }
  EXPECT_EQ(all, "012 345 6 ");
  LogQuery backward;
  backward.backward = true;
  backward.events_max = 3;
  all.clear();
  for (;;) {
    auto page = read(backward).value();
    for (const auto& event : page.events) all += event.message;
    all += ' ';
    if (page.complete) break;
    backward.cursor = page.before;
  }
  EXPECT_EQ(all, "456 123 0 ");
}

TEST_F(LogStoreTest, LooksAtTimes) {
  print("s", "a");
  clock_.advance(std::chrono::hours(1));
  Timestamp middle = clock_.now();
  print("s", "b");
  LogQuery query;
  query.start = middle;
  EXPECT_EQ(messages(query), "b ");
  query.start.reset();
  query.end = middle;
  EXPECT_EQ(messages(query), "a ");
}

TEST_F(LogStoreTest, KeepsAGroupWithinItsBound) {
  std::string large(limits::kLogEventBytesMax - 100, 'x');
  size_t count = limits::kLogGroupBytesMax / large.size() + 40;
  for (size_t i = 0; i < count; ++i) {
    print("s", std::to_string(i) + ' ' + large);
    if (i % 16 == 15) (void)read({});  // the store takes only so much at one time
    if (i % 3 == 2) reopen();          // what came since the last mark is counted again
  }
  auto page = read({}).value();
  EXPECT_FALSE(page.events.front().message.starts_with("0 "));
  LogQuery last;
  last.backward = true;
  last.events_max = 1;
  EXPECT_TRUE(read(last)->events[0].message.starts_with(std::to_string(count - 1)));
  auto groups = wait<aws::Result<std::vector<LogGroupDescription>>>(
      [&](LogStore::Groups done) { store_->describe_groups(kScope, std::move(done)); });
  EXPECT_LE(groups->at(0).stored_bytes, limits::kLogGroupBytesMax + (2u << 20));
}

TEST_F(LogStoreTest, SearchesMoreThanOneStep) {
  print("s", "needle first");
  std::string hay(200'000, 'x');
  for (int i = 0; i < 60; ++i) print("s", hay);
  print("s", "needle last");
  for (bool backward : {false, true}) {
    LogQuery query;
    query.backward = backward;
    query.matches = [](std::string_view message) { return message.starts_with("needle"); };
    EXPECT_EQ(messages(query), "needle first needle last ");
  }
}

TEST_F(LogStoreTest, APageIsBounded) {
  std::string message(200'000, 'x');
  for (int i = 0; i < 10; ++i) print("s", message);
  auto page = read({}).value();
  EXPECT_EQ(page.events.size(), 5u);
  EXPECT_FALSE(page.complete);
}

TEST_F(LogStoreTest, CutsEventsThatAreTooLarge) {
  std::string message(limits::kLogEventBytesMax - 1, 'x');
  print("s", message + "\xc3\xa4");  // the cut would go through the character
  EXPECT_EQ(messages({}), message + ' ');
}

TEST_F(LogStoreTest, DropsWhatComesFasterThanItCanBeWritten) {
  // One call that is larger than what may be pending; events without text count too.
  LogEvent event;
  event.time = clock_.now();
  store_->append(kScope, "g", "s",
                 std::vector<LogEvent>(limits::kLogPendingBytesMax / sizeof(LogEvent), event));
  print("s", "next");
  EXPECT_EQ(messages({}), "next ");
}

TEST_F(LogStoreTest, ACursorOfAGroupBeforeFindsWhatComesNext) {
  for (int i = 0; i < 5; ++i) {
    print("s", "x");
    (void)read({});
  }
  LogQuery query;
  query.cursor = read({})->after;
  ASSERT_TRUE(wait<Nothing>(
      [&](LogStore::Done done) { store_->delete_group(kScope, "g", std::move(done)); }));
  print("s", "a");
  query.cursor = read(query)->after;
  print("s", "b");
  EXPECT_EQ(messages(query), "b ");
}

TEST_F(LogStoreTest, ForgetsWhatIsOlderThanTheRetention) {
  print("s", "old");
  ASSERT_TRUE(wait<Nothing>([&](LogStore::Done done) {
    store_->change_group(
        kScope, "g",
        [](LogGroupDescription& group) {
          group.retention_days = 1;
          return aws::Result<void>();
        },
        std::move(done));
  }));
  clock_.advance(std::chrono::hours(25));
  print("s", "new");
  EXPECT_EQ(messages({}), "new ");
  reopen();
  EXPECT_EQ(messages({}), "new ");
}

TEST_F(LogStoreTest, MakesAndDeletesGroupsAndStreams) {
  auto create = [&](const std::string& group) {
    return wait<Nothing>([&](LogStore::Done done) {
      store_->create_group(kScope, group, {{"k", "v"}}, std::move(done));
    });
  };
  ASSERT_TRUE(create("g"));
  EXPECT_EQ(create("g").error().type, "ResourceAlreadyExistsException");
  auto stream = [&](const std::string& name) {
    return wait<Nothing>(
        [&](LogStore::Done done) { store_->create_stream(kScope, "g", name, std::move(done)); });
  };
  ASSERT_TRUE(stream("s"));
  EXPECT_EQ(stream("s").error().type, "ResourceAlreadyExistsException");
  print("s", "gone");
  auto delete_stream = [&](const std::string& name) {
    return wait<Nothing>(
        [&](LogStore::Done done) { store_->delete_stream(kScope, "g", name, std::move(done)); });
  };
  ASSERT_TRUE(delete_stream("s"));
  EXPECT_EQ(delete_stream("s").error().message, "The specified log stream does not exist.");
  print("s", "again");
  EXPECT_EQ(messages({}), "again ");
  auto delete_group = [&] {
    return wait<Nothing>(
        [&](LogStore::Done done) { store_->delete_group(kScope, "g", std::move(done)); });
  };
  ASSERT_TRUE(delete_group());
  EXPECT_EQ(delete_group().error().message, "The specified log group does not exist.");
  EXPECT_EQ(messages({}), "The specified log group does not exist.");
  print("s", "anew");
  EXPECT_EQ(messages({}), "anew ");
}

TEST_F(LogStoreTest, KeepsAccountsAndRegionsApart) {
  print("s", "x");
  LogScope other{"123456789012", "us-east-1"};
  auto groups = wait<aws::Result<std::vector<LogGroupDescription>>>(
      [&](LogStore::Groups done) { store_->describe_groups(other, std::move(done)); });
  EXPECT_TRUE(groups->empty());
}

TEST_F(LogStoreTest, DropsTheStreamsUsedLongestAgo) {
  for (size_t i = 0; i < limits::kLogStreamsPerGroupMax + 3; ++i) {
    clock_.advance(std::chrono::seconds(1));
    print("s" + std::to_string(i), "x");
  }
  auto streams = wait<aws::Result<std::vector<LogStreamDescription>>>(
      [&](LogStore::Streams done) { store_->describe_streams(kScope, "g", std::move(done)); });
  EXPECT_EQ(streams->size(), limits::kLogStreamsPerGroupMax);
  for (const auto& stream : *streams) EXPECT_NE(stream.name, "s0");
}

TEST_F(LogStoreTest, TellsListeners) {
  std::string heard;
  store_->on_append(
      [&](const LogScope& scope, const std::string& group, const std::vector<LogEvent>& events) {
        heard = scope.region + group + events[0].message;
      });
  print("s", "x");
  EXPECT_EQ(heard, "eu-west-1gx");
  store_->on_append(nullptr);
  print("s", "y");
  EXPECT_EQ(heard, "eu-west-1gx");
}

TEST_F(LogStoreTest, TakesEventsFromSeveralThreads) {
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number) {
    threads.emplace_back([this, number] {
      for (int i = 0; i < 50; ++i) print("s" + std::to_string(number), std::to_string(i));
    });
  }
  // Searches go on meanwhile.
  for (int i = 0; i < 10; ++i) (void)read({});
  for (auto& thread : threads) thread.join();
  reopen();  // ends with the last events still pending
  std::string expected;
  for (int i = 0; i < 50; ++i) expected += std::to_string(i) + ' ';
  for (int number = 0; number < 4; ++number) {
    LogQuery query;
    std::string stream = "s" + std::to_string(number);
    query.streams = [&](std::string_view name) { return name == stream; };
    EXPECT_EQ(messages(query), expected);
  }
}

}  // namespace
}  // namespace millrace::logs
