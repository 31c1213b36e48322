#include "dynamodb/operation/put_item.h"

#include "dynamodb/operation/single_write.h"

namespace millrace::dynamodb::operation {

aws::OperationHandler put_item(const Dependencies& dependencies) {
  return [dependencies](aws::ContextPtr context, const std::string& body, aws::Respond respond) {
    run_single_write(dependencies, WriteKind::kPut, std::move(context), body, std::move(respond));
  };
}

}  // namespace millrace::dynamodb::operation
