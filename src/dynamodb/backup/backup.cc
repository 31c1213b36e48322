#include "dynamodb/backup/backup.h"

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "dynamodb/table/catalog_rows.h"
#include "dynamodb/table/table_codec.h"
#include "engine/cells.h"

namespace millrace::dynamodb::backup {

namespace {

constexpr int kVersion = 1;

table::TablePtr table_from(const nlohmann::json& text) {
  auto table = table::decode_table(text.get<std::string>());
  if (!table) return nullptr;
  table::add_derived(*table);
  return std::make_shared<const table::Table>(std::move(*table));
}

}  // namespace

std::string_view to_string(BackupType type) {
  return type == BackupType::kUser ? "USER" : "SYSTEM";
}

std::string backup_rows_prefix() {
  return {static_cast<char>(engine::KeyPrefix::kTableCatalog), 'B'};
}

std::string backup_row_key(const Backup& backup) {
  std::string key = backup_rows_prefix();
  append_u64(key, backup.content->number);
  return key;
}

std::string encode_backup(const Backup& backup) {
  nlohmann::json document = {{"version", kVersion},
                             {"arn", backup.arn},
                             {"name", backup.name},
                             {"type", to_string(backup.type)},
                             {"available", backup.available},
                             {"created", backup.created.time_since_epoch().count()},
                             {"items", backup.items},
                             {"bytes", backup.bytes},
                             {"table", table::encode_table(*backup.table)},
                             {"content", table::encode_table(*backup.content)}};
  return document.dump();
}

BackupPtr decode_backup(std::string_view text) {
  try {
    auto document = nlohmann::json::parse(text);
    if (document.at("version").get<int>() != kVersion) return nullptr;
    auto backup = std::make_shared<Backup>();
    document.at("arn").get_to(backup->arn);
    document.at("name").get_to(backup->name);
    bool user = document.at("type").get<std::string>() == to_string(BackupType::kUser);
    backup->type = user ? BackupType::kUser : BackupType::kSystem;
    document.at("available").get_to(backup->available);
    backup->created = Timestamp(Duration(document.at("created").get<int64_t>()));
    document.at("items").get_to(backup->items);
    document.at("bytes").get_to(backup->bytes);
    backup->table = table_from(document.at("table"));
    backup->content = table_from(document.at("content"));
    if (!backup->table || !backup->content) return nullptr;
    return backup;
  } catch (const std::exception&) {
    return nullptr;
  }
}

}  // namespace millrace::dynamodb::backup
