#include "dynamodb/expression/binder.h"

#include <algorithm>

namespace millrace::dynamodb::expression {

namespace {

enum class Relation { kApart, kOverlap, kConflict };

// Equal or one inside the other; or a map key here and a list index there at the same place.
Relation relation_of(const DocumentPath& one, const DocumentPath& two) {
  const size_t shared = std::min(one.elements.size(), two.elements.size());
  for (size_t i = 0; i < shared; ++i) {
    if (one.elements[i] == two.elements[i]) continue;
    return one.elements[i].index() == two.elements[i].index() ? Relation::kApart
                                                              : Relation::kConflict;
  }
  return Relation::kOverlap;
}

}  // namespace

DocumentPath Binder::bind_path(const SyntaxPath& path) {
  DocumentPath bound;
  bound.elements.reserve(path.size());
  for (const SyntaxPathElement& element : path) {
    if (element.is_index) {
      bound.elements.emplace_back(element.index);
      continue;
    }
    if (element.name.front() != '#') {
      bound.elements.emplace_back(element.name);
      continue;
    }
    const std::string* name = substitutions_.use_name(element.name);
    if (!name) {
      findings_.note(kUndefined,
                     "An expression attribute name used in the document path is not defined; "
                     "attribute name: " +
                         element.name);
    }
    bound.elements.emplace_back(name ? *name : element.name);
  }
  return bound;
}

const AttributeValue& Binder::bind_value(std::string_view placeholder) {
  static const AttributeValue kUndefinedValue;
  const AttributeValue* value = substitutions_.use_value(placeholder);
  if (value) return *value;
  findings_.note(kind_ == ExpressionKind::kUpdate ? kUndefinedUpdateValue : kUndefined,
                 "An expression attribute value used in expression is not defined; attribute "
                 "value: " +
                     std::string(placeholder));
  return kUndefinedValue;
}

void Binder::check_overlaps(const std::vector<DocumentPath>& paths) {
  for (size_t two = 1; two < paths.size(); ++two) {
    for (size_t one = 0; one < two; ++one) {
      const Relation relation = relation_of(paths[one], paths[two]);
      if (relation == Relation::kApart) continue;
      const bool overlap = relation == Relation::kOverlap;
      findings_.note(overlap ? kPathOverlap : kPathConflict,
                     std::string("Two document paths ") + (overlap ? "overlap" : "conflict") +
                         " with each other; must remove or rewrite one of these paths; path one: " +
                         paths[one].text() + ", path two: " + paths[two].text());
    }
  }
}

std::string operand_type_detail(std::string_view operation, std::string_view type) {
  return "Incorrect operand type for operator or function; operator or function: " +
         std::string(operation) + ", operand type: " + std::string(type);
}

std::string operand_count_detail(std::string_view operation, size_t count) {
  return "Incorrect number of operands for operator or function; operator or function: " +
         std::string(operation) + ", number of operands: " + std::to_string(count);
}

std::string document_path_detail(std::string_view operation) {
  return "Operator or function requires a document path; operator or function: " +
         std::string(operation);
}

}  // namespace millrace::dynamodb::expression
