#include "dynamodb/expression/projection.h"

#include <algorithm>
#include <map>
#include <set>

#include "dynamodb/expression/binder.h"
#include "dynamodb/expression/token_stream.h"
#include "dynamodb/item/attribute_name.h"
#include "dynamodb/item/item_codec.h"

namespace millrace::dynamodb::expression {
namespace {

using Paths = std::vector<const DocumentPath*>;

std::optional<AttributeValue> prune(const AttributeValue& value, const Paths& paths, size_t depth);

std::optional<AttributeValue> prune_map(const AttributeMap& map, const Paths& paths, size_t depth) {
  std::map<std::string, Paths> by_name;
  for (const auto* path : paths) {
    if (const auto* name = std::get_if<std::string>(&path->elements[depth])) {
      by_name[*name].push_back(path);
    }
  }
  AttributeMap kept;
  for (const auto& [name, inner] : by_name) {
    auto found = map.find(name);
    if (found == map.end()) continue;
    auto pruned = prune(found->second, inner, depth + 1);
    if (pruned) kept.emplace(name, *std::move(pruned));
  }
  if (kept.empty()) return std::nullopt;
  return AttributeValue(std::move(kept));
}

std::optional<AttributeValue> prune_list(const AttributeList& list, const Paths& paths,
                                         size_t depth) {
  std::map<uint32_t, Paths> by_index;
  for (const auto* path : paths) {
    if (const auto* index = std::get_if<uint32_t>(&path->elements[depth])) {
      by_index[*index].push_back(path);
    }
  }
  AttributeList kept;
  for (const auto& [index, inner] : by_index) {
    if (index >= list.size()) continue;
    if (auto pruned = prune(list[index], inner, depth + 1)) kept.push_back(*std::move(pruned));
  }
  if (kept.empty()) return std::nullopt;
  return AttributeValue(std::move(kept));
}

// What the paths take of a value that they have reached at `depth`. Paths never overlap, so one
// that ends here is alone.
std::optional<AttributeValue> prune(const AttributeValue& value, const Paths& paths, size_t depth) {
  if (paths[0]->elements.size() == depth) return value;
  if (value.is(AttributeType::kMap)) return prune_map(value.map(), paths, depth);
  if (value.is(AttributeType::kList)) return prune_list(value.list(), paths, depth);
  return std::nullopt;
}

}  // namespace

Projection::Projection(std::vector<DocumentPath> paths) : paths_(std::move(paths)) {
  std::set<std::string> names;
  for (const auto& path : paths_) {
    names.insert(path.attribute());
    nested_ = nested_ || path.is_nested();
  }
  attributes_.assign(names.begin(), names.end());
}

Item Projection::apply(const Item& item) const {
  Paths all;
  for (const auto& path : paths_) all.push_back(&path);
  if (all.empty()) return {};
  auto pruned = prune_map(item, all, 0);
  return pruned ? std::move(pruned->map()) : Item();
}

std::string Projection::apply_encoded(std::string_view encoded) const {
  if (!nested_) return project_encoded_item(encoded, attributes_);
  return encode_item(apply(find_attributes(encoded, attributes_)));
}

aws::Result<ProjectionPtr> parse_projection(std::string_view text, Substitutions& substitutions) {
  constexpr auto kKind = ExpressionKind::kProjection;
  MILLRACE_CHECK_OK(check_expression_size(kKind, text));
  TokenStream tokens(kKind, text, {});
  std::vector<SyntaxPath> written;
  do {
    auto path = tokens.parse_path();
    if (!path) break;
    written.push_back(*std::move(path));
  } while (tokens.accept_symbol(","));
  MILLRACE_CHECK_OK(tokens.result());
  Binder binder(kKind, substitutions);
  std::vector<DocumentPath> paths;
  for (const SyntaxPath& path : written) paths.push_back(binder.bind_path(path));
  binder.check_overlaps(paths);
  MILLRACE_CHECK_OK(binder.result());
  return ProjectionPtr(std::make_shared<Projection>(std::move(paths)));
}

aws::Result<ProjectionPtr> projection_of_attributes(const std::vector<std::string>& names) {
  std::set<std::string> seen;
  std::vector<DocumentPath> paths;
  for (const auto& name : names) {
    MILLRACE_CHECK_OK(check_attribute_name(name, NamePlace::kListMember));
    if (!seen.insert(name).second) {
      return aws::validation_error(
          "One or more parameter values were invalid: Duplicate value in attribute name: " + name);
    }
    paths.push_back(DocumentPath{{name}});
  }
  return ProjectionPtr(std::make_shared<Projection>(std::move(paths)));
}

}  // namespace millrace::dynamodb::expression
