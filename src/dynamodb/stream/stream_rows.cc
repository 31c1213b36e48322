#include "dynamodb/stream/stream_rows.h"

#include "base/encoding.h"
#include "engine/cells.h"

namespace millrace::dynamodb::stream {
namespace {

using engine::kTableCatalogCell;

constexpr char kVersion = 1;

// Third byte of a key: what the row is. Streams sort before shards, which visit_rows() relies on.
constexpr char kStreamRow = 'd';
constexpr char kHiddenRow = 'e';
constexpr char kIteratorSecretRow = 'k';
constexpr char kLiveRow = 'l';
constexpr char kShardRow = 's';
constexpr char kAfterKinds = 't';

// "s" keeps this part apart from the tables of the same catalog.
std::string row_key(char kind) {
  return {static_cast<char>(engine::KeyPrefix::kTableCatalog), 's', kind};
}

void append_time(std::string& out, Timestamp time) {
  append_u64(out, static_cast<uint64_t>(time.time_since_epoch().count()));
}
// Zero stands for none: nothing happened in 1970.
void append_optional_time(std::string& out, const std::optional<Timestamp>& time) {
  append_time(out, time.value_or(Timestamp{}));
}

// Takes fields off the front of a value; remembers whether all of them were there.
class FieldReader {
 public:
  explicit FieldReader(std::string_view value) : rest_(value) {
    ok_ = !rest_.empty() && rest_[0] == kVersion;
    if (ok_) rest_.remove_prefix(1);
  }
  uint8_t byte() {
    if (!enough(1)) return 0;
    auto value = static_cast<uint8_t>(rest_[0]);
    rest_.remove_prefix(1);
    return value;
  }
  uint64_t u64() {
    if (!enough(8)) return 0;
    uint64_t value = read_u64(rest_);
    rest_.remove_prefix(8);
    return value;
  }
  uint64_t varint() {
    auto value = ok_ ? take_varint(rest_) : std::nullopt;
    ok_ = value.has_value();
    return value.value_or(0);
  }
  std::string text() {
    auto value = ok_ ? take_sized(rest_) : std::nullopt;
    ok_ = value.has_value();
    return std::string(value.value_or(std::string_view()));
  }
  Timestamp time() { return Timestamp(Duration(static_cast<int64_t>(u64()))); }
  std::optional<Timestamp> optional_time() {
    Timestamp value = time();
    return value == Timestamp{} ? std::nullopt : std::optional(value);
  }
  bool ok() const { return ok_; }
  bool finished() const { return ok_ && rest_.empty(); }

