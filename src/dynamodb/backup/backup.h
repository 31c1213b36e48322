// A backup: what a table was, and all its items, at one moment. Immutable snapshots, shared freely.
//
// The items are kept like those of a table, under a number and in cells of the backup's own: its
// content. Nothing but a restore reads them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "dynamodb/table/table.h"

namespace millrace::dynamodb::backup {

enum class BackupType : uint8_t { kUser, kSystem };
std::string_view to_string(BackupType type);

// A system backup, made of a table that is deleted while it has point-in-time recovery, is kept so
// long.
inline constexpr Duration kSystemBackupAge = std::chrono::hours(24 * 35);

struct Backup {
  std::string arn, name;
  BackupType type = BackupType::kUser;
  bool available = false;  // its content is complete
  Timestamp created;
  int64_t items = 0, bytes = 0;
  table::TablePtr table;    // as it was
  table::TablePtr content;  // without indexes

  std::optional<Timestamp> expires() const {
    if (type == BackupType::kUser) return std::nullopt;
    return created + kSystemBackupAge;
  }
};
using BackupPtr = std::shared_ptr<const Backup>;

// The row of kTableCatalogCell that keeps a backup (docs/formats/backups.md).
std::string backup_rows_prefix();
std::string backup_row_key(const Backup& backup);
std::string encode_backup(const Backup& backup);
// Null if the text is not such a row's.
BackupPtr decode_backup(std::string_view text);

}  // namespace millrace::dynamodb::backup
