// Finding changes in a stream: those of an item, or one by its sequence number or event id. Streams
// have no index for that; a search reads the log page by page, so that it can be spread over time.
//
// Not thread-safe.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dynamodb/item/attribute_value.h"
#include "dynamodb/stream/stream_store.h"

namespace millrace::dynamodb::stream {

// Which items, by their primary key or a part of it.
class KeyPattern {
 public:
  // {"pk":{"S":"ada"},"sk":{"N":"5"}}, or pk=ada,sk=5 (whatever the attributes' types are). The
  // error is a sentence for the user.
  static Result<KeyPattern, std::string> parse(std::string_view text);
  // Whether the keys of a change record match.
  bool matches(std::string_view encoded_keys) const;

 private:
  struct Member {
    std::string name;
    std::optional<AttributeValue> value;
    std::string text;  // if there is no value
  };
  std::vector<Member> members_;
};

// The keys of a change record as DynamoDB JSON.
std::string keys_json(std::string_view encoded_keys);
// And back; nothing if it is not an item.
std::optional<std::string> encode_keys_json(const std::string& keys);

class ChangeSearch {
 public:
  // Called for each record, a shard's in order, parents before children, until it returns false.
  using Visitor = std::function<bool(const Shard& shard, const StreamRecord& record)>;
  // Looks at the shards in `after`, each from that position on. `streams` must outlive the search.
  ChangeSearch(const StreamStore& streams, StreamPtr stream,
               std::map<std::string, engine::Position> after, Visitor visit);
  // All of the stream.
  ChangeSearch(const StreamStore& streams, StreamPtr stream, Visitor visit);

  // Reads one page. False if there is no more.
  bool step();
  uint64_t records_seen() const { return records_seen_; }
  // The last record that was there when step() came to it has been seen.
  bool is_complete() const { return shard_ >= stream_->shards.size(); }

 private:
  const StreamStore& streams_;
  const StreamPtr stream_;
  const bool all_;
  const std::map<std::string, engine::Position> after_;
  const Visitor visit_;
  size_t shard_ = 0;
  std::optional<engine::Position> next_after_;  // in that shard
  uint64_t records_seen_ = 0;
};

struct FoundRecord {
  Shard shard;
  StreamRecord record;
};
// The records with this sequence number that the stream still has: one for each of its lineages at
// most.
std::vector<FoundRecord> find_by_position(const StreamStore& streams, const Stream& stream,
                                          engine::Position position);
std::optional<FoundRecord> find_by_event_id(const StreamStore& streams, const Stream& stream,
                                            std::string_view event_id);

// The shards that descend from this one.
std::vector<std::string> descendants(const Stream& stream, const std::string& shard_id);

}  // namespace millrace::dynamodb::stream
