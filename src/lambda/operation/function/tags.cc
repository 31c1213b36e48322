// TagResource, UntagResource and ListTags, whatever the kind of the resource.
#include "lambda/function/function_name.h"
#include "lambda/operation/function/constraints.h"
#include "lambda/operation/function/input.h"
#include "lambda/operation/function/operations.h"

namespace millrace::lambda::operation {
namespace {

constexpr char kArnPattern[] =
    R"(arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:)"
    R"((function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|)"
    R"(code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[a-f0-9]{8}-[a-f0-9]{4}-)"
    R"([a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}))";

struct Resource {
  aws::Arn arn;
  TagOwner* owner = nullptr;
};

aws::Result<Resource> find_resource(const Dependencies& d, const aws::RequestContext& context,
                                    const json& input) {
  std::string text = text_of(input, "Resource");
  auto arn = aws::Arn::parse(text);
  auto owner = d.tag_owners.end();
  if (arn && arn->service == "lambda") {
    owner = d.tag_owners.find(arn->resource.substr(0, arn->resource.find(':')));
  }
  if (owner == d.tag_owners.end()) {
    return aws::validation_error("1 validation error detected: Value '" + text +
                                 "' at 'resource' failed to satisfy constraint: Member must "
                                 "satisfy regular expression pattern: " +
                                 kArnPattern);
  }
  MILLRACE_CHECK_OK(check_reachable(context, arn->region, arn->account, text));
  return Resource{*std::move(arn), owner->second};
}

aws::Result<json> change(const Dependencies& d, const aws::RequestContext& context,
                         const json& input, const char* required) {
  std::vector<std::string> broken;
  Constraints(broken, input).required(required);
  MILLRACE_CHECK_OK(result_of(broken));
  MILLRACE_TRY(Resource resource, find_resource(d, context, input));
  std::vector<std::string> removed;
  if (const json* keys = find_member(input, "TagKeys")) {
    removed = keys->get<std::vector<std::string>>();
  }
  MILLRACE_CHECK_OK(
      resource.owner->change_tags(context, resource.arn, string_map_of(input, "Tags"), removed));
  return json::object();
}

}  // namespace

aws::OperationHandler tag_resource(const Dependencies& d) {
  return aws::json_operation([d](const aws::RequestContext& context, const json& input) {
    return change(d, context, input, "Tags");
  });
}

aws::OperationHandler untag_resource(const Dependencies& d) {
  return aws::json_operation([d](const aws::RequestContext& context, const json& input) {
    return change(d, context, input, "TagKeys");
  });
}

aws::OperationHandler list_tags(const Dependencies& d) {
  return aws::json_operation(
      [d](const aws::RequestContext& context, const json& input) -> aws::Result<json> {
        MILLRACE_TRY(Resource resource, find_resource(d, context, input));
        MILLRACE_TRY(Tags tags, resource.owner->tags(context, resource.arn));
        return json{{"Tags", tags}};
      });
}

}  // namespace millrace::lambda::operation
