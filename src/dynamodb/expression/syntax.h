// Expressions as they are written, before names and values are put in: what parsing a text gives
// and binding (binder.h) turns into the trees that are evaluated. Value types; hold copies of the
// text.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace millrace::dynamodb::expression {

// A bare name or #placeholder, or a list index.
struct SyntaxPathElement {
  std::string name;  // with its '#'
  uint32_t index = 0;
  bool is_index = false;
};
using SyntaxPath = std::vector<SyntaxPathElement>;

enum class SyntaxKind : uint8_t {
  kPath,
  kValue,       // text: the placeholder
  kFunction,    // text: its name; children: its operands
  kArithmetic,  // text: "+" or "-"
  kComparison,  // text: the operator
  kBetween,
  kIn,
  kAnd,
  kOr,
  kNot,
};

struct SyntaxNode {
  SyntaxKind kind;
  std::string text;
  SyntaxPath path;
  std::vector<SyntaxNode> children;
  bool parenthesized = false;

  bool is_operand() const { return kind <= SyntaxKind::kFunction; }
};

enum class UpdateSection : uint8_t { kSet, kRemove, kAdd, kDelete };

struct SyntaxAction {
  UpdateSection section;
  SyntaxPath target;
  std::vector<SyntaxNode> value;  // one, except in REMOVE
};

}  // namespace millrace::dynamodb::expression
