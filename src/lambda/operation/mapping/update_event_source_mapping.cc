#include <nlohmann/json.hpp>

#include "lambda/function/function_name.h"
#include "lambda/function/lambda_error.h"
#include "lambda/operation/function/constraints.h"
#include "lambda/operation/function/input.h"
#include "lambda/operation/mapping/mapping_answer.h"
#include "lambda/operation/mapping/mapping_settings.h"
#include "lambda/operation/mapping/operations.h"

namespace millrace::lambda::operation {
namespace {

struct Update {
  std::string uuid;
  std::string event_source_arn;
  FunctionReference function;  // as it will be
};

aws::Result<Update> check_update(const MappingDependencies& d, const aws::RequestContext& context,
                                 const json& input) {
  std::vector<std::string> broken;
  check_setting_constraints(input, broken);
  MILLRACE_CHECK_OK(result_of(broken));
  MILLRACE_TRY(auto view, find_mapping(d.manager, context, input));
  MILLRACE_CHECK_OK(check_destination(input, d.destination));
  MILLRACE_CHECK_OK(check_foreign_members(input));
  MILLRACE_CHECK_OK(check_limits(input));
  MILLRACE_CHECK_OK(check_filters(input));
  Update update{view.mapping->uuid, view.mapping->event_source_arn,
                view.mapping->settings.function};
  if (find_member(input, "FunctionName") != nullptr) {
    MILLRACE_TRY(update.function, parse_function_name(context, text_of(input, "FunctionName")));
    if (!d.functions.find(update.function)) return invalid_parameter("Function does not exist");
  }
  return update;
}

}  // namespace

aws::OperationHandler update_event_source_mapping(const MappingDependencies& d) {
  return aws::async_json_operation([d](const aws::ContextPtr& context, const json& input,
                                       aws::JsonRespond respond) {
    auto update = check_update(d, *context, input);
    if (!update) return respond(Unexpected(std::move(update).error()));
    // Once here, so that a wrong type is found before anything is stored.
    MappingSettings trial;
    apply_settings(input, trial);
    auto change = [input, function = update->function,
                   moves =
                       find_member(input, "FunctionName") != nullptr](MappingSettings& settings) {
      apply_settings(input, settings);
      if (moves) settings.function = function;
    };
    std::string uuid = update->uuid;
    d.manager.update(uuid, std::move(change),
                     [respond = std::move(respond), update = std::move(update).value()](
                         CatalogResult<MappingView> result) mutable {
                       if (result) return respond(mapping_answer(*result));
                       respond(catalog_error(result.error(), "update", update.event_source_arn,
                                             update.function));
                     });
  });
}

}  // namespace millrace::lambda::operation
