#include <nlohmann/json.hpp>

#include "lambda/operation/mapping/mapping_answer.h"
#include "lambda/operation/mapping/operations.h"

namespace millrace::lambda::operation {

aws::OperationHandler delete_event_source_mapping(const MappingDependencies& d) {
  return aws::async_json_operation(
      [d](const aws::ContextPtr& context, const nlohmann::json& input, aws::JsonRespond respond) {
        auto view = find_mapping(d.manager, *context, input);
        if (!view) return respond(Unexpected(std::move(view).error()));
        auto mapping = view->mapping;
        d.manager.erase(mapping->uuid, [respond = std::move(respond),
                                        mapping](CatalogResult<MappingView> result) mutable {
          if (result) return respond(mapping_answer(*result));
          respond(catalog_error(result.error(), "delete", mapping->event_source_arn,
                                mapping->settings.function));
        });
      });
}

}  // namespace millrace::lambda::operation
