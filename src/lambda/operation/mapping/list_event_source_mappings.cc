#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "lambda/function/function_name.h"
#include "lambda/function/lambda_error.h"
#include "lambda/operation/function/constraints.h"
#include "lambda/operation/function/input.h"
#include "lambda/operation/mapping/mapping_answer.h"
#include "lambda/operation/mapping/operations.h"

namespace millrace::lambda::operation {
namespace {

// "at most 100 items in each response", whatever is asked for (API reference).
constexpr int64_t kPageMax = 100;

// Without a qualifier a function is its latest version.
std::string_view effective_qualifier(const FunctionReference& function) {
  return function.qualifier.empty() ? kLatestVersion : std::string_view(function.qualifier);
}

struct Wanted {
  std::string event_source_arn;  // empty: any
  std::optional<FunctionReference> function;
  std::string after;  // UUID
  size_t count = kPageMax;

  bool matches(const MappingView& view) const {
    const Mapping& mapping = *view.mapping;
    if (!event_source_arn.empty() && mapping.event_source_arn != event_source_arn) return false;
    if (!function) return true;
    return mapping.settings.function.name == function->name &&
           effective_qualifier(mapping.settings.function) == effective_qualifier(*function);
  }
};

aws::Result<Wanted> read_wanted(const aws::RequestContext& context, const json& input) {
  std::vector<std::string> broken;
  Constraints(broken, input).range("MaxItems", 1, 10'000);
  MILLRACE_CHECK_OK(result_of(broken));
  Wanted wanted;
  wanted.event_source_arn = text_of(input, "EventSourceArn");
  if (find_member(input, "FunctionName") != nullptr) {
    MILLRACE_TRY(wanted.function, parse_function_name(context, text_of(input, "FunctionName")));
  }
  std::string marker = text_of(input, "Marker");
  if (!marker.empty()) {
    auto after = from_base64(marker);
    if (!after) return invalid_parameter("The Marker is not one that this operation gave.");
    wanted.after = *after;
  }
  if (const json* items = find_member(input, "MaxItems")) {
    wanted.count = static_cast<size_t>(std::min(integer(*items), kPageMax));
  }
  return wanted;
}

}  // namespace

aws::OperationHandler list_event_source_mappings(const MappingDependencies& d) {
  return aws::json_operation(
      [d](const aws::RequestContext& context, const json& input) -> aws::Result<json> {
        MILLRACE_TRY(auto wanted, read_wanted(context, input));
        json mappings = json::array();
        json answer = json::object();
        std::string last;
        for (const MappingView& view : d.manager.list(context.account, context.region)) {
          if (view.mapping->uuid <= wanted.after || !wanted.matches(view)) continue;
          if (mappings.size() == wanted.count) {
            answer["NextMarker"] = to_base64(last);
            break;
          }
          last = view.mapping->uuid;
          json entry = mapping_answer(view);
          // What is encrypted with the user's own key is only shown one by one.
          if (entry.contains("KMSKeyArn")) entry.erase("FilterCriteria");
          mappings.push_back(std::move(entry));
        }
        answer["EventSourceMappings"] = std::move(mappings);
        return answer;
      });
}

}  // namespace millrace::lambda::operation
