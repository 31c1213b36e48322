#include "aws/protocol/route.h"

#include "aws/credential_scope.h"
#include "aws/protocol/rest_json_protocol.h"
#include "base/encoding.h"

namespace millrace::aws {
namespace {

bool has_form_body(const HttpRequest& request) {
  return request.method == "POST" &&
         to_lower(request.header("Content-Type")).starts_with("application/x-www-form-urlencoded");
}

Route json_route(std::string_view target) {
  Route route;
  route.protocol = ProtocolKind::kJson;
  size_t dot = target.find('.');
  if (dot != std::string_view::npos) {
    route.service = find_service_by_target(target.substr(0, dot));
    if (route.service != nullptr) route.operation = target.substr(dot + 1);
  }
  // A target of no service is answered as DynamoDB does: it is the service of most requests.
  if (route.service == nullptr) route.service = find_service("dynamodb");
  return route;
}

// Actions share names between services, so the version decides, then the signature's scope.
Route query_route(const HttpRequest& request, NameValues form,
                  const std::optional<CredentialScope>& scope) {
  Route route;
  auto action = find_value(form, "Action");
  if (!action) return route;
  const Service* service = find_service_by_query_version(find_value(form, "Version").value_or(""));
  if (service == nullptr && scope) {
    service = find_service_by_signing_name(scope->service);
    if (service != nullptr && service->query_version.empty()) service = nullptr;
  }
  if (service == nullptr) service = find_service("sns");
  route.protocol = ProtocolKind::kQuery;
  route.service = service;
  route.operation = *action;
  // Older clients of SQS send to the queue's own URL instead of naming it.
  if (service->name == "sqs" && request.path() != "/" && !find_value(form, "QueueUrl")) {
    route.parameters["QueueUrl"] = "http://queue" + percent_decode(request.path());
  }
  route.form = std::move(form);
  return route;
}

}  // namespace

// The rules and their order are those that tell all requests of the AWS SDKs apart: target header,
// scope, form body, query string, path.
Route route_request(const HttpRequest& request, std::string_view body) {
  if (auto target = request.find_header("X-Amz-Target")) return json_route(*target);
  auto scope = find_credential_scope(request);
  if (scope && scope->service == "lambda") return route_lambda(request);
  bool is_object_store = scope && scope->service == "s3";
  if (!is_object_store && has_form_body(request)) {
    Route route = query_route(request, parse_name_values(body, true), scope);
    if (route.service != nullptr) return route;
  }
  if (!is_object_store && request.query().find("Action=") != std::string_view::npos) {
    Route route = query_route(request, parse_name_values(request.query(), true), scope);
    if (route.service != nullptr) return route;
  }
  if (is_lambda_path(request.path())) return route_lambda(request);
  return {};
}

}  // namespace millrace::aws
