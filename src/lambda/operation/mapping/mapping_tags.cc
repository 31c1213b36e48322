#include "lambda/operation/mapping/mapping_tags.h"

#include <future>

#include "lambda/function/lambda_error.h"

namespace millrace::lambda::operation {
namespace {

constexpr std::string_view kResourcePrefix = "event-source-mapping:";

Unexpected<aws::ApiError> not_found(const aws::Arn& arn) {
  return resource_not_found("Event source mapping not found: " + arn.text());
}

void apply(Tags& tags, const Tags& added, const std::vector<std::string>& removed) {
  for (const auto& [key, value] : added) tags[key] = value;
  for (const std::string& key : removed) tags.erase(key);
}

}  // namespace

aws::Result<MappingView> MappingTags::find(const aws::RequestContext& context,
                                           const aws::Arn& arn) const {
  std::string_view resource = arn.resource;
  if (!resource.starts_with(kResourcePrefix)) return not_found(arn);
  auto view = manager_.find(std::string(resource.substr(kResourcePrefix.size())));
  if (!view || arn.account != context.account || view->mapping->account != context.account ||
      view->mapping->region != context.region) {
    return not_found(arn);
  }
  return *std::move(view);
}

aws::Result<Tags> MappingTags::tags(const aws::RequestContext& context, const aws::Arn& arn) const {
  MILLRACE_TRY(auto view, find(context, arn));
  return view.mapping->tags;
}

aws::Result<void> MappingTags::change_tags(const aws::RequestContext& context, const aws::Arn& arn,
                                           const Tags& added,
                                           const std::vector<std::string>& removed) {
  MILLRACE_TRY(auto view, find(context, arn));
  Tags result = view.mapping->tags;
  apply(result, added, removed);
  if (result.size() > kTagsMax) {
    return invalid_parameter("A resource can have at most " + std::to_string(kTagsMax) + " tags.");
  }
  std::promise<std::optional<CatalogFailure>> changed;
  manager_.set_tags(
      view.mapping->uuid, [&](Tags& tags) { apply(tags, added, removed); },
      [&](CatalogResult<MappingView> answer) {
        changed.set_value(answer ? std::nullopt : std::optional(answer.error()));
      });
  auto failure = changed.get_future().get();
  if (!failure) return {};
  if (failure->kind == CatalogFailure::Kind::kStorage) return service_exception();
  return not_found(arn);
}

}  // namespace millrace::lambda::operation
