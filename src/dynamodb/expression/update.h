// UpdateExpression (and AttributeUpdates): SET, REMOVE, ADD and DELETE. Immutable and thread-safe
// once made.
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

struct UpdateAction;

class Update {
 public:
  // REQUIRES: no two targets overlap.
  explicit Update(std::vector<UpdateAction> actions);
  ~Update();
  Update(const Update&) = delete;
  Update& operator=(const Update&) = delete;

  // The item after the update. `old_item` is empty if there is none: then the update starts from
  // `key`, the primary key attributes, and the result is empty as well if all that the update has
  // are removals, because they create no item. All right-hand sides see the item before the update.
  // Errors: ValidationExceptions for operands that are missing or of a wrong type, targets whose
  // parent does not exist, numbers out of range, nesting too deep. Size limits are the caller's.
  aws::Result<Item> apply(const Item& old_item, const Item& key) const;

  // The part of an image that UPDATED_OLD (of the item before) or UPDATED_NEW (of the item after)
  // returns: the targeted paths that exist in it, inside their parents. Empty: nothing to return.
  Item touched(const Item& image) const;

  // What is written or removed, in written order.
  const std::vector<DocumentPath>& targets() const { return targets_; }
  // Every path it mentions, targets included, for checks against key schemas.
  const std::vector<DocumentPath>& paths() const { return paths_; }

  // What the size limit of UpdateItem counts of the statement, besides the item that it makes: the
  // names and values that it writes, and something for each clause. 0 for AttributeUpdates.
  size_t charged_bytes() const;

  // "Cannot update attribute pk. This attribute is part of the key".
  aws::Result<void> check_keys_untouched(const std::vector<std::string>& key_attributes) const;

 private:
  bool removes_only() const;

  std::vector<UpdateAction> actions_;
  std::vector<DocumentPath> targets_;
  std::vector<DocumentPath> paths_;
};
using UpdatePtr = std::shared_ptr<const Update>;

// Errors: "Invalid UpdateExpression: ...".
aws::Result<UpdatePtr> parse_update(std::string_view text, Substitutions& substitutions);

}  // namespace millrace::dynamodb::expression
