#include "dynamodb/partiql/statement_parser.h"

#include <utility>

#include "dynamodb/partiql/update_parser.h"
#include "dynamodb/partiql/where_parser.h"

namespace millrace::dynamodb::partiql {
namespace {

constexpr std::pair<std::string_view, Returning> kReturnings[] = {
    {"ALL OLD", Returning::kAllOld},
    {"ALL NEW", Returning::kAllNew},
    {"MODIFIED OLD", Returning::kModifiedOld},
    {"MODIFIED NEW", Returning::kModifiedNew}};

aws::Result<Source> parse_source(TokenReader& reader) {
  Source source;
  const auto read_component = [&]() -> aws::Result<std::string> {
    if (reader.peek().text.empty()) {
      return aws::validation_error("Path component cannot be an empty string");
    }
    return reader.next().text;
  };
  MILLRACE_TRY(source.table, read_component());
  if (!reader.accept_symbol(".")) return source;
  if (!reader.is_name()) return syntax_error("Invalid path dot component");
  MILLRACE_TRY(source.index, read_component());
  if (reader.is_symbol(".")) {
    return aws::validation_error("A path may contain at most 2 components in the FROM clause");
  }
  return source;
}

aws::Result<void> parse_columns(TokenReader& reader, Statement& statement) {
  if (reader.accept_symbol("*")) return {};
  do {
    if (reader.is_function()) {
      return aws::validation_error("Unexpected path component" + reader.peek().place());
    }
    if (!reader.is_name()) return reader.unexpected();
    MILLRACE_TRY(DocumentPath path, reader.read_path());
    statement.columns.push_back(std::move(path));
    if (reader.is_word("AS")) return aws::validation_error("Aliasing is not supported");
  } while (reader.accept_symbol(","));
  return {};
}

aws::Result<void> parse_order(TokenReader& reader, Statement& statement) {
  if (!reader.accept_word("ORDER")) return {};
  MILLRACE_CHECK_OK(reader.expect_word("BY"));
  do {
    if (!reader.is_name()) return reader.unexpected();
    OrderTerm term{reader.next().text};
    term.descending = reader.accept_word("DESC");
    if (!term.descending) reader.accept_word("ASC");
    statement.order.push_back(std::move(term));
  } while (reader.accept_symbol(","));
  return {};
}

aws::Result<void> parse_condition(TokenReader& reader, Statement& statement) {
  if (!reader.accept_word("WHERE")) return {};
  MILLRACE_TRY(statement.where, parse_where(reader));
  return {};
}

// After SELECT.
aws::Result<Statement> parse_select(TokenReader& reader) {
  Statement statement;
  MILLRACE_CHECK_OK(parse_columns(reader, statement));
  MILLRACE_CHECK_OK(reader.expect_word("FROM"));
  if (!reader.is_name()) return syntax_error("Unexpected term");
  MILLRACE_TRY(statement.source, parse_source(reader));
  if (reader.is_word("AS") || reader.is_name()) {
    return aws::validation_error("Aliasing is not supported");
  }
  MILLRACE_CHECK_OK(parse_condition(reader, statement));
  MILLRACE_CHECK_OK(parse_order(reader, statement));
  return statement;
}

// After INSERT.
aws::Result<Statement> parse_insert(TokenReader& reader) {
  Statement statement;
  statement.kind = StatementKind::kInsert;
  MILLRACE_CHECK_OK(reader.expect_word("INTO"));
  if (!reader.is_name()) return syntax_error("Expected identifier for simple path");
  MILLRACE_TRY(statement.source, parse_source(reader));
  if (statement.source.index) {
    return aws::validation_error("FROM clause may only contain a single table name");
  }
  if (!reader.accept_word("VALUE")) return syntax_error("Unexpected token after expression");
  if (!reader.begins_value()) return reader.unexpected();
  MILLRACE_TRY(AttributeValue value, reader.read_value());
  if (!value.is(AttributeType::kMap)) return syntax_error("Unexpected term");
  statement.item = std::move(value.map());
  return statement;
}

aws::Result<void> parse_returning(TokenReader& reader, Statement& statement) {
  if (!reader.accept_word("RETURNING")) return {};
  std::string wanted = upper_case(reader.next().text);
  wanted += ' ' + upper_case(reader.next().text);
  MILLRACE_CHECK_OK(reader.expect_symbol("*"));
  for (const auto& [text, returning] : kReturnings) {
    if (text == wanted) statement.returning = returning;
  }
  if (statement.returning == Returning::kNone) return syntax_error("Unexpected term");
  if (statement.kind == StatementKind::kDelete && statement.returning != Returning::kAllOld) {
    return aws::validation_error("Invalid returning clause: RETURNING " + wanted +
                                 " *. Only RETURNING ALL OLD * is allowed in DELETE statements.");
  }
  return {};
}

// The table that UPDATE, DELETE and a leading FROM name.
aws::Result<void> parse_target(TokenReader& reader, Statement& statement) {
  if (!reader.is_name()) return syntax_error("Expected identifier for simple path");
  MILLRACE_TRY(statement.source, parse_source(reader));
  if (statement.source.index) {
    return aws::validation_error("This operation is not supported on an index");
  }
  return {};
}

// After UPDATE, or after FROM: then the condition comes before the clauses.
aws::Result<Statement> parse_update(TokenReader& reader, bool condition_first) {
  Statement statement;
  statement.kind = StatementKind::kUpdate;
  MILLRACE_CHECK_OK(parse_target(reader, statement));
  if (condition_first) MILLRACE_CHECK_OK(parse_condition(reader, statement));
  MILLRACE_TRY(statement.actions, parse_update_clauses(reader));
  if (!condition_first) MILLRACE_CHECK_OK(parse_condition(reader, statement));
  MILLRACE_CHECK_OK(parse_returning(reader, statement));
  return statement;
}

// After DELETE.
aws::Result<Statement> parse_delete(TokenReader& reader) {
  Statement statement;
  statement.kind = StatementKind::kDelete;
  MILLRACE_CHECK_OK(reader.expect_word("FROM"));
  MILLRACE_CHECK_OK(parse_target(reader, statement));
  MILLRACE_CHECK_OK(parse_condition(reader, statement));
  MILLRACE_CHECK_OK(parse_returning(reader, statement));
  return statement;
}

aws::Result<Statement> parse_exists(TokenReader& reader) {
  MILLRACE_CHECK_OK(reader.expect_symbol("("));
  MILLRACE_CHECK_OK(reader.expect_word("SELECT"));
  MILLRACE_TRY(Statement statement, parse_select(reader));
  MILLRACE_CHECK_OK(reader.expect_symbol(")"));
  statement.kind = StatementKind::kExists;
  return statement;
}

aws::Result<Statement> parse_any(TokenReader& reader) {
  if (reader.accept_word("SELECT")) return parse_select(reader);
  if (reader.accept_word("INSERT")) return parse_insert(reader);
  if (reader.accept_word("UPDATE")) return parse_update(reader, false);
  if (reader.accept_word("FROM")) return parse_update(reader, true);
  if (reader.accept_word("DELETE")) return parse_delete(reader);
  if (reader.accept_word("EXISTS")) return parse_exists(reader);
  return syntax_error("Expected data manipulation");
}

}  // namespace

aws::Result<Statement> parse_statement(std::string_view text, const Parameters& parameters) {
  MILLRACE_TRY(std::vector<Token> tokens, split_tokens(text));
  TokenReader reader(std::move(tokens), parameters);
  MILLRACE_TRY(Statement statement, parse_any(reader));
  if (!reader.at_end()) return syntax_error("Unexpected token after expression");
  MILLRACE_CHECK_OK(reader.check_parameters());
  return statement;
}

}  // namespace millrace::dynamodb::partiql
