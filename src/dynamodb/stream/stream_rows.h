// Streams as rows of kTableCatalogCell (docs/formats/streams.md). Pure functions, apart from the
// reads and writes of the transaction given.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dynamodb/stream/stream.h"
#include "engine/engine.h"

namespace millrace::dynamodb::stream {

std::string stream_key(std::string_view arn);
std::string shard_key(std::string_view arn, std::string_view shard_id);
std::string live_stream_key(uint64_t table_number);
std::string hidden_key(engine::CellId cell);
std::string iterator_secret_key();

std::string encode_stream(const Stream& stream);  // without its shards
std::string encode_shard(const Shard& shard);
// Nothing if the bytes are not such a value. What the key says is passed beside.
std::optional<Stream> decode_stream(std::string_view arn, std::string_view value);
std::optional<Shard> decode_shard(std::string_view arn, std::string_view shard_id,
                                  std::string_view value);

// The stream with its shards; nothing if there is none. kCorrupt for rows that cannot be read.
engine::Result<std::optional<Stream>> read_stream(engine::Reader& reader, const std::string& arn);
engine::Result<std::optional<Stream>> read_live_stream(engine::Reader& reader,
                                                       uint64_t table_number);

void write_stream(engine::Transaction& transaction, const Stream& stream);  // without its shards
void write_shard(engine::Transaction& transaction, const Shard& shard);
void erase_shard(engine::Transaction& transaction, const Shard& shard);

// Calls the one that fits for each row of this part of the catalog. kCorrupt as above.
struct RowVisitor {
  std::function<void(Stream)> stream;  // before its shards
  std::function<void(Shard)> shard;    // in order of stream and id
  std::function<void(engine::CellId, engine::Position)> hidden;
};
engine::Result<void> visit_rows(engine::Reader& reader, const RowVisitor& visitor);

engine::Error corrupt_row(std::string_view what);

}  // namespace millrace::dynamodb::stream
