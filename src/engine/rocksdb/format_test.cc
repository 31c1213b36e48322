#include "engine/rocksdb/format.h"

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <fstream>
#include <sstream>

#include "base/encoding.h"
#include "base/executor.h"
#include "engine/rocksdb/rocksdb_engine.h"
#include "engine/rocksdb/temporary_directory.h"

namespace millrace::engine::rocks {

namespace {

std::string spaced_hex(std::string_view bytes) {
  std::string text;
  for (char byte : bytes) text += (text.empty() ? "" : " ") + to_hex({&byte, 1});
  return text;
}

// The rows of the last table of docs/formats/storage.md.
std::vector<std::string> documented_entries() {
  std::ifstream file(MILLRACE_SOURCE_DIR "/docs/formats/storage.md");
  std::vector<std::string> lines;
  bool in_example = false;
  for (std::string line; std::getline(file, line);) {
    if (line == "## Example") in_example = true;
    if (in_example && line.starts_with("| `")) lines.push_back(line);
  }
  return lines;
}

std::vector<std::string> stored_entries(const std::string& path) {
  std::vector<std::string> lines;
  std::vector<::rocksdb::ColumnFamilyDescriptor> families;
  for (const char* name : {"rows", "log", "default"})
    families.emplace_back(name, ::rocksdb::ColumnFamilyOptions());
  std::vector<::rocksdb::ColumnFamilyHandle*> handles;
  ::rocksdb::DB* opened = nullptr;
  auto status =
      ::rocksdb::DB::OpenForReadOnly(::rocksdb::DBOptions(), path, families, &handles, &opened);
  EXPECT_TRUE(status.ok()) << status.ToString();
  std::unique_ptr<::rocksdb::DB> db(opened);
  for (auto* family : handles) {
    std::unique_ptr<::rocksdb::Iterator> entry(db->NewIterator({}, family));
    for (entry->SeekToFirst(); entry->Valid(); entry->Next()) {
      lines.push_back("| `" + family->GetName() + "` | `" +
                      spaced_hex(entry->key().ToStringView()) + "` | `" +
                      spaced_hex(entry->value().ToStringView()) + "` |");
    }
  }
  for (auto* family : handles) db->DestroyColumnFamilyHandle(family);
  return lines;
}

}  // namespace

TEST(Format, DocumentedExample) {
  TemporaryDirectory directory;
  ManualClock clock(from_unix_millis(1'700'000'000'000));
  ManualTimers timers(clock);
  RocksdbOptions options;
  options.path = directory.path();
  {
    auto engine = open_rocksdb_engine(options, timers);
    ASSERT_TRUE(engine) << engine.error().message;
    CellId cell{1024}, other{1025};
    auto transact = [&](TransactOptions call, std::function<void(Transaction&)> changes) {
      ASSERT_TRUE(transact_and_wait(**engine, std::move(call), [&](Transaction& transaction) {
        changes(transaction);
        return Result<bool>(true);
      }));
    };
    transact({{}, {cell}, {}}, [&](Transaction& transaction) {
      transaction.put(cell, "k", "v");
      transaction.append(cell, "r1");
    });
    transact({"once", {cell}, {}}, [&](Transaction& transaction) {
      transaction.append(cell, "r2");
      transaction.append(cell, "r3");
    });
    transact({{}, {other}, {}}, [&](Transaction& t) { t.start_log(other, 3); });
    (*engine)->lease(other, "a", std::chrono::seconds(10), [](Result<Lease>) {});
  }
  EXPECT_EQ(stored_entries(directory.path()), documented_entries());
  std::ifstream file(directory.path() + "/FORMAT");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), "millrace storage 1\n");
}

TEST(Format, BytesThatNoVersionWroteAreRefused) {
  auto header = value_header(7);
  std::string stored(header.data(), header.size());
  ASSERT_TRUE(parse_value(stored));
  EXPECT_EQ(parse_value(stored)->ticket, 7u);
  EXPECT_EQ(parse_value(stored)->value, "");
  EXPECT_FALSE(parse_value(stored.substr(1)));
  EXPECT_FALSE(parse_value("\x02" + stored.substr(1)));
  EXPECT_FALSE(parse_log_entry(stored));
  EXPECT_TRUE(parse_log_entry(stored + '\x01'));
  EXPECT_FALSE(parse_log_entry(stored + '\x02'));
  EXPECT_FALSE(parse_lease(std::string(15, 'x')));
  EXPECT_FALSE(parse_timestamp("short"));
  EXPECT_FALSE(parse_transaction_time_key("t short"));
  EXPECT_FALSE(parse_transaction_time_key("x12345678"));
}

TEST(Format, LogKeysSortByCellAndPosition) {
  auto key = [](uint64_t cell, Position position) {
    auto bytes = log_key(CellId{cell}, position);
    return std::string(bytes.data(), bytes.size());
  };
  EXPECT_LT(key(1, 255), key(1, 256));
  EXPECT_LT(key(1, UINT64_MAX), key(2, 0));
  EXPECT_EQ(log_key_position(key(9, 77)), 77u);
}

}  // namespace millrace::engine::rocks
