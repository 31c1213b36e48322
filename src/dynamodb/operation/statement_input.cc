#include "dynamodb/operation/statement_input.h"

#include "dynamodb/partiql/statement_parser.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr size_t kStatementLengthMax = 8192;  // AWS

}  // namespace

StatementInput read_statement_input(RequestReader& reader) {
  StatementInput input;
  input.text = reader.string("Statement");
  // Parameters are checked by the older layer, whatever the operation.
  input.parameters =
      reader.keep(read_attribute_values(reader.object(), "Parameters", ValueLayer::kOlder));
  input.return_old_on_failure = reader.string("ReturnValuesOnConditionCheckFailure");
  input.consistent = reader.boolean("ConsistentRead");
  return input;
}

void check_statement_constraints(ConstraintList& constraints, const StatementInput& input,
                                 std::string_view path) {
  const std::string prefix(path);
  constraints.require(input.text, prefix + "statement");
  constraints.check_length(input.text, prefix + "statement", 1, kStatementLengthMax);
  if (input.parameters && input.parameters->values.empty() && !input.parameters->fault) {
    constraints.add(broken_constraint("[]", prefix + "parameters", length_at_least(1)));
  }
  constraints.check_one_of(input.return_old_on_failure,
                           prefix + "returnValuesOnConditionCheckFailure",
                           kReturnOldOnFailureValues);
}

aws::Result<partiql::Statement> parse_statement_input(const StatementInput& input) {
  if (input.parameters && input.parameters->fault) return Unexpected(*input.parameters->fault);
  static const partiql::Parameters kNone;
  return partiql::parse_statement(*input.text, input.parameters ? input.parameters->values : kNone);
}

}  // namespace millrace::dynamodb::operation
