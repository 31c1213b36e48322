#include "dynamodb/item/item_codec.h"
#include "dynamodb/item/item_json.h"
#include "dynamodb/stream/change_record.h"

namespace millrace::dynamodb::stream {
namespace {

bool shows_new_image(ViewType type) {
  return type == ViewType::kNewImage || type == ViewType::kNewAndOldImages;
}
bool shows_old_image(ViewType type) {
  return type == ViewType::kOldImage || type == ViewType::kNewAndOldImages;
}

// The member "dynamodb". Its size counts the keys and each image that is shown; key attributes are
// counted again within an image, as AWS does.
void append_change_json(std::string& out, const ChangeRecord& record, engine::Position position,
                        const RecordView& view) {
  out += "\"dynamodb\":{\"ApproximateCreationDateTime\":";
  out += std::to_string(to_unix_seconds(record.time));
  if (!view.arn.empty()) out += ".0";
  out += ",\"Keys\":";
  append_encoded_item_json(out, record.keys);
  size_t size_bytes = encoded_item_size_bytes(record.keys);
  if (record.new_image && shows_new_image(view.view_type)) {
    out += ",\"NewImage\":";
    append_encoded_item_json(out, *record.new_image);
    size_bytes += encoded_item_size_bytes(*record.new_image);
  }
  if (record.old_image && shows_old_image(view.view_type)) {
    out += ",\"OldImage\":";
    append_encoded_item_json(out, *record.old_image);
    size_bytes += encoded_item_size_bytes(*record.old_image);
  }
  out += ",\"SequenceNumber\":\"";
  out += sequence_number(position);
  out += "\",\"SizeBytes\":";
  out += std::to_string(size_bytes);
  out += ",\"StreamViewType\":\"";
  out += to_string(view.view_type);
  out += "\"}";
}

}  // namespace

void append_record_json(std::string& out, const ChangeRecord& record, engine::CellId cell,
                        engine::Position position, const RecordView& view) {
  bool for_function = !view.arn.empty();
  out += "{\"eventID\":\"";
  out += event_id(cell, position);
  out += "\",\"eventName\":\"";
  out += to_string(record.kind);
  out += "\",\"eventVersion\":\"1.1\",\"eventSource\":\"aws:dynamodb\",\"awsRegion\":";
  append_json_string(out, view.region);
  out += ',';
  append_change_json(out, record, position, view);
  if (record.by_time_to_live) {
    out += for_function
               ? R"(,"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"})"
               : R"(,"userIdentity":{"Type":"Service","PrincipalId":"dynamodb.amazonaws.com"})";
  }
  if (for_function) {
    out += ",\"eventSourceARN\":";
    append_json_string(out, view.arn);
  }
  out += '}';
}

}  // namespace millrace::dynamodb::stream
