#include "engine/rocksdb/transaction_ids.h"

#include <gtest/gtest.h>

namespace millrace::engine::rocks {

namespace {

class TransactionIdsTest : public testing::Test {
 protected:
  TransactionIdsTest() {
    RocksdbOptions options;
    options.in_memory = true;
    store_ = std::move(*Store::open(options, nullptr));
    ids_ = std::make_unique<TransactionIds>(*store_, clock_);
  }
  void commit(const std::string& id, Ticket ticket) {
    auto lock = ids_->lock(id);
    ::rocksdb::WriteBatch batch;
    ASSERT_TRUE(ids_->remember(batch, id, ticket).ok());
    ASSERT_TRUE(store_->write(batch).ok());
  }
  std::optional<Ticket> committed(const std::string& id) {
    auto lock = ids_->lock(id);
    auto found = ids_->committed(id);
    EXPECT_TRUE(found);
    return *found;
  }
  size_t stored_entries() {
    size_t count = 0;
    std::unique_ptr<::rocksdb::Iterator> entry(store_->db().NewIterator({}, store_->system()));
    for (entry->SeekToFirst(); entry->Valid(); entry->Next()) ++count;
    return count - 1;  // the boot counter
  }

  ManualClock clock_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<TransactionIds> ids_;
};

}  // namespace

TEST_F(TransactionIdsTest, RemembersForTenMinutes) {
  commit("a", 7);
  EXPECT_EQ(committed("a"), 7u);
  EXPECT_EQ(committed("b"), std::nullopt);
  clock_.advance(TransactionIds::kRememberedFor);
  EXPECT_EQ(committed("a"), 7u);
  clock_.advance(Duration(1));
  EXPECT_EQ(committed("a"), std::nullopt);
}

TEST_F(TransactionIdsTest, TrimsInStepsWhatIsOldEnough) {
  for (int i = 0; i < 250; ++i) commit("old" + std::to_string(i), 1);
  clock_.advance(std::chrono::minutes(5));
  commit("young", 2);
  EXPECT_FALSE(ids_->trim());
  EXPECT_EQ(stored_entries(), 2 * 251u);
  clock_.advance(std::chrono::minutes(6));
  commit("old7", 3);  // used again
  int steps = 1;
  while (ids_->trim()) ++steps;
  EXPECT_EQ(steps, 3);
  EXPECT_EQ(stored_entries(), 2 * 2u);
  EXPECT_EQ(committed("young"), 2u);
  EXPECT_EQ(committed("old7"), 3u);
  clock_.advance(std::chrono::minutes(11));
  EXPECT_FALSE(ids_->trim());
  EXPECT_EQ(stored_entries(), 0u);
}

TEST_F(TransactionIdsTest, TrimIsDueOnceAMinute) {
  EXPECT_FALSE(ids_->trim_is_due());
  clock_.advance(TransactionIds::kTrimInterval);
  EXPECT_TRUE(ids_->trim_is_due());
  EXPECT_FALSE(ids_->trim_is_due());
}

}  // namespace millrace::engine::rocks
