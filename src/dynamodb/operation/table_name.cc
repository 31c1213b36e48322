#include "dynamodb/operation/table_name.h"

#include "aws/arn.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr size_t kControlNameLengthMin = 3;
constexpr std::string_view kTablePrefix = "table/";

// The parts of a table's ARN, with the table's name as resource; nothing if the text is not one.
std::optional<aws::Arn> parse_table_arn(std::string_view text) {
  auto arn = aws::Arn::parse(text);
  if (!arn || arn->service != "dynamodb" || arn->resource.rfind(kTablePrefix, 0) != 0) {
    return std::nullopt;
  }
  arn->resource.erase(0, kTablePrefix.size());
  if (!has_name_characters(arn->resource)) return std::nullopt;
  return arn;
}

}  // namespace

std::string plain_table_name(const aws::RequestContext& context, std::string_view name_or_arn) {
  auto arn = parse_table_arn(name_or_arn);
  if (arn && arn->account == context.account && arn->region == context.region) {
    return std::move(arn->resource);
  }
  return std::string(name_or_arn);
}

void check_table_name(ConstraintList& constraints, const std::optional<std::string>& table_name,
                      std::string_view path) {
  if (table_name && parse_table_arn(*table_name)) return;
  constraints.check_name(table_name, path, 1);
}

aws::Result<std::string> data_table_name(const aws::RequestContext& context, RequestLayer layer,
                                         const std::optional<std::string>& table_name) {
  ConstraintList constraints;
  constraints.require(table_name, "tableName");
  if (table_name && table_name->empty() && has_current_texts(layer)) {
    constraints.add(broken_constraint_at("TableName", length_at_least(1)));
  } else {
    check_table_name(constraints, table_name, "tableName");
  }
  MILLRACE_CHECK_OK(constraints.result());
  return plain_table_name(context, *table_name);
}

aws::Result<std::string> control_table_name(const aws::RequestContext& context,
                                            const std::optional<std::string>& table_name) {
  if (!table_name) {
    return aws::validation_error(
        "The parameter 'TableName' is required but was not present in the request");
  }
  ConstraintList constraints;
  if (!parse_table_arn(*table_name)) {
    constraints.check_name(table_name, "tableName", kControlNameLengthMin);
  }
  MILLRACE_CHECK_OK(constraints.result());
  return plain_table_name(context, *table_name);
}

aws::Result<table::TablePtr> find_for_data(const table::TableCatalog& catalog,
                                           const aws::RequestContext& context,
                                           std::string_view name) {
  table::TablePtr table = catalog.find(context.account, context.region, name);
  if (table == nullptr || table->status == table::TableStatus::kCreating ||
      table->status == table::TableStatus::kDeleting) {
    return aws::api_error(400, "ResourceNotFoundException", "Requested resource not found");
  }
  return table;
}

aws::Result<table::TablePtr> find_for_control(const table::TableCatalog& catalog,
                                              const aws::RequestContext& context,
                                              std::string_view name) {
  table::TablePtr table = catalog.find(context.account, context.region, name);
  if (table != nullptr) return table;
  auto arn = parse_table_arn(name);
  return aws::api_error(400, "ResourceNotFoundException",
                        "Requested resource not found: Table: " +
                            (arn ? arn->resource : std::string(name)) + " not found");
}

}  // namespace millrace::dynamodb::operation
