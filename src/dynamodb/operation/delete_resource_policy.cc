#include "dynamodb/operation/delete_resource_policy.h"

#include <nlohmann/json.hpp>

#include "dynamodb/operation/constraint_list.h"
#include "dynamodb/operation/kept_settings.h"
#include "dynamodb/operation/request_reader.h"
#include "dynamodb/operation/resource_policy.h"

namespace millrace::dynamodb::operation {
namespace {

struct Input {
  std::optional<std::string> resource_arn, expected_revision;
};

aws::Result<void> check_input(const Input& input) {
  ConstraintList constraints;
  check_policy_arn(constraints, input.resource_arn);
  check_revision(constraints, input.expected_revision);
  return constraints.result();
}

}  // namespace

aws::OperationHandler delete_resource_policy(const Dependencies& dependencies) {
  table::TableCatalog& catalog = dependencies.catalog;
  return settings_operation(
      catalog,
      [&catalog](const aws::RequestContext& context,
                 json::Value root) -> aws::Result<SettingsChange> {
        MILLRACE_TRY(
            Input input, read_request(root, [](RequestReader& reader) {
              return Input{reader.string("ResourceArn"), reader.string("ExpectedRevisionId")};
            }));
        MILLRACE_CHECK_OK(check_input(input));
        MILLRACE_TRY(PolicyTarget target, find_policy_target(catalog, context, input.resource_arn));
        auto edit = [&catalog, label = target.stream_label, expected = input.expected_revision](
                        table::Table& table) -> aws::Result<nlohmann::json> {
          ResourcePolicy kept = kept_policy(table, label);
          MILLRACE_CHECK_OK(check_expected_revision(table, kept, expected));
          if (!kept.document.empty()) kept = keep_policy(table, label, "", catalog.now());
          auto answer = nlohmann::json::object();
          // Deleting again tells of the deletion; where there never was one, nothing.
          if (!kept.revision_id.empty()) answer["RevisionId"] = kept.revision_id;
          return answer;
        };
        return SettingsChange{target.table->name, std::move(edit)};
      });
}

}  // namespace millrace::dynamodb::operation
