#include "iam/required_permissions.h"

#include <map>
#include <nlohmann/json.hpp>

#include "aws/arn.h"

namespace millrace::iam {
namespace {

using aws::RequestContext;
using nlohmann::json;

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// In all the forms in which the Lambda API takes a function's name, without qualifier.
std::string function_arn(const RequestContext& context, const std::string& name) {
  std::vector<std::string> parts = split(name, ':');
  size_t at = parts[0] == "arn" ? 6 : parts.size() > 2 && parts[1] == "function" ? 2 : 0;
  return aws::make_arn(context, "lambda", "function:" + (at < parts.size() ? parts[at] : name))
      .text();
}

std::vector<Permission> lambda_permissions(const RequestContext& context, const json& input) {
  static const std::map<std::string, std::string, std::less<>> kActions = {
      {"Invoke", "InvokeFunction"}, {"InvokeAsync", "InvokeFunction"}};
  auto renamed = kActions.find(context.operation);
  std::string action =
      "lambda:" + (renamed == kActions.end() ? context.operation : renamed->second);
  std::vector<Permission> needed;
  bool makes_mapping = context.operation == "CreateEventSourceMapping" ||
                       context.operation == "ListEventSourceMappings";
  std::string function = text_member(context, input, "FunctionName");
  std::string mapping = text_member(context, input, "UUID");
  std::string resource = text_member(context, input, "Resource");
  if (!mapping.empty()) {
    needed.push_back(
        {action, aws::make_arn(context, "lambda", "event-source-mapping:" + mapping).text()});
  } else if (makes_mapping) {
    needed.push_back({action, "*"});
  } else if (!function.empty()) {
    needed.push_back({action, function_arn(context, function)});
  }
  if (!resource.empty()) {
    bool is_function = resource.find(":function:") != std::string::npos;
    needed.push_back({action, is_function ? function_arn(context, resource) : resource});
  }
  if (needed.empty()) needed.push_back({action, "*"});
  bool is_setting =
      context.operation == "CreateFunction" || context.operation == "UpdateFunctionConfiguration";
  std::string role = text_member(context, input, "Role");
  if (is_setting && !role.empty()) needed.push_back({"iam:PassRole", role});
  return needed;
}

// The name is what follows the last slash, the account what stands before it.
std::string queue_arn(const RequestContext& context, const std::string& url) {
  std::vector<std::string> parts = split(url, '/');
  while (parts.size() > 1 && parts.back().empty()) parts.pop_back();
  aws::Arn arn = aws::make_arn(context, "sqs", parts.back());
  if (parts.size() > 1 && !parts[parts.size() - 2].empty()) arn.account = parts[parts.size() - 2];
  return arn.text();
}

std::vector<Permission> queue_permissions(const RequestContext& context, const json& input) {
  std::string operation = context.operation;
  constexpr std::string_view kBatch = "Batch";
  if (operation.ends_with(kBatch)) operation.resize(operation.size() - kBatch.size());
  std::string url = text_member(context, input, "QueueUrl");
  std::string name = text_member(context, input, "QueueName");
  std::vector<Permission> needed;
  if (!url.empty()) needed.push_back({"sqs:" + operation, queue_arn(context, url)});
  if (!name.empty()) {
    aws::Arn arn = aws::make_arn(context, "sqs", name);
    std::string owner = text_member(context, input, "QueueOwnerAWSAccountId");
    if (!owner.empty()) arn.account = owner;
    needed.push_back({"sqs:" + operation, arn.text()});
  }
  if (needed.empty()) {
    needed.push_back({"sqs:" + operation, aws::make_arn(context, "sqs", "*").text()});
  }
  return needed;
}

// "log-group:NAME:log-stream:STREAM", with nothing behind the last colon for the whole group.
std::vector<Permission> log_permissions(const RequestContext& context, const json& input) {
  std::string stream = text_member(context, input, "logStreamName");
  std::vector<Permission> needed;
  for (const char* member : {"logGroupName", "logGroupIdentifier", "resourceArn"}) {
    std::string group = text_member(context, input, member);
    if (group.empty()) continue;
    if (auto arn = aws::Arn::parse(group)) {
      std::vector<std::string> parts = split(arn->resource, ':');
      group = parts.size() > 1 ? parts[1] : arn->resource;
    }
    needed.push_back(
        {"logs:" + context.operation,
         aws::make_arn(context, "logs", "log-group:" + group + ":log-stream:" + stream).text()});
  }
  if (needed.empty()) {
    needed.push_back({"logs:" + context.operation,
                      aws::make_arn(context, "logs", "log-group::log-stream:").text()});
  }
  return needed;
}

std::vector<Permission> token_permissions(const RequestContext& context, const json& input) {
  // As AWS: who is calling may always be asked, and a session of one's own has one's own rights.
  if (context.operation != "AssumeRole") return {};
  return {{"sts:AssumeRole", text_member(context, input, "RoleArn")}};
}

}  // namespace

std::string text_member(const RequestContext& context, const json& input, const std::string& name) {
  if (auto parameter = context.parameter(name)) return *parameter;
  if (!input.is_object()) return "";
  auto found = input.find(name);
  return found != input.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<std::vector<Permission>> required_permissions(const RequestContext& context,
                                                            std::string_view service,
                                                            const json& input,
                                                            const TableFacts& facts) {
  if (service == "dynamodb" || service == "dynamodbstreams") {
    return table_permissions(context, service, input, facts);
  }
  if (service == "lambda") return lambda_permissions(context, input);
  if (service == "sqs") return queue_permissions(context, input);
  if (service == "logs") return log_permissions(context, input);
  if (service == "sts") return token_permissions(context, input);
  return std::vector<Permission>{{std::string(service) + ':' + context.operation, "*"}};
}

}  // namespace millrace::iam
