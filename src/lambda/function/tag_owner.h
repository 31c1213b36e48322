// Tags of Lambda's resources. TagResource, UntagResource and ListTags are one set of operations for
// functions and event source mappings alike; the kind of the resource says who has its tags.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "aws/api_error.h"
#include "aws/arn.h"
#include "aws/request_context.h"

namespace millrace::lambda {

using Tags = std::map<std::string, std::string>;

class TagOwner {
 public:
  virtual ~TagOwner() = default;
  // `arn` is of the owner's kind and of the caller's region. Errors are those of the operation
  // (ResourceNotFoundException). Called on any thread; must not block.
  virtual aws::Result<Tags> tags(const aws::RequestContext& context, const aws::Arn& arn) const = 0;
  // Adds (or overwrites), then removes. Called on one thread that is allowed to wait; durable when
  // it returns.
  virtual aws::Result<void> change_tags(const aws::RequestContext& context, const aws::Arn& arn,
                                        const Tags& added,
                                        const std::vector<std::string>& removed) = 0;
};

// By the kind of resource in the ARN: "function", "event-source-mapping". Filled while the server
// is wired, read-only afterwards; owners outlive the operations.
using TagOwners = std::map<std::string, TagOwner*>;

// AWS's bound on the tags of one resource.
inline constexpr size_t kTagsMax = 50;

}  // namespace millrace::lambda
