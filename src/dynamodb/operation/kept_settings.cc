#include "dynamodb/operation/kept_settings.h"

#include <memory>
#include <nlohmann/json.hpp>

#include "dynamodb/operation/control_operation.h"

namespace millrace::dynamodb::operation {
namespace {

// Names of indexes have no slash.
constexpr char kIndexSeparator = '/';

}  // namespace

std::string setting_name(const std::string& setting, const std::string& index) {
  return index.empty() ? setting : setting + kIndexSeparator + index;
}

nlohmann::json kept_setting(const table::Table& table, const std::string& name) {
  auto kept = table.kept_settings.find(name);
  if (kept == table.kept_settings.end() || kept->second.empty()) return nullptr;
  auto document = nlohmann::json::parse(kept->second, nullptr, false);
  return document.is_discarded() ? nlohmann::json() : document;
}

void keep_setting(table::Table& table, const std::string& name, const nlohmann::json& document) {
  if (document.is_null()) {
    table.kept_settings.erase(name);
  } else {
    table.kept_settings[name] = document.dump();
  }
}

void forget_index_settings(table::Table& table, const std::string& index) {
  std::string ending = kIndexSeparator + index;
  std::erase_if(table.kept_settings,
                [&](const auto& setting) { return setting.first.ends_with(ending); });
}

aws::OperationHandler settings_operation(table::TableCatalog& catalog, SettingsFunction function) {
  return later_operation([&catalog, function = std::move(function)](
                             const aws::RequestContext& context,
                             json::Value input) -> aws::Result<LaterWork> {
    MILLRACE_TRY(SettingsChange change, function(context, input));
    return LaterWork([&catalog, context, change = std::move(change)](LaterAnswer respond) mutable {
      auto answer = std::make_shared<nlohmann::json>();
      table::TableUpdate update;
      update.edit = [answer, edit = std::move(change.edit)](
                        const table::Table&, table::Table& after) -> aws::Result<void> {
        MILLRACE_TRY(*answer, edit(after));
        return {};
      };
      catalog.update(
          context, std::move(change.table_name), std::move(update),
          [answer, respond = std::move(respond)](aws::Result<table::TablePtr> table) mutable {
            if (!table) return respond(Unexpected(std::move(table).error()));
            respond(std::move(*answer));
          });
    });
  });
}

}  // namespace millrace::dynamodb::operation
