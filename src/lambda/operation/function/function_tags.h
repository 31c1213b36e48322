// Functions as owners of tags.
#pragma once

#include "lambda/function/function_catalog.h"
#include "lambda/function/tag_owner.h"

namespace millrace::lambda::operation {

class FunctionTags final : public TagOwner {
 public:
  // The catalog must outlive this.
  explicit FunctionTags(FunctionCatalog& catalog) : catalog_(catalog) {}

  aws::Result<Tags> tags(const aws::RequestContext& context, const aws::Arn& arn) const override;
  aws::Result<void> change_tags(const aws::RequestContext& context, const aws::Arn& arn,
                                const Tags& added,
                                const std::vector<std::string>& removed) override;

 private:
  FunctionCatalog& catalog_;
};

}  // namespace millrace::lambda::operation
