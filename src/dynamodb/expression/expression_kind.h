// The five kinds of expressions and the errors that name them. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "aws/api_error.h"

namespace millrace::dynamodb::expression {

enum class ExpressionKind : uint8_t { kUpdate, kCondition, kKeyCondition, kFilter, kProjection };
std::string_view to_string(ExpressionKind kind);  // "UpdateExpression"

// "Invalid ConditionExpression: " and the detail.
Unexpected<aws::ApiError> expression_error(ExpressionKind kind, std::string_view detail);

// The checks that come before reading a text: not empty, not too long.
aws::Result<void> check_expression_size(ExpressionKind kind, std::string_view text);

// An expression may have several faults; DynamoDB reports the one of the lowest rank, and of one
// rank the first in the text.
class Findings {
 public:
  void note(int rank, std::string detail) {
    if (rank >= rank_) return;
    rank_ = rank;
    detail_ = std::move(detail);
  }
  const std::optional<std::string>& detail() const { return detail_; }
  aws::Result<void> result(ExpressionKind kind) const {
    if (detail_) return expression_error(kind, *detail_);
    return {};
  }

 private:
  int rank_ = 1000;
  std::optional<std::string> detail_;
};

}  // namespace millrace::dynamodb::expression