 private:
  bool enough(size_t bytes) {
    ok_ = ok_ && rest_.size() >= bytes;
    return ok_;
  }
  std::string_view rest_;
  bool ok_;
};

std::string shard_prefix(std::string_view arn) {
  std::string key = row_key(kShardRow);
  key += arn;
  key += '\0';  // ends the ARN: no ARN is the beginning of another one's key
  return key;
}

}  // namespace

engine::Error corrupt_row(std::string_view what) {
  return {engine::ErrorCode::kCorrupt,
          "a row of the stream catalog is damaged: " + std::string(what)};
}

std::string stream_key(std::string_view arn) {
  return row_key(kStreamRow).append(arn);
}

std::string shard_key(std::string_view arn, std::string_view shard_id) {
  return shard_prefix(arn).append(shard_id);
}

std::string live_stream_key(uint64_t table_number) {
  std::string key = row_key(kLiveRow);
  append_u64(key, table_number);
  return key;
}

std::string hidden_key(engine::CellId cell) {
  std::string key = row_key(kHiddenRow);
  append_u64(key, static_cast<uint64_t>(cell));
  return key;
}

std::string iterator_secret_key() {
  return row_key(kIteratorSecretRow);
}

std::string encode_stream(const Stream& stream) {
  std::string value(1, kVersion);
  append_varint(value, stream.revision);
  value.push_back(static_cast<char>(stream.view_type));
  value.push_back(static_cast<char>(stream.status));
  append_u64(value, stream.table_number);
  append_time(value, stream.created);
  append_optional_time(value, stream.disabled);
  append_sized(value, stream.account);
  append_sized(value, stream.region);
  append_sized(value, stream.table_name);
  append_sized(value, stream.label);
  append_varint(value, stream.key_schema.size());
  for (const KeyAttribute& key : stream.key_schema) {
    append_sized(value, key.name);
    append_sized(value, key.key_type);
  }
  if (stream.retention) append_u64(value, static_cast<uint64_t>(stream.retention->count()));
  return value;
}

std::optional<Stream> decode_stream(std::string_view arn, std::string_view value) {
  FieldReader fields(value);
  Stream stream;
  stream.arn = arn;
  stream.revision = fields.varint();
  uint8_t view_type = fields.byte();
  uint8_t status = fields.byte();
  if (view_type < 1 || view_type > 4 || status < 1 || status > 4) return std::nullopt;
  stream.view_type = static_cast<ViewType>(view_type);
  stream.status = static_cast<StreamStatus>(status);
  stream.table_number = fields.u64();
  stream.created = fields.time();
  stream.disabled = fields.optional_time();
  stream.account = fields.text();
  stream.region = fields.text();
  stream.table_name = fields.text();
  stream.label = fields.text();
  uint64_t keys = fields.varint();
  for (uint64_t i = 0; i < keys && fields.ok(); ++i) {
    std::string name = fields.text();
    stream.key_schema.push_back({std::move(name), fields.text()});
  }
  if (fields.ok() && !fields.finished()) {
    stream.retention = Duration(static_cast<int64_t>(fields.u64()));
  }
  if (!fields.finished()) return std::nullopt;
  return stream;
}

std::string encode_shard(const Shard& shard) {
  std::string value(1, kVersion);
  append_u64(value, static_cast<uint64_t>(shard.cell));
  append_varint(value, shard.after);
  append_varint(value, shard.last ? *shard.last + 1 : 0);
  append_time(value, shard.created);
  append_optional_time(value, shard.closed);
  append_sized(value, shard.parent_id.value_or(""));
  return value;
}

std::optional<Shard> decode_shard(std::string_view arn, std::string_view shard_id,
                                  std::string_view value) {
  FieldReader fields(value);
  Shard shard;
  shard.id = shard_id;
  shard.stream_arn = arn;
  shard.cell = engine::CellId{fields.u64()};
  shard.after = fields.varint();
  if (uint64_t last = fields.varint(); last != 0) shard.last = last - 1;
  shard.created = fields.time();
  shard.closed = fields.optional_time();
  if (std::string parent = fields.text(); !parent.empty()) shard.parent_id = std::move(parent);
  if (!fields.finished()) return std::nullopt;
  return shard;
}

engine::Result<std::optional<Stream>> read_stream(engine::Reader& reader, const std::string& arn) {
  MILLRACE_TRY(auto value, reader.get(kTableCatalogCell, stream_key(arn)));
  if (!value) return std::optional<Stream>();
  auto stream = decode_stream(arn, *value);
  if (!stream) return Unexpected(corrupt_row(arn));

  std::string prefix = shard_prefix(arn);
  std::string end = prefix;
  end.back() = '\1';
  bool readable = true;
  MILLRACE_CHECK_OK(reader.range({kTableCatalogCell}, {.begin = prefix, .end = end},
                                 [&](std::string_view key, std::string_view row) {
                                   auto shard = decode_shard(arn, key.substr(prefix.size()), row);
                                   readable = shard.has_value();
                                   if (readable) stream->shards.push_back(std::move(*shard));
                                   return readable;
                                 }));
  if (!readable) return Unexpected(corrupt_row(arn));
  return stream;
}

engine::Result<std::optional<Stream>> read_live_stream(engine::Reader& reader,
                                                       uint64_t table_number) {
  MILLRACE_TRY(auto arn, reader.get(kTableCatalogCell, live_stream_key(table_number)));
  if (!arn) return std::optional<Stream>();
  return read_stream(reader, *arn);
}

void write_stream(engine::Transaction& transaction, const Stream& stream) {
  transaction.put(kTableCatalogCell, stream_key(stream.arn), encode_stream(stream));
}

void write_shard(engine::Transaction& transaction, const Shard& shard) {
  transaction.put(kTableCatalogCell, shard_key(shard.stream_arn, shard.id), encode_shard(shard));
}

void erase_shard(engine::Transaction& transaction, const Shard& shard) {
  transaction.erase(kTableCatalogCell, shard_key(shard.stream_arn, shard.id));
}

engine::Result<void> visit_rows(engine::Reader& reader, const RowVisitor& visitor) {
  // False: the row cannot be read.
  auto visit = [&](std::string_view key, std::string_view value) {
    std::string_view rest = key.substr(3);
    switch (key[2]) {
      case kStreamRow: {
        auto stream = decode_stream(rest, value);
        if (stream) visitor.stream(std::move(*stream));
        return stream.has_value();
      }
      case kShardRow: {
        size_t arn_end = rest.find('\0');
        if (arn_end == std::string_view::npos) return false;
        auto shard = decode_shard(rest.substr(0, arn_end), rest.substr(arn_end + 1), value);
        if (shard) visitor.shard(std::move(*shard));
        return shard.has_value();
      }
      case kHiddenRow:
        if (rest.size() != 8 || value.size() != 8) return false;
        visitor.hidden(engine::CellId{read_u64(rest)}, read_u64(value));
        return true;
      default:
        return true;
    }
  };
  std::string damaged;
  MILLRACE_CHECK_OK(reader.range({kTableCatalogCell},
                                 {.begin = row_key(kStreamRow), .end = row_key(kAfterKinds)},
                                 [&](std::string_view key, std::string_view value) {
                                   if (visit(key, value)) return true;
                                   damaged = key;
                                   return false;
                                 }));
  if (!damaged.empty()) return Unexpected(corrupt_row(damaged));
  return {};
}

}  // namespace millrace::dynamodb::stream
