#include "dynamodb/table/cell_head.h"

#include <algorithm>

#include "base/encoding.h"
#include "dynamodb/stream/change_record.h"
#include "engine/cells.h"

namespace millrace::dynamodb::table {

namespace {
constexpr char kVersion = 1;
constexpr char kLogFlag = 1, kOldImageFlag = 2, kNewImageFlag = 4, kTimeToLiveFlag = 8;
constexpr char kAllFlags = kLogFlag | kOldImageFlag | kNewImageFlag | kTimeToLiveFlag;

std::optional<TimeToLive> take_time_to_live(std::string_view& bytes) {
  auto number = take_varint(bytes);
  if (!number) return std::nullopt;
  auto attribute = take_sized(bytes);
  if (!attribute) return std::nullopt;
  return TimeToLive{*number, std::string(*attribute)};
}
}  // namespace

std::string cell_head_key(engine::CellId cell) {
  std::string key{static_cast<char>(engine::KeyPrefix::kTableCatalog), 'C'};
  append_u64(key, static_cast<uint64_t>(cell));
  return key;
}

std::string encode_cell_head(const CellHead& head) {
  std::string bytes;
  bytes.reserve(32);
  bytes.push_back(kVersion);
  bytes.push_back(static_cast<char>(
      (head.keeps_log ? kLogFlag : 0) | (head.keeps_old_image ? kOldImageFlag : 0) |
      (head.keeps_new_image ? kNewImageFlag : 0) | (head.time_to_live ? kTimeToLiveFlag : 0)));
  append_varint(bytes, head.counts.size());
  for (const auto& count : head.counts) {
    append_varint(bytes, static_cast<uint64_t>(count.items));
    append_varint(bytes, static_cast<uint64_t>(count.bytes));
  }
  if (head.time_to_live) {
    append_varint(bytes, head.time_to_live->number);
    append_sized(bytes, head.time_to_live->attribute);
  }
  return bytes;
}

std::optional<CellHead> decode_cell_head(std::string_view bytes) {
  if (bytes.size() < 3 || bytes[0] != kVersion || (bytes[1] & ~kAllFlags) != 0) return std::nullopt;
  CellHead head;
  head.keeps_log = (bytes[1] & kLogFlag) != 0;
  head.keeps_old_image = (bytes[1] & kOldImageFlag) != 0;
  head.keeps_new_image = (bytes[1] & kNewImageFlag) != 0;
  bool has_time_to_live = (bytes[1] & kTimeToLiveFlag) != 0;
  bytes.remove_prefix(2);
  auto count = take_varint(bytes);
  // Each entry takes two bytes at least.
  if (!count || *count > bytes.size() / 2) return std::nullopt;
  head.counts.reserve(*count);
  for (uint64_t i = 0; i < *count; ++i) {
    auto items = take_varint(bytes);
    auto size = take_varint(bytes);
    if (!items || !size) return std::nullopt;
    head.counts.push_back({static_cast<int64_t>(*items), static_cast<int64_t>(*size)});
  }
  if (has_time_to_live) {
    head.time_to_live = take_time_to_live(bytes);
    if (!head.time_to_live) return std::nullopt;
  }
  if (!bytes.empty()) return std::nullopt;
  return head;
}

engine::Result<std::optional<CellHead>> read_cell_head(engine::Reader& reader, engine::CellId cell,
                                                       size_t counts_expected) {
  MILLRACE_TRY(auto stored, reader.get(cell, cell_head_key(cell)));
  if (!stored) return std::optional<CellHead>();
  auto head = decode_cell_head(*stored);
  if (!head || head->counts.size() != counts_expected) {
    return Unexpected(engine::Error{engine::ErrorCode::kCorrupt,
                                    "head of cell " + std::to_string(static_cast<uint64_t>(cell))});
  }
  return head;
}

void put_cell_head(engine::Transaction& transaction, engine::CellId cell, const CellHead& head) {
  transaction.put(cell, cell_head_key(cell), encode_cell_head(head));
}

size_t table_cell_counts(const Table& table) {
  return 1 + static_cast<size_t>(std::count_if(table.indexes.begin(), table.indexes.end(),
                                               [](const Index& index) { return !index.global; }));
}

void set_log_needs(CellHead& head, const Table& table) {
  using stream::ViewType;
  bool indexed = table.has_global_index();
  auto view =
      table.stream_view_type ? stream::parse_view_type(*table.stream_view_type) : std::nullopt;
  head.keeps_log = table.keeps_log();
  head.keeps_old_image =
      indexed || table.goes_back() || view == ViewType::kOldImage || view == ViewType::kNewAndOldImages;
  head.keeps_new_image =
      indexed || view == ViewType::kNewImage || view == ViewType::kNewAndOldImages;
}

engine::Result<void> rewrite_heads(engine::Transaction& transaction, const Table& table) {
  for (const auto& range : table.cells) {
    MILLRACE_TRY(auto head, read_cell_head(transaction, range.cell, table_cell_counts(table)));
    if (!head) {
      return Unexpected(engine::Error{engine::ErrorCode::kCorrupt, "a cell has no head"});
    }
    set_log_needs(*head, table);
    head->time_to_live = table.time_to_live;
    put_cell_head(transaction, range.cell, *head);
  }
  return {};
}

}  // namespace millrace::dynamodb::table
