// ProjectionExpression (and AttributesToGet): the part of an item that a reader wants. Immutable
// and thread-safe once made.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/expression/document_path.h"
#include "dynamodb/expression/substitutions.h"
#include "dynamodb/item/attribute_value.h"

namespace millrace::dynamodb::expression {

class Projection {
 public:
  // REQUIRES: no two paths overlap.
  explicit Projection(std::vector<DocumentPath> paths);

  // Maps are pruned to the paths; list elements move together, in order of their indexes. Paths
  // that are not there are skipped.
  Item apply(const Item& item) const;
  // From an encoded item to an encoded item, decoding only what is nested.
  std::string apply_encoded(std::string_view encoded) const;

  const std::vector<DocumentPath>& paths() const { return paths_; }

 private:
  std::vector<DocumentPath> paths_;
  std::vector<std::string> attributes_;  // top-level names, once each, sorted
  bool nested_ = false;
};
using ProjectionPtr = std::shared_ptr<const Projection>;

// Errors: "Invalid ProjectionExpression: ...".
aws::Result<ProjectionPtr> parse_projection(std::string_view text, Substitutions& substitutions);
// AttributesToGet: names of top-level attributes, dots are part of the name. Errors: duplicates,
// empty names.
aws::Result<ProjectionPtr> projection_of_attributes(const std::vector<std::string>& names);

}  // namespace millrace::dynamodb::expression
