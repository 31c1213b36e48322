#include "dynamodb/expression/expression_kind.h"

namespace millrace::dynamodb::expression {

namespace {
constexpr size_t kExpressionBytesMax = 4096;  // AWS quota, on the text as sent
}

std::string_view to_string(ExpressionKind kind) {
  switch (kind) {
    case ExpressionKind::kUpdate:
      return "UpdateExpression";
    case ExpressionKind::kCondition:
      return "ConditionExpression";
    case ExpressionKind::kKeyCondition:
      return "KeyConditionExpression";
    case ExpressionKind::kFilter:
      return "FilterExpression";
    case ExpressionKind::kProjection:
      break;
  }
  return "ProjectionExpression";
}

Unexpected<aws::ApiError> expression_error(ExpressionKind kind, std::string_view detail) {
  std::string message = "Invalid ";
  message += to_string(kind);
  message += ": ";
  message += detail;
  return aws::validation_error(std::move(message));
}

aws::Result<void> check_expression_size(ExpressionKind kind, std::string_view text) {
  if (text.empty()) return expression_error(kind, "The expression can not be empty;");
  if (text.size() <= kExpressionBytesMax) return {};
  std::string detail = "Expression size has exceeded the maximum allowed size;";
  if (kind != ExpressionKind::kUpdate) detail += " expression size: " + std::to_string(text.size());
  return expression_error(kind, detail);
}

}  // namespace millrace::dynamodb::expression
