#include "dynamodb/table/partition_watch.h"

#include <gtest/gtest.h>

#include "dynamodb/table/table_fixture.h"

namespace millrace::dynamodb::table {
namespace {

using std::chrono::seconds;

class PartitionWatchTest : public TableFixture {
 protected:
  ~PartitionWatchTest() override { watch_.reset(); }
  void start(PartitionWatchOptions options) {
    options.interval = seconds(10);
    watch_ = PartitionWatch::start(*engine_, *catalog_, executor_, timers_, options);
  }
  void pass() {
    timers_.advance(seconds(10));
    executor_.run_all();
  }
  // Writes items of `keys` partition keys, each of about 100 bytes.
  void fill(const std::string& name, int items, int keys) {
    for (int i = 0; i < items; ++i) {
      put(find(name), {{"id", text("k" + std::to_string(i % keys))},
                       {"at", number(next_++)},
                       {"data", text(std::string(90, 'x'))}});
    }
  }
  size_t cells(const std::string& name) { return find(name)->cells.size(); }

  std::unique_ptr<PartitionWatch> watch_;
  int64_t next_ = 0;
};

TEST_F(PartitionWatchTest, SplitsWhatIsTooLarge) {
  create(definition("t", number_key("at")));
  create(definition("small", number_key("at")));
  start({.bytes_max = 1000});
  fill("small", 5, 5);
  fill("t", 50, 50);
  pass();
  EXPECT_EQ(2u, cells("t"));
  pass();  // each half holds more than 2,000 bytes
  EXPECT_EQ(4u, cells("t"));
  for (int i = 0; i < 5; ++i) pass();
  EXPECT_EQ(8u, cells("t"));  // 5,500 bytes
  EXPECT_EQ(1u, cells("small"));
}

TEST_F(PartitionWatchTest, SplitsWhatIsWrittenTooOften) {
  create(definition("t", number_key("at"), {}, stream::ViewType::kKeysOnly));
  create(definition("unlogged", number_key("at")));
  start({.changes_per_second_max = 2});
  pass();
  fill("t", 21, 20);
  fill("unlogged", 21, 20);
  pass();
  EXPECT_EQ(2u, cells("t"));
  EXPECT_EQ(1u, cells("unlogged"));
  fill("t", 20, 20);
  pass();
  EXPECT_EQ(2u, cells("t"));
  EXPECT_EQ(3u, streams_->live_stream(find("t")->number)->shards.size());
}

TEST_F(PartitionWatchTest, DoesNotGoOnSplittingWhatIsOneKey) {
  create(definition("t", number_key("at"), {}, stream::ViewType::kKeysOnly));
  start({.changes_per_second_max = 2});
  for (int i = 0; i < 6; ++i) {
    pass();
    fill("t", 30, 1);
  }
  EXPECT_EQ(2u, cells("t"));
}

TEST_F(PartitionWatchTest, EndsWithATimerPending) {
  create(definition("t", number_key("at")));
  start({.bytes_max = 10});
  fill("t", 5, 5);
  watch_.reset();
  pass();
  EXPECT_EQ(1u, cells("t"));
}

}  // namespace
}  // namespace millrace::dynamodb::table
