#include "dynamodb/table/cell_head.h"

#include <algorithm>

#include "base/encoding.h"
#include "dynamodb/stream/change_record.h"
#include "engine/cells.h"

namespace millrace::dynamodb::table {

namespace {
constexpr char kVersion = 1;
constexpr char kLogFlag = 1, kOldImageFlag = 2, kNewImageFlag = 4;
constexpr char kAllFlags = kLogFlag | kOldImageFlag | kNewImageFlag;
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
  bytes.push_back(static_cast<char>((head.keeps_log ? kLogFlag : 0) |
                                    (head.keeps_old_image ? kOldImageFlag : 0) |
                                    (head.keeps_new_image ? kNewImageFlag : 0)));
  append_varint(bytes, head.counts.size());
  for (const auto& count : head.counts) {
    append_varint(bytes, static_cast<uint64_t>(count.items));
    append_varint(bytes, static_cast<uint64_t>(count.bytes));
  }
  return bytes;
}

std::optional<CellHead> decode_cell_head(std::string_view bytes) {
  if (bytes.size() < 3 || bytes[0] != kVersion || (bytes[1] & ~kAllFlags) != 0) return std::nullopt;
  CellHead head;
  head.keeps_log = (bytes[1] & kLogFlag) != 0;
  head.keeps_old_image = (bytes[1] & kOldImageFlag) != 0;
  head.keeps_new_image = (bytes[1] & kNewImageFlag) != 0;
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
      indexed || view == ViewType::kOldImage || view == ViewType::kNewAndOldImages;
  head.keeps_new_image =
      indexed || view == ViewType::kNewImage || view == ViewType::kNewAndOldImages;
}

}  // namespace millrace::dynamodb::table
