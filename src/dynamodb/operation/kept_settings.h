// Settings of a table that are kept and told and decide nothing about its items: JSON documents by
// name in Table::kept_settings, so they are as durable as the table and go with it.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "aws/operation.h"
#include "dynamodb/item/json_reader.h"
#include "dynamodb/table/table_catalog.h"

namespace millrace::dynamodb::operation {

// The name of a setting that each index has for itself; `index` empty: the table's own.
std::string setting_name(const std::string& setting, const std::string& index);

// Null if there is none.
nlohmann::json kept_setting(const table::Table& table, const std::string& name);
// A null document forgets it.
void keep_setting(table::Table& table, const std::string& name, const nlohmann::json& document);
// For an index that is created or deleted: what one of its name had.
void forget_index_settings(table::Table& table, const std::string& index);

// What an operation does to the settings of a table, with its answer. It is called when no other
// change of the table is under way.
using SettingsEdit = std::function<aws::Result<nlohmann::json>(table::Table& table)>;
struct SettingsChange {
  std::string table_name;
  SettingsEdit edit;
};
// An operation that changes settings: the change, now that the input has turned out valid.
using SettingsFunction = std::function<aws::Result<SettingsChange>(
    const aws::RequestContext& context, json::Value input)>;
aws::OperationHandler settings_operation(table::TableCatalog& catalog, SettingsFunction function);

}  // namespace millrace::dynamodb::operation
