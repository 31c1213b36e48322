#include "dynamodb/operation/put_resource_policy.h"

#include <nlohmann/json.hpp>

#include "dynamodb/operation/constraint_list.h"
#include "dynamodb/operation/kept_settings.h"
#include "dynamodb/operation/request_reader.h"
#include "dynamodb/operation/resource_policy.h"

namespace millrace::dynamodb::operation {
namespace {

struct Input {
  std::optional<std::string> resource_arn, policy, expected_revision;
  std::optional<bool> confirm_remove_self_access;  // lets in what would lock its writer out
};

aws::Result<void> check_input(const Input& input) {
  ConstraintList constraints;
  check_policy_arn(constraints, input.resource_arn);
  constraints.require(input.policy, "policy");
  check_revision(constraints, input.expected_revision);
  return constraints.result();
}

}  // namespace

aws::OperationHandler put_resource_policy(const Dependencies& dependencies) {
  table::TableCatalog& catalog = dependencies.catalog;
  return settings_operation(
      catalog,
      [&catalog](const aws::RequestContext& context,
                 json::Value root) -> aws::Result<SettingsChange> {
        MILLRACE_TRY(Input input, read_request(root, [](RequestReader& reader) {
                       return Input{reader.string("ResourceArn"), reader.string("Policy"),
                                    reader.string("ExpectedRevisionId"),
                                    reader.boolean("ConfirmRemoveSelfResourceAccess")};
                     }));
        MILLRACE_CHECK_OK(check_input(input));
        MILLRACE_TRY(PolicyTarget target, find_policy_target(catalog, context, input.resource_arn));
        MILLRACE_TRY(std::string document, canonical_policy(context, *input.policy));
        auto edit = [&catalog, label = target.stream_label, expected = input.expected_revision,
                     document](table::Table& table) -> aws::Result<nlohmann::json> {
          ResourcePolicy kept = kept_policy(table, label);
          MILLRACE_CHECK_OK(check_expected_revision(table, kept, expected));
          // The same policy again is no other revision.
          if (kept.document != document) kept = keep_policy(table, label, document, catalog.now());
          return nlohmann::json{{"RevisionId", kept.revision_id}};
        };
        return SettingsChange{target.table->name, std::move(edit)};
      });
}

}  // namespace millrace::dynamodb::operation
