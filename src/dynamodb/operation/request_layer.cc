#include "dynamodb/operation/request_layer.h"

#include <utility>

#include "dynamodb/operation/constraint_list.h"

namespace millrace::dynamodb::operation {

Unexpected<aws::ApiError> request_error(RequestLayer layer, std::string text) {
  return aws::validation_error(has_envelope(layer) ? in_envelope(text) : std::move(text));
}

aws::ApiError enveloped(RequestLayer layer, aws::ApiError error) {
  bool is_about_types = error.message.rfind("Supplied AttributeValue ", 0) == 0;
  if (has_envelope(layer) && error.type == "ValidationException" && !is_about_types) {
    error.message = in_envelope(error.message);
  }
  return error;
}

}  // namespace millrace::dynamodb::operation
