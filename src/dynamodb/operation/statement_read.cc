#include "dynamodb/operation/statement_read.h"

#include <algorithm>
#include <memory>

#include "dynamodb/item/item_codec.h"
#include "dynamodb/item/item_json.h"
#include "dynamodb/operation/key_range.h"
#include "dynamodb/operation/key_validation.h"
#include "dynamodb/partiql/key_plan.h"

namespace millrace::dynamodb::operation {
namespace {

std::string column_name(const expression::DocumentPath& path) {
  std::string indexes;
  for (size_t i = path.elements.size(); i-- > 0;) {
    if (const auto* name = std::get_if<std::string>(&path.elements[i])) return *name + indexes;
    indexes = '[' + std::to_string(std::get<uint32_t>(path.elements[i])) + ']' + indexes;
  }
  return indexes;
}

}  // namespace

Columns::Columns(std::vector<expression::DocumentPath> paths) : paths_(std::move(paths)) {
  for (const auto& path : paths_) {
    names_.push_back(column_name(path));
    attributes_.push_back(path.attribute());
  }
  std::sort(attributes_.begin(), attributes_.end());
  attributes_.erase(std::unique(attributes_.begin(), attributes_.end()), attributes_.end());
}

void Columns::append_item(std::string& out, std::string_view encoded) const {
  if (paths_.empty()) {
    append_encoded_item_json(out, encoded);
    return;
  }
  const Item item = find_attributes(encoded, attributes_);
  Item row;
  for (size_t i = 0; i < paths_.size(); ++i) {
    if (const AttributeValue* value = expression::find_value(item, paths_[i])) {
      row.insert_or_assign(names_[i], *value);
    }
  }
  append_json(out, row);
}

aws::Result<void> check_single_attribute_keys(const table::Index& index) {
  if (index.partition_key.size() <= 1 && index.sort_key.size() <= 1) return {};
  return aws::validation_error(
      "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or "
      "multi-attribute RANGE keys.");
}

aws::Result<std::optional<KeyedRead>> make_keyed_read(table::TablePtr table,
                                                      partiql::Statement statement) {
  const table::Index* index =
      statement.source.index ? table->find_index(*statement.source.index) : nullptr;
  if (index != nullptr) MILLRACE_CHECK_OK(check_single_attribute_keys(*index));
  if (statement.source.index || !statement.order.empty()) return std::optional<KeyedRead>();
  auto key = partiql::full_key(statement.where.get(), key_schema(*table, nullptr));
  if (!key) return std::optional<KeyedRead>();
  MILLRACE_CHECK_OK(check_key(*table, *key));
  KeyedRead read;
  read.key = {std::move(table), std::move(*key)};
  read.filter = std::make_shared<const expression::Condition>(std::move(statement.where));
  read.columns = Columns(std::move(statement.columns));
  return std::optional<KeyedRead>(std::move(read));
}

bool append_read_item(std::string& out, const KeyedRead& read, const table::StoredItem& item) {
  if (!item.exists() || !read.filter->evaluate_encoded(item.encoded())) return false;
  read.columns.append_item(out, item.encoded());
  return true;
}

}  // namespace millrace::dynamodb::operation
