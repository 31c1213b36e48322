// Which permissions an operation needs: what IAM's service authorization reference says of each
// action and its resources. An operation on several resources needs a permission for each.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/request_context.h"
#include "iam/permission.h"

namespace millrace::iam {

// What a PartiQL statement does.
struct StatementAccess {
  std::string verb;  // "Select", "Insert", "Update" or "Delete"
  std::string table;
  std::string index;  // empty: none
};

// What only DynamoDB itself knows.
struct TableFacts {
  // Nothing if the statement cannot be read.
  std::function<std::optional<StatementAccess>(std::string_view statement)> statement_access;
  // The name of the partition key of a table or, if `index` is not empty, of its index; empty if
  // there is none. `table` is a bare name.
  std::function<std::string(const aws::RequestContext& context, std::string_view table,
                            std::string_view index)>
      partition_key;
};

// `service` as in the operation registry. Empty: anybody may call it. Nothing: it cannot be told
// what the request would touch, so it must be refused.
std::optional<std::vector<Permission>> required_permissions(const aws::RequestContext& context,
                                                            std::string_view service,
                                                            const nlohmann::json& input,
                                                            const TableFacts& facts);

// The part for DynamoDB and DynamoDB Streams.
std::optional<std::vector<Permission>> table_permissions(const aws::RequestContext& context,
                                                         std::string_view service,
                                                         const nlohmann::json& input,
                                                         const TableFacts& facts);

// The member of the request, from its path or its body; empty if it has none.
std::string text_member(const aws::RequestContext& context, const nlohmann::json& input,
                        const std::string& name);

}  // namespace millrace::iam
