#include <nlohmann/json.hpp>

#include "lambda/operation/mapping/mapping_answer.h"
#include "lambda/operation/mapping/operations.h"

namespace millrace::lambda::operation {

aws::OperationHandler get_event_source_mapping(const MappingDependencies& d) {
  return aws::json_operation([d](const aws::RequestContext& context,
                                 const nlohmann::json& input) -> aws::Result<nlohmann::json> {
    MILLRACE_TRY(auto view, find_mapping(d.manager, context, input));
    return mapping_answer(view);
  });
}

}  // namespace millrace::lambda::operation
