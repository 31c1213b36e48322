// The operations of Lambda that are about functions. (Those about event source mappings are in
// operation/mapping/.) A file for each, or for those of one subject.
#pragma once

#include "aws/operation.h"
#include "base/executor.h"
#include "lambda/function/asynchronous_invoker.h"
#include "lambda/function/code_store.h"
#include "lambda/function/function_catalog.h"
#include "lambda/function/invoker.h"
#include "lambda/function/tag_owner.h"
#include "lambda/operation/function/code_links.h"

namespace millrace::lambda::operation {

// What the handlers work with; all of it must outlive them.
struct Dependencies {
  FunctionCatalog& catalog;
  CodeStore& code;
  Invoker& invoker;
  AsynchronousInvoker& asynchronous;
  // One thread, which may wait: everything that changes functions runs on it.
  Executor& changes;
  // For what would keep an I/O thread for long without changing anything.
  Executor& workers;
  const CodeLinks& links;
  const TagOwners& tag_owners;
};

// Adds all of them as service "lambda".
void register_operations(aws::OperationRegistry& registry, const Dependencies& dependencies);

aws::OperationHandler create_function(const Dependencies& dependencies);
aws::OperationHandler get_function(const Dependencies& dependencies);
aws::OperationHandler get_function_configuration(const Dependencies& dependencies);
aws::OperationHandler list_functions(const Dependencies& dependencies);
aws::OperationHandler list_versions_by_function(const Dependencies& dependencies);
aws::OperationHandler update_function_code(const Dependencies& dependencies);
aws::OperationHandler update_function_configuration(const Dependencies& dependencies);
aws::OperationHandler delete_function(const Dependencies& dependencies);
aws::OperationHandler invoke(const Dependencies& dependencies);
aws::OperationHandler put_function_concurrency(const Dependencies& dependencies);
aws::OperationHandler get_function_concurrency(const Dependencies& dependencies);
aws::OperationHandler delete_function_concurrency(const Dependencies& dependencies);
aws::OperationHandler tag_resource(const Dependencies& dependencies);
aws::OperationHandler untag_resource(const Dependencies& dependencies);
aws::OperationHandler list_tags(const Dependencies& dependencies);
aws::OperationHandler add_permission(const Dependencies& dependencies);
aws::OperationHandler get_policy(const Dependencies& dependencies);
aws::OperationHandler remove_permission(const Dependencies& dependencies);
aws::OperationHandler get_account_settings(const Dependencies& dependencies);
aws::OperationHandler get_function_code_signing_config(const Dependencies& dependencies);
aws::OperationHandler get_runtime_management_config(const Dependencies& dependencies);
aws::OperationHandler get_function_recursion_config(const Dependencies& dependencies);
aws::OperationHandler put_function_recursion_config(const Dependencies& dependencies);

}  // namespace millrace::lambda::operation
