#include "aws/protocol/rest_json_protocol.h"

#include <nlohmann/json.hpp>

#include "aws/protocol/json_protocol.h"
#include "aws/protocol/lambda_paths.h"
#include "base/encoding.h"

namespace millrace::aws {
namespace {

constexpr std::string_view kLambdaCollections[] = {"functions",
                                                   "event-source-mappings",
                                                   "layers",
                                                   "tags",
                                                   "account-settings",
                                                   "code-signing-configs",
                                                   "capacity-providers",
                                                   "durable-executions",
                                                   "durable-execution-callbacks",
                                                   "resource-policy"};

struct HeaderParameter {
  std::string_view header;
  std::string_view parameter;
};
constexpr HeaderParameter kHeaderParameters[] = {
    {"X-Amz-Invocation-Type", "InvocationType"},
    {"X-Amz-Log-Type", "LogType"},
    {"X-Amz-Client-Context", "ClientContext"},
    {"X-Amz-Tenant-Id", "TenantId"},
    {"X-Amz-Durable-Execution-Name", "DurableExecutionName"},
};

std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    if (path.front() == '/') {
      path.remove_prefix(1);
      continue;
    }
    size_t end = path.find('/');
    segments.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end, path.size()));
  }
  return segments;
}

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

bool matches(const RestOperation& operation, const std::vector<std::string_view>& segments,
             const NameValues& query) {
  size_t mark = operation.path.find('?');
  std::vector<std::string_view> expected = split_path(operation.path.substr(0, mark));
  if (expected.size() != segments.size()) return false;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (!is_parameter(expected[i]) && expected[i] != segments[i]) return false;
  }
  if (mark == std::string_view::npos) return true;
  for (const auto& [name, value] : parse_name_values(operation.path.substr(mark + 1), false)) {
    if (find_value(query, name) != value) return false;
  }
  return true;
}

const RestOperation* find_operation(std::string_view method,
                                    const std::vector<std::string_view>& segments,
                                    const NameValues& query) {
  const RestOperation* best = nullptr;
  for (const RestOperation& operation : lambda_operations()) {
    if (operation.method != method || !matches(operation, segments, query)) continue;
    // Of two that match, the one that asks for a query parameter means this request.
    if (best == nullptr || operation.path.find('?') != std::string_view::npos) best = &operation;
  }
  return best;
}

}  // namespace

bool is_lambda_path(std::string_view path) {
  std::vector<std::string_view> segments = split_path(path);
  if (segments.size() < 2 || segments[0].size() != 10 || !segments[0].starts_with("20")) {
    return false;
  }
  for (std::string_view collection : kLambdaCollections) {
    if (segments[1] == collection) return true;
  }
  return false;
}

Route route_lambda(const HttpRequest& request) {
  Route route;
  route.protocol = ProtocolKind::kRestJson;
  route.service = find_service("lambda");
  std::vector<std::string_view> segments = split_path(request.path());
  NameValues query = parse_name_values(request.query(), false);
  const RestOperation* operation = find_operation(request.method, segments, query);
  if (operation == nullptr) return route;
  route.operation = operation->name;
  route.success_status = operation->success_status;
  route.body_is_payload = operation->body_is_payload;
  std::vector<std::string_view> expected =
      split_path(operation->path.substr(0, operation->path.find('?')));
  for (size_t i = 0; i < expected.size(); ++i) {
    if (!is_parameter(expected[i])) continue;
    std::string name(expected[i].substr(1, expected[i].size() - 2));
    route.parameters[name] = percent_decode(segments[i]);
  }
  auto tag_keys = nlohmann::json::array();
  for (const auto& [name, value] : query) {
    if (name == "tagKeys") {
      tag_keys.push_back(value);
    } else {
      route.parameters.emplace(name, value);
    }
  }
  if (!tag_keys.empty()) {
    route.list_parameters["TagKeys"] =
        tag_keys.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  for (const HeaderParameter& known : kHeaderParameters) {
    if (auto value = request.find_header(known.header)) {
      route.parameters[std::string(known.parameter)] = *value;
    }
  }
  return route;
}

Result<std::string> RestJsonProtocol::input(const Route& route, std::string body) const {
  if (!body.empty() || route.list_parameters.empty()) return body;
  // Only operations without a body have list parameters.
  std::string document = "{";
  for (const auto& [name, list] : route.list_parameters) {
    if (document.size() > 1) document += ',';
    document += '"' + name + "\":" + list;
  }
  return document + '}';
}

HttpResponse RestJsonProtocol::output(const Route& route, const HttpRequest&,
                                      const std::string& request_id, Output output) const {
  HttpResponse response;
  response.status = output.http_status != 0 ? output.http_status : route.success_status;
  response.headers = std::move(output.headers);
  response.headers.emplace_back("x-amzn-RequestId", request_id);
  if (response.status != 204) {
    response.content_type =
        output.content_type.empty() ? "application/json" : std::move(output.content_type);
    response.body = std::move(output.body);
  }
  return response;
}

HttpResponse RestJsonProtocol::error(const Route&, const HttpRequest&,
                                     const std::string& request_id, const ApiError& error) const {
  HttpResponse response;
  response.status = error.http_status;
  response.content_type = "application/json";
  response.headers.emplace_back("x-amzn-RequestId", request_id);
  response.headers.emplace_back("x-amzn-ErrorType", error.type);
  // As recorded: "Message" where the resource is missing or the service failed, else "message".
  bool capital = error.http_status == 404 || error.http_status >= 500;
  response.body = error.http_status < 500 ? "{\"Type\":\"User\"" : "{\"Type\":\"Service\"";
  response.body += capital ? ",\"Message\":" : ",\"message\":";
  append_json_string(response.body, error.message);
  for (const auto& [name, json_text] : error.members) {
    response.body += ",\"" + name + "\":" + json_text;
  }
  response.body += '}';
  return response;
}

}  // namespace millrace::aws
