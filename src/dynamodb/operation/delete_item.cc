#include "dynamodb/operation/delete_item.h"

#include "dynamodb/operation/single_write.h"

namespace millrace::dynamodb::operation {

aws::OperationHandler delete_item(const Dependencies& dependencies) {
  return [dependencies](aws::ContextPtr context, const std::string& body, aws::Respond respond) {
    run_single_write(dependencies, WriteKind::kDelete, std::move(context), body,
                     std::move(respond));
  };
}

}  // namespace millrace::dynamodb::operation
