#include "lambda/function/lambda_error.h"
#include "lambda/operation/function/change_operation.h"
#include "lambda/operation/function/operations.h"

namespace millrace::lambda::operation {
namespace {

aws::OperationHandler refused(std::string text) {
  return [text = std::move(text)](const aws::ContextPtr&, const std::string&,
                                  aws::Respond respond) { respond(invalid_parameter(text)); };
}

constexpr char kNoVersions[] =
    "Versions and aliases are not supported by millrace yet: functions have $LATEST only.";

}  // namespace

void register_operations(aws::OperationRegistry& registry, const Dependencies& d) {
  auto read = [&](const char* name, aws::OperationHandler handler) {
    registry.add("lambda", name, std::move(handler));
  };
  ChangeQueue changes(d.changes);
  auto change = [&](const char* name, aws::OperationHandler handler) {
    registry.add("lambda", name, changes.run_later(std::move(handler)));
  };
  change("CreateFunction", create_function(d));
  change("UpdateFunctionCode", update_function_code(d));
  change("UpdateFunctionConfiguration", update_function_configuration(d));
  change("DeleteFunction", delete_function(d));
  read("GetFunction", get_function(d));
  read("GetFunctionConfiguration", get_function_configuration(d));
  read("ListFunctions", list_functions(d));
  read("ListVersionsByFunction", list_versions_by_function(d));
  read("Invoke", invoke(d));
  change("PutFunctionConcurrency", put_function_concurrency(d));
  change("DeleteFunctionConcurrency", delete_function_concurrency(d));
  read("GetFunctionConcurrency", get_function_concurrency(d));
  change("TagResource", tag_resource(d));
  change("UntagResource", untag_resource(d));
  read("ListTags", list_tags(d));
  change("AddPermission", add_permission(d));
  change("RemovePermission", remove_permission(d));
  read("GetPolicy", get_policy(d));
  read("GetAccountSettings", get_account_settings(d));
  read("GetFunctionCodeSigningConfig", get_function_code_signing_config(d));
  read("GetRuntimeManagementConfig", get_runtime_management_config(d));
  read("GetFunctionRecursionConfig", get_function_recursion_config(d));
  change("PutFunctionRecursionConfig", put_function_recursion_config(d));
  for (const char* name :
       {"PublishVersion", "CreateAlias", "GetAlias", "UpdateAlias", "DeleteAlias", "ListAliases"}) {
    read(name, refused(kNoVersions));
  }
}

}  // namespace millrace::lambda::operation
