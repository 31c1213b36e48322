// What the operations of DynamoDB and DynamoDB Streams need.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "aws/arn.h"
#include "iam/required_permissions.h"

namespace millrace::iam {
namespace {

using aws::RequestContext;
using nlohmann::json;

constexpr char kLeadingKeys[] = "dynamodb:leadingkeys";

// Members stand for what they are whatever is around them: of another type, they are not there.
const json& member(const json& object, const std::string& name) {
  static const json kNone;
  if (!object.is_object()) return kNone;
  auto found = object.find(name);
  return found == object.end() ? kNone : *found;
}

std::string text(const json& object, const std::string& name) {
  const json& value = member(object, name);
  return value.is_string() ? value.get<std::string>() : "";
}

// Whether a number has no other text: "1" and "1.0" are the same item.
bool is_plain_integer(std::string_view number) {
  if (number == "0") return true;
  if (number.starts_with('-')) number.remove_prefix(1);
  return !number.empty() && number.front() != '0' &&
         std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A value in DynamoDB's JSON, as conditions compare it.
std::optional<std::string> scalar(const json& value) {
  for (const char* type : {"S", "B", "N"}) {
    const json& found = member(value, type);
    if (!found.is_string()) continue;
    auto text = found.get<std::string>();
    if (*type == 'N' && !is_plain_integer(text)) continue;
    return text;
  }
  return std::nullopt;
}

// The bare name in a table's name or ARN.
std::string bare_name(const std::string& table) {
  auto arn = aws::Arn::parse(table);
  if (!arn) return table;
  std::string name =
      arn->resource.substr(std::min(arn->resource.find('/') + 1, arn->resource.size()));
  return name.substr(0, name.find('/'));
}

class Needed {
 public:
  Needed(const RequestContext& context, const TableFacts& facts)
      : context_(context), facts_(facts) {}

  // `resource` is a table's name, or an ARN of DynamoDB.
  Permission& add(const std::string& operation, const std::string& resource,
                  const std::string& index = "") {
    aws::Arn arn = aws::make_arn(context_, "dynamodb", "table/" + resource);
    if (auto given = aws::Arn::parse(resource)) {
      arn = *given;
      arn.partition = context_.partition;
    }
    if (!index.empty()) arn.resource += "/index/" + index;
    permissions_.push_back({"dynamodb:" + operation, arn.text()});
    return permissions_.back();
  }
  void add_everywhere(const std::string& operation) {
    permissions_.push_back({"dynamodb:" + operation, "*"});
  }
  void add_resource(const std::string& operation, const std::string& resource) {
    permissions_.push_back(
        {"dynamodb:" + operation, aws::make_arn(context_, "dynamodb", resource).text()});
  }

  std::string partition_key(const std::string& table, const std::string& index = "") const {
    return facts_.partition_key ? facts_.partition_key(context_, bare_name(table), index) : "";
  }

  // The partition key in `item` is one that the request touches.
  void add_leading_key(Permission& permission, const std::string& partition_key,
                       const json& item) const {
    auto value = partition_key.empty() ? std::nullopt : scalar(member(item, partition_key));
    if (value) {
      permission.keys[kLeadingKeys].push_back(std::move(*value));
    } else {
      permission.untold_keys.insert(kLeadingKeys);
    }
  }

  bool add_statement(const json& statement, const std::string& enclosing) {
    auto access = facts_.statement_access ? facts_.statement_access(text(statement, "Statement"))
                                          : std::nullopt;
    if (!access) return false;
    Permission& permission = add("PartiQL" + access->verb, access->table, access->index);
    permission.untold_keys.insert(kLeadingKeys);
    if (!enclosing.empty()) permission.keys["dynamodb:enclosingoperation"] = {enclosing};
    return true;
  }

  std::vector<Permission> take() { return std::move(permissions_); }

 private:
  const RequestContext& context_;
  const TableFacts& facts_;
  std::vector<Permission> permissions_;
};

void add_batch_get(Needed& needed, const json& input) {
  for (const auto& [table, request] : member(input, "RequestItems").items()) {
    Permission& permission = needed.add("BatchGetItem", table);
    std::string name = needed.partition_key(table);
    for (const auto& [index, key] : member(request, "Keys").items()) {
      needed.add_leading_key(permission, name, key);
    }
  }
}

void add_batch_write(Needed& needed, const json& input) {
  for (const auto& [table, requests] : member(input, "RequestItems").items()) {
    Permission& permission = needed.add("BatchWriteItem", table);
    std::string name = needed.partition_key(table);
    for (const auto& [index, request] : requests.items()) {
      const json& put = member(member(request, "PutRequest"), "Item");
      const json& key = member(member(request, "DeleteRequest"), "Key");
      if (!put.is_null()) needed.add_leading_key(permission, name, put);
      if (!key.is_null()) needed.add_leading_key(permission, name, key);
    }
  }
}

void add_transaction(Needed& needed, const RequestContext& context, const json& input) {
  constexpr std::pair<const char*, const char*> kActions[] = {
      {"Get", "GetItem"},
      {"Put", "PutItem"},
      {"Update", "UpdateItem"},
      {"Delete", "DeleteItem"},
      {"ConditionCheck", "ConditionCheckItem"}};
  for (const auto& [index, item] : member(input, "TransactItems").items()) {
    for (const auto& [name, action] : kActions) {
      const json& part = member(item, name);
      if (part.is_null()) continue;
      std::string table = text(part, "TableName");
      Permission& permission = needed.add(action, table);
      permission.keys["dynamodb:enclosingoperation"] = {context.operation};
      needed.add_leading_key(permission, needed.partition_key(table),
                             member(part, member(part, "Item").is_null() ? "Key" : "Item"));
    }
  }
}

bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.' ||
         c == '#' || c == ':';
}

// The value that the key condition compares the partition key with: in a valid one, there is
// exactly one "name = :value" for it.
std::optional<std::string> queried_key(const json& input, const std::string& partition_key) {
  const json& legacy = member(member(input, "KeyConditions"), partition_key);
  if (!legacy.is_null()) {
    const json& values = member(legacy, "AttributeValueList");
    return values.is_array() && values.size() == 1 ? scalar(values[0]) : std::nullopt;
  }
  std::string expression = text(input, "KeyConditionExpression");
  for (size_t at = expression.find('='); at != std::string::npos;
       at = expression.find('=', at + 1)) {
    if (at > 0 && (expression[at - 1] == '<' || expression[at - 1] == '>')) continue;
    size_t left_end = at;
    while (left_end > 0 && std::isspace(static_cast<unsigned char>(expression[left_end - 1])))
      --left_end;
    size_t left = left_end;
    while (left > 0 && is_name_character(expression[left - 1])) --left;
    std::string name = expression.substr(left, left_end - left);
    if (name.starts_with('#')) name = text(member(input, "ExpressionAttributeNames"), name);
    if (name != partition_key) continue;
    size_t right = at + 1;
    while (right < expression.size() && std::isspace(static_cast<unsigned char>(expression[right])))
      ++right;
    size_t right_end = right;
    while (right_end < expression.size() && is_name_character(expression[right_end])) ++right_end;
    return scalar(member(member(input, "ExpressionAttributeValues"),
                         expression.substr(right, right_end - right)));
  }
  return std::nullopt;
}

void add_item_operation(Needed& needed, const RequestContext& context, const json& input) {
  std::string table = text(input, "TableName");
  std::string index = text(input, "IndexName");
  Permission& permission = needed.add(context.operation, table, index);
  std::string partition_key = needed.partition_key(table, index);
  if (context.operation == "Query") {
    auto value = partition_key.empty() ? std::nullopt : queried_key(input, partition_key);
    if (value) permission.keys[kLeadingKeys] = {std::move(*value)};
    if (!value) permission.untold_keys.insert(kLeadingKeys);
  } else if (context.operation != "Scan") {
    needed.add_leading_key(permission, partition_key,
                           member(input, context.operation == "PutItem" ? "Item" : "Key"));
  }
  for (const char* name : {"Select", "ReturnValues"}) {
    std::string value = text(input, name);
    std::string key = std::string("dynamodb:") + (*name == 'S' ? "select" : "returnvalues");
    if (!value.empty()) permission.keys[key] = {value};
  }
}

// Operations on tables, streams and tags, by the members that name what they are about.
void add_others(Needed& needed, const RequestContext& context, const json& input) {
  const std::string& operation = context.operation;
  if (operation == "ListTables") return needed.add_resource(operation, "table/*");
  if (operation == "ListStreams") {
    std::string table = text(input, "TableName");
    return needed.add_resource(operation,
                               "table/" + (table.empty() ? "*" : bare_name(table)) + "/stream/*");
  }
  bool found = false;
  for (const char* name : {"TableName", "ResourceArn", "StreamArn", "BackupArn", "SourceTableName",
                           "SourceTableArn", "TargetTableName"}) {
    std::string value = text(input, name);
    if (value.empty()) continue;
    needed.add(operation, value);
    found = true;
  }
  std::string iterator = text(input, "ShardIterator");  // begins with the stream's ARN; signed
  if (!iterator.empty()) {
    needed.add(operation, iterator.substr(0, iterator.find('|')));
    found = true;
  }
  std::string global = text(input, "GlobalTableName");
  if (!global.empty()) {
    needed.add_resource(operation, "global-table/" + global);
    found = true;
  }
  if (operation == "CreateTable" && !member(input, "Tags").empty()) {
    needed.add("TagResource", text(input, "TableName"));
  }
  if (!found) needed.add_everywhere(operation);
}

}  // namespace

std::optional<std::vector<Permission>> table_permissions(const RequestContext& context,
                                                         std::string_view service,
                                                         const json& input,
                                                         const TableFacts& facts) {
  constexpr std::string_view kItemOperations[] = {"GetItem",    "PutItem", "UpdateItem",
                                                  "DeleteItem", "Query",   "Scan"};
  const std::string& operation = context.operation;
  Needed needed(context, facts);
  if (service == "dynamodbstreams") {
    add_others(needed, context, input);
  } else if (std::count(std::begin(kItemOperations), std::end(kItemOperations), operation) > 0) {
    add_item_operation(needed, context, input);
  } else if (operation == "BatchGetItem") {
    add_batch_get(needed, input);
  } else if (operation == "BatchWriteItem") {
    add_batch_write(needed, input);
  } else if (operation == "TransactGetItems" || operation == "TransactWriteItems") {
    add_transaction(needed, context, input);
  } else if (operation == "ExecuteStatement") {
    if (!needed.add_statement(input, "")) return std::nullopt;
  } else if (operation == "BatchExecuteStatement" || operation == "ExecuteTransaction") {
    bool is_batch = operation == "BatchExecuteStatement";
    for (const auto& [i, one] :
         member(input, is_batch ? "Statements" : "TransactStatements").items()) {
      if (!needed.add_statement(one, is_batch ? "" : operation)) return std::nullopt;
    }
  } else {
    add_others(needed, context, input);
  }
  return needed.take();
}

}  // namespace millrace::iam
