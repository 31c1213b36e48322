#include "dynamodb/partiql/update_parser.h"

#include "dynamodb/expression/binder.h"

namespace millrace::dynamodb::partiql {
namespace {

using expression::UpdateAction;
using expression::UpdateOperand;
using expression::UpdateOperandKind;
using expression::UpdateSection;

constexpr int kLevelsMax = 32;  // of functions inside functions, which are walked recursively

UpdateOperand path_operand(DocumentPath path) {
  return {UpdateOperandKind::kPath, std::move(path), {}, {}};
}
UpdateOperand value_operand(AttributeValue value) {
  return {UpdateOperandKind::kValue, {}, std::move(value), {}};
}

bool is_set(const AttributeValue& value) {
  return value.is(AttributeType::kStringSet) || value.is(AttributeType::kNumberSet) ||
         value.is(AttributeType::kBinarySet);
}

class UpdateParser {
 public:
  explicit UpdateParser(TokenReader& reader) : reader_(reader) {}

  aws::Result<std::vector<UpdateAction>> parse() {
    while (true) {
      if (reader_.accept_word("SET")) {
        MILLRACE_CHECK_OK(parse_list(&UpdateParser::parse_assignment));
      } else if (reader_.accept_word("REMOVE")) {
        MILLRACE_CHECK_OK(parse_list(&UpdateParser::parse_removal));
      } else {
        break;
      }
    }
    if (actions_.empty()) return reader_.unexpected();
    std::vector<DocumentPath> targets;
    for (const UpdateAction& action : actions_) targets.push_back(action.target);
    expression::Substitutions none;
    expression::Binder binder(expression::ExpressionKind::kUpdate, none);
    binder.check_overlaps(targets);
    MILLRACE_CHECK_OK(binder.result());
    return std::move(actions_);
  }

 private:
  using Parse = aws::Result<void> (UpdateParser::*)();

  aws::Result<void> parse_list(Parse parse) {
    do {
      if (!reader_.is_name()) return reader_.unexpected();
      MILLRACE_CHECK_OK((this->*parse)());
    } while (reader_.accept_symbol(","));
    return {};
  }

  aws::Result<void> parse_removal() {
    MILLRACE_TRY(DocumentPath target, reader_.read_path());
    actions_.push_back({UpdateSection::kRemove, std::move(target), std::nullopt});
    return {};
  }

  aws::Result<void> parse_assignment() {
    MILLRACE_TRY(DocumentPath target, reader_.read_path());
    MILLRACE_CHECK_OK(reader_.expect_symbol("="));
    if (reader_.is_function() && (reader_.is_word("SET_ADD") || reader_.is_word("SET_DELETE"))) {
      return parse_set_change(std::move(target));
    }
    MILLRACE_TRY(UpdateOperand value, parse_sum());
    actions_.push_back({UpdateSection::kSet, std::move(target), std::move(value)});
    return {};
  }

  aws::Result<void> parse_set_change(DocumentPath target);
  aws::Result<UpdateOperand> parse_sum();
  aws::Result<UpdateOperand> parse_operand();
  aws::Result<UpdateOperand> parse_function();

  TokenReader& reader_;
  std::vector<UpdateAction> actions_;
  int levels_ = 0;
};

// SET a = set_add(a, <<1>>)
aws::Result<void> UpdateParser::parse_set_change(DocumentPath target) {
  const Token name = reader_.next();
  const std::string function = upper_case(name.text);
  reader_.next();
  const Token first = reader_.peek();
  auto error = [&](const std::string& text) { return aws::validation_error(text + first.place()); };
  if (!reader_.is_name()) {
    return error("The first argument to " + function + " must equal the assignment value");
  }
  MILLRACE_TRY(DocumentPath changed, reader_.read_path());
  if (!reader_.accept_symbol(",")) {
    return aws::validation_error(function + " must have exactly two arguments" + name.place());
  }
  if (!reader_.begins_value()) {
    return error("The second argument to " + function + " must be a value with type SET");
  }
  MILLRACE_TRY(AttributeValue members, reader_.read_value());
  if (!reader_.accept_symbol(")")) {
    return aws::validation_error(function + " must have exactly two arguments" + name.place());
  }
  if (!(changed == target)) {
    return error("The first argument to " + function + " must equal the assignment value");
  }
  if (!is_set(members)) {
    return error("The second argument to " + function + " must be a value with type SET");
  }
  UpdateSection section = function == "SET_ADD" ? UpdateSection::kAdd : UpdateSection::kDelete;
  actions_.push_back({section, std::move(target), value_operand(std::move(members))});
  return {};
}

aws::Result<UpdateOperand> UpdateParser::parse_sum() {
  MILLRACE_TRY(UpdateOperand left, parse_operand());
  bool plus = reader_.is_symbol("+");
  if (!plus && !reader_.is_symbol("-")) return left;
  reader_.next();
  if (reader_.at_end()) {
    return syntax_error("Missing right-hand side expression of infix operator");
  }
  MILLRACE_TRY(UpdateOperand right, parse_operand());
  UpdateOperand sum{plus ? UpdateOperandKind::kPlus : UpdateOperandKind::kMinus, {}, {}, {}};
  sum.operands.push_back(std::move(left));
  sum.operands.push_back(std::move(right));
  return sum;
}

aws::Result<UpdateOperand> UpdateParser::parse_operand() {
  if (reader_.is_function()) return parse_function();
  if (reader_.is_name()) {
    MILLRACE_TRY(DocumentPath path, reader_.read_path());
    return path_operand(std::move(path));
  }
  if (!reader_.begins_value()) return reader_.unexpected();
  MILLRACE_TRY(AttributeValue value, reader_.read_value());
  return value_operand(std::move(value));
}

aws::Result<UpdateOperand> UpdateParser::parse_function() {
  const Token name = reader_.next();
  const std::string function = upper_case(name.text);
  if (function == "SET_ADD" || function == "SET_DELETE") {
    return aws::validation_error("Unsupported data type: " + name.text + " under key root" +
                                 name.place());
  }
  bool append = function == "LIST_APPEND";
  if (!append && function != "IF_NOT_EXISTS") {
    return aws::validation_error("Unrecognized function: " + name.text + name.place());
  }
  if (++levels_ > kLevelsMax) return syntax_error("Unexpected term");
  reader_.next();
  MILLRACE_TRY(UpdateOperand first, parse_operand());
  MILLRACE_CHECK_OK(reader_.expect_symbol(","));
  MILLRACE_TRY(UpdateOperand second, parse_operand());
  MILLRACE_CHECK_OK(reader_.expect_symbol(")"));
  --levels_;
  UpdateOperand call{UpdateOperandKind::kListAppend, {}, {}, {}};
  if (append) {
    call.operands.push_back(std::move(first));
  } else {
    if (first.kind != UpdateOperandKind::kPath) {
      return aws::validation_error(expression::document_path_detail("if_not_exists"));
    }
    call.kind = UpdateOperandKind::kIfNotExists;
    call.path = std::move(first.path);
  }
  call.operands.push_back(std::move(second));
  return call;
}

}  // namespace

aws::Result<std::vector<UpdateAction>> parse_update_clauses(TokenReader& reader) {
  return UpdateParser(reader).parse();
}

}  // namespace millrace::dynamodb::partiql
