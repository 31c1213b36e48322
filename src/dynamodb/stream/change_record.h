// A change of one item, as a cell's log keeps it (docs/formats/change-records.md) and as clients
// see it. Written by dynamodb/table in the item's own commit, read by everything that follows a
// log.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "engine/engine.h"

namespace millrace::dynamodb::stream {

enum class ChangeKind : uint8_t { kInsert = 1, kModify = 2, kRemove = 3 };
std::string_view to_string(ChangeKind kind);  // "INSERT", "MODIFY", "REMOVE"

enum class ViewType : uint8_t { kKeysOnly = 1, kNewImage = 2, kOldImage = 3, kNewAndOldImages = 4 };
std::string_view to_string(ViewType type);  // "KEYS_ONLY", ...
std::optional<ViewType> parse_view_type(std::string_view text);

// Images are encoded items (dynamodb/item/item_codec.h). Which images a record holds depends on
// what follows the log (a stream's view type, indexes); a reader shows at most its own view.
struct ChangeRecord {
  ChangeKind kind;
  Timestamp time;    // of the commit; never runs backwards within a lineage of shards
  std::string keys;  // encoded item of the primary key attributes
  std::optional<std::string> old_image;
  std::optional<std::string> new_image;
  bool by_time_to_live = false;  // shown as userIdentity of the service
  std::string trace_id;          // the writing request's id, so that a change can be traced back
};

std::string encode_change(const ChangeRecord& record);
// Nothing if the bytes are not a change record.
std::optional<ChangeRecord> decode_change(std::string_view encoded);
// Only its time, without looking at the rest.
std::optional<Timestamp> decode_change_time(std::string_view encoded);

// "1" and the position in 20 digits: 21 digits, as AWS's clients require.
std::string sequence_number(engine::Position position);
// Nothing if it is not such a number.
std::optional<engine::Position> parse_sequence_number(std::string_view text);

// Equal for records of items with the same partition key, as long as the process runs.
uint64_t partition_key_hash(const ChangeRecord& record, std::string_view partition_key_name);

// 32 lower-case hexadecimal digits, the same whenever this record is read.
std::string event_id(engine::CellId cell, engine::Position position);
// Where the record with this id would be in the cell; nothing if it is not an id of this cell.
std::optional<engine::Position> event_position(engine::CellId cell, std::string_view id);

// The record as GetRecords and functions see it, appended as a JSON object. `arn` empty: as in
// GetRecords (whole seconds, no eventSourceARN, capitalised userIdentity members); else as in a
// Lambda event (facts: seconds as a float, eventSourceARN, lower-case userIdentity members).
struct RecordView {
  ViewType view_type;
  std::string_view region;
  std::string_view arn;
};
void append_record_json(std::string& out, const ChangeRecord& record, engine::CellId cell,
                        engine::Position position, const RecordView& view);

}  // namespace millrace::dynamodb::stream
