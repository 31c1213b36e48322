// Rows that remember the tokens of idempotent writes for 10 minutes (docs/formats/tables.md),
// written in the write's own transaction: a token is known exactly when its write is.
//
// They are rows, and not the engine's transaction ids, because a repeated token with another
// request must be told from a repeated request, and the two may write different cells.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/encoding.h"
#include "engine/engine.h"

namespace millrace::dynamodb::table {

class TokenRow {
 public:
  TokenRow(std::string_view account, std::string_view region, std::string_view token,
           std::string request_digest);

  // The cell that a transaction using this must name.
  engine::CellId cell() const;

  enum class Seen { kNever, kSameRequest, kOtherRequest };
  engine::Result<Seen> look(engine::Reader& reader, Timestamp now) const;

  // Remembers the token, and forgets a few that have expired. After look() said kNever.
  engine::Result<void> put(engine::Transaction& transaction, Timestamp now) const;

 private:
  std::string token_key() const;
  std::string expiry_key(int64_t expires_millis) const;
  engine::Result<void> erase_expired(engine::Transaction& transaction, Timestamp now) const;

  Digest128 name_;
  std::string request_digest_;
};

}  // namespace millrace::dynamodb::table
