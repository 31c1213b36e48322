// The token that GetShardIterator hands out: a position in a shard and when it was issued. It is
// not a cursor: reading from it again gives the same records. Signed, so that nobody reads at a
// place that the server did not name. Pure functions.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "engine/engine.h"

namespace millrace::dynamodb::operation {

struct ShardIterator {
  std::string stream_arn;
  std::string shard_id;
  engine::Position after;
  Timestamp issued;
};

// How long iterators can be used: 15 minutes, or until a test expires all of them. Thread-safe.
class IteratorExpiry {
 public:
  // When an iterator that is given out now counts as issued: after the last expiry, also if the
  // clock stands still.
  Timestamp issued(Timestamp now) const;
  bool is_expired(Timestamp issued, Timestamp now) const;
  // All that were given out so far are expired.
  void expire_all(Timestamp now) { expired_until_.store(issued(now)); }

 private:
  std::atomic<Timestamp> expired_until_{Timestamp::min()};
};

// `<stream ARN>|1|<base64>`, as AWS's look. `secret` is StreamStore::iterator_secret().
std::string encode_shard_iterator(const ShardIterator& iterator, std::string_view secret);
// Nothing if this is not a token that was signed with the secret.
std::optional<ShardIterator> decode_shard_iterator(std::string_view text, std::string_view secret);

}  // namespace millrace::dynamodb::operation
