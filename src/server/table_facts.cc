#include "server/table_facts.h"

#include <algorithm>
#include <cctype>

#include "dynamodb/partiql/lexer.h"

namespace millrace::server {
namespace {

using dynamodb::partiql::Token;
using dynamodb::partiql::TokenKind;

bool is_word(const Token& token, std::string_view keyword) {
  return token.kind == TokenKind::kWord &&
         std::equal(token.text.begin(), token.text.end(), keyword.begin(), keyword.end(),
                    [](unsigned char a, char b) { return std::toupper(a) == b; });
}

bool is_name(const Token& token) {
  return token.kind == TokenKind::kWord || token.kind == TokenKind::kName;
}

// The source that begins at a token: table, or table.index.
std::optional<iam::StatementAccess> access_at(const std::vector<Token>& tokens, size_t at,
                                              const char* verb) {
  if (at >= tokens.size() || !is_name(tokens[at])) return std::nullopt;
  iam::StatementAccess access{verb, tokens[at].text, ""};
  bool has_index = at + 2 < tokens.size() && tokens[at + 1].kind == TokenKind::kSymbol &&
                   tokens[at + 1].text == ".";
  if (has_index && !is_name(tokens[at + 2])) return std::nullopt;
  if (has_index) access.index = tokens[at + 2].text;
  return access;
}

}  // namespace

std::optional<iam::StatementAccess> statement_access(std::string_view statement) {
  auto split = dynamodb::partiql::split_tokens(statement);
  if (!split || split->size() < 3) return std::nullopt;
  const std::vector<Token>& tokens = *split;
  if (is_word(tokens[0], "INSERT") && is_word(tokens[1], "INTO")) {
    return access_at(tokens, 2, "Insert");
  }
  if (is_word(tokens[0], "UPDATE") || is_word(tokens[0], "FROM")) {
    return access_at(tokens, 1, "Update");
  }
  if (is_word(tokens[0], "DELETE") && is_word(tokens[1], "FROM")) {
    return access_at(tokens, 2, "Delete");
  }
  if (!is_word(tokens[0], "SELECT") && !is_word(tokens[0], "EXISTS")) return std::nullopt;
  auto is_from = [](const Token& token) { return is_word(token, "FROM"); };
  if (std::count_if(tokens.begin(), tokens.end(), is_from) != 1) return std::nullopt;
  auto from = std::find_if(tokens.begin(), tokens.end(), is_from);
  return access_at(tokens, static_cast<size_t>(from - tokens.begin()) + 1, "Select");
}

iam::TableFacts make_table_facts(const dynamodb::table::TableCatalog& catalog) {
  iam::TableFacts facts;
  facts.statement_access = statement_access;
  facts.partition_key = [&catalog](const aws::RequestContext& context, std::string_view name,
                                   std::string_view index_name) -> std::string {
    auto table = catalog.find(context.account, context.region, name);
    if (table == nullptr) return "";
    if (index_name.empty()) return table->partition_key.name;
    const auto* index = table->find_index(index_name);
    return index != nullptr && index->partition_key.size() == 1 ? index->partition_key[0].name : "";
  };
  return facts;
}

}  // namespace millrace::server
