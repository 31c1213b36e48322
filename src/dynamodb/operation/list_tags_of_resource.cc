#include "dynamodb/operation/list_tags_of_resource.h"

#include <nlohmann/json.hpp>

#include "dynamodb/operation/control_operation.h"
#include "dynamodb/operation/request_reader.h"
#include "dynamodb/operation/tags.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr size_t kTagsPerPage = 10;  // as on AWS

struct Input {
  std::optional<std::string> resource_arn, next_token;
};

// The token is the key of the last tag of the page before.
nlohmann::json page_of(const Tags& tags, const std::optional<std::string>& after) {
  auto list = nlohmann::json::array();
  nlohmann::json answer;
  for (auto tag = after ? tags.upper_bound(*after) : tags.begin(); tag != tags.end(); ++tag) {
    if (list.size() == kTagsPerPage) {
      answer["NextToken"] = list.back()["Key"];
      break;
    }
    list.push_back({{"Key", tag->first}, {"Value", tag->second}});
  }
  answer["Tags"] = std::move(list);
  return answer;
}

}  // namespace

aws::OperationHandler list_tags_of_resource(const Dependencies& dependencies) {
  table::TableCatalog& catalog = dependencies.catalog;
  return control_operation([&catalog](const aws::RequestContext& context,
                                      json::Value root) -> aws::Result<nlohmann::json> {
    MILLRACE_TRY(Input input, read_request(root, [](RequestReader& reader) {
                   return Input{reader.string("ResourceArn"), reader.string("NextToken")};
                 }));
    MILLRACE_TRY(table::TablePtr table, find_tagged_table(catalog, context, input.resource_arn));
    return page_of(table->tags, input.next_token);
  });
}

}  // namespace millrace::dynamodb::operation
