// Resource policies of tables and their streams: what may be put, how it is told again, and where
// it is kept. Nobody is refused because of one.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "aws/api_error.h"
#include "aws/request_context.h"
#include "base/clock.h"
#include "dynamodb/operation/constraint_list.h"
#include "dynamodb/table/table_catalog.h"

namespace millrace::dynamodb::operation {

// Member constraints of the operations.
void check_policy_arn(ConstraintList& constraints, const std::optional<std::string>& resource_arn);
void check_revision(ConstraintList& constraints, const std::optional<std::string>& revision);

// The resource of ResourceArn.
struct PolicyTarget {
  table::TablePtr table;
  std::string arn;
  std::string stream_label;  // empty: the table itself
};
// Errors: ValidationException for what is no ARN of a table or stream of the caller's account and
// region, ResourceNotFoundException. Of a table's streams, only the latest one is found.
aws::Result<PolicyTarget> find_policy_target(const table::TableCatalog& catalog,
                                             const aws::RequestContext& context,
                                             const std::optional<std::string>& resource_arn);

// The document in DynamoDB's own form: without white space, members in a fixed order, single
// elements without their list. Errors: ValidationException for what is not a policy, is too long or
// would let everybody in.
aws::Result<std::string> canonical_policy(const aws::RequestContext& context,
                                          const std::string& document);

struct ResourcePolicy {
  std::string document;     // canonical; empty: it was deleted
  std::string revision_id;  // when it was changed last; empty: never
};
ResourcePolicy kept_policy(const table::Table& table, const std::string& stream_label);
// Sets the document and gives it a revision of its own.
ResourcePolicy keep_policy(table::Table& table, const std::string& stream_label,
                           std::string document, Timestamp now);
// That of a new table.
void keep_first_policy(std::map<std::string, std::string>& settings, const std::string& document,
                       Timestamp now);

// Of a write that names the revision that it expects. Error: PolicyNotFoundException.
aws::Result<void> check_expected_revision(const table::Table& table, const ResourcePolicy& kept,
                                          const std::optional<std::string>& expected);

}  // namespace millrace::dynamodb::operation
