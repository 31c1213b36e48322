// The tags of event source mappings, for TagResource, UntagResource and ListTags.
#pragma once

#include "lambda/function/tag_owner.h"
#include "lambda/trigger/mapping_manager.h"

namespace millrace::lambda::operation {

// To be registered as owner of "event-source-mapping". Thread-safe.
class MappingTags final : public TagOwner {
 public:
  // `manager` must outlive it, and the threads that the engine completes on must run while a change
  // waits.
  explicit MappingTags(MappingManager& manager) : manager_(manager) {}

  aws::Result<Tags> tags(const aws::RequestContext& context, const aws::Arn& arn) const override;
  aws::Result<void> change_tags(const aws::RequestContext& context, const aws::Arn& arn,
                                const Tags& added,
                                const std::vector<std::string>& removed) override;

 private:
  aws::Result<MappingView> find(const aws::RequestContext& context, const aws::Arn& arn) const;
  MappingManager& manager_;
};

}  // namespace millrace::lambda::operation
