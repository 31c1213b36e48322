#include "server/dispatcher.h"

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>

#include "aws/credential_scope.h"
#include "aws/protocol/cbor_refusal.h"
#include "aws/protocol/content_encoding.h"
#include "aws/protocol/route.h"
#include "aws/signature/session.h"
#include "base/encoding.h"
#include "base/limits.h"
#include "base/log.h"
#include "control/fault_errors.h"
#include "server/cross_origin.h"

namespace millrace::server {
using aws::ApiError;
using aws::HttpRequest;
using aws::HttpRespond;
using aws::HttpResponse;
using aws::Output;
using aws::ProtocolKind;

namespace {

// Longer than any client waits: SDKs give up after a minute, Lambda runs for at most 15.
constexpr std::chrono::minutes kDeadline{2};
constexpr std::chrono::minutes kLambdaDeadline{16};

bool is_region(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; });
}

std::string partition_of(std::string_view region) {
  if (region.starts_with("cn-")) return "aws-cn";
  if (region.starts_with("us-gov-")) return "aws-us-gov";
  return "aws";
}

// A body that is JSON must be named so; other content means a client of another protocol.
bool has_json_body(const HttpRequest& request) {
  std::string_view type = request.header("Content-Type");
  type = aws::trim(type.substr(0, type.find(';')));
  return request.method == "POST" && (request.body.empty() || type == "application/json" ||
                                      type.starts_with("application/x-amz-json-1."));
}

// Whom the client says it is, where no signature is checked: an access key id that is an account
// id chooses the account.
aws::Result<aws::Caller> claimed_caller(const HttpRequest& request) {
  if (auto session = aws::read_session_token(aws::find_session_token(request))) {
    return aws::Caller{std::move(session->account), std::move(session->long_term_key),
                       std::move(session->caller_arn)};
  }
  aws::Caller caller;
  if (auto scope = aws::find_credential_scope(request)) {
    caller.long_term_key = std::move(scope->access_key_id);
  }
  if (aws::is_account_id(caller.long_term_key)) caller.account = caller.long_term_key;
  return caller;
}

// As DynamoDB answers what is no request of any API.
HttpResponse not_an_operation() {
  HttpResponse response;
  response.status = 404;
  response.body = "<UnknownOperationException/>\n";
  response.headers.emplace_back("x-amz-crc32", std::to_string(crc32(response.body)));
  return response;
}

}  // namespace

size_t body_bytes_max(const HttpRequest& head) {
  return aws::is_lambda_path(head.path()) ? limits::kLambdaRequestBodyBytesMax
                                          : limits::kRequestBodyBytesMax;
}

struct Dispatcher::OperationMetrics {
  OperationMetrics(MetricsRegistry& registry, const std::string& service,
                   const std::string& operation)
      : duration(registry.duration_seconds("millrace_request_duration_seconds",
                                           "Time from the whole request to the answer",
                                           {{"service", service}, {"operation", operation}})) {
    const char* outcomes[] = {"success", "client_error", "server_error"};
    for (int i = 0; i < 3; ++i) {
      requests[i] = &registry.counter(
          "millrace_requests_total", "Requests answered",
          {{"service", service}, {"operation", operation}, {"outcome", outcomes[i]}});
    }
  }
  Counter* requests[3];
  Histogram& duration;
};

// One request on its way through an operation.
struct Dispatcher::Call {
  HttpRequest request;
  HttpRespond respond;
  aws::Route route;
  aws::Caller caller;
  std::shared_ptr<aws::RequestContext> context = std::make_shared<aws::RequestContext>();
  const aws::OperationHandler* handler = nullptr;
  const OperationMetrics* metrics = nullptr;
  std::chrono::steady_clock::time_point begin = stopwatch_now();
};

// What an operation is given to answer with. If the operation loses it, or throws before it has
// answered, the client gets an internal error rather than silence.
class Dispatcher::Responder {
 public:
  Responder(const Dispatcher& dispatcher, std::unique_ptr<Call> call)
      : dispatcher_(&dispatcher), call_(std::move(call)) {}
  Responder(Responder&&) = default;
  ~Responder() {
    if (call_ == nullptr) return;
    if (std::uncaught_exceptions() == 0) {  // whoever catches an exception tells of it
      log_error("operation gave no answer", {{"operation", call_->context->operation},
                                             {"request", call_->context->request_id}});
    }
    dispatcher_->finish(*call_, aws::internal_error());
  }
  void operator()(aws::Result<Output> result) {
    auto call = std::move(call_);
    if (call != nullptr) dispatcher_->finish(*call, std::move(result));
  }

 private:
  const Dispatcher* dispatcher_;
  std::unique_ptr<Call> call_;
};

Dispatcher::Dispatcher(DispatcherDependencies dependencies, DispatcherOptions options)
    : dependencies_(dependencies),
      options_(std::move(options)),
      query_protocol_(dependencies.query_shapes),
      unknown_metrics_(
          std::make_unique<OperationMetrics>(dependencies.metrics, "unknown", "unknown")) {
  for (const auto& [service, operation] : dependencies_.operations.list()) {
    metrics_[dependencies_.operations.find(service, operation)] =
        std::make_unique<OperationMetrics>(dependencies_.metrics, service, operation);
  }
}

Dispatcher::~Dispatcher() = default;

const aws::Protocol& Dispatcher::protocol(ProtocolKind kind) const {
  if (kind == ProtocolKind::kQuery) return query_protocol_;
  if (kind == ProtocolKind::kRestJson) return rest_json_protocol_;
  return json_protocol_;
}

void Dispatcher::handle(HttpRequest request, HttpRespond respond) {
  if (handle_outside_operations(request, respond)) return;
  auto call = std::make_unique<Call>();
  call->request = std::move(request);
  call->respond = std::move(respond);
  run(std::move(call));
}

bool Dispatcher::handle_outside_operations(const HttpRequest& request, HttpRespond& respond) {
  std::string_view path = request.path();
  if (path.starts_with("/_")) {
    handle_admin(request, respond);
    return true;
  }
  if (request.method == "OPTIONS" && request.find_header("Origin")) {
    respond(preflight_response(request));
    return true;
  }
  bool is_get = request.method == "GET" || request.method == "HEAD";
  if (is_get && path == "/" && request.query().empty() && !request.find_header("Authorization")) {
    HttpResponse healthy;
    healthy.body = "healthy: dynamodb." + options_.region + ".amazonaws.com ";
    healthy.headers.emplace_back("x-amz-crc32", std::to_string(crc32(healthy.body)));
    respond(with_cross_origin(request, std::move(healthy)));
    return true;
  }
  return false;
}

void Dispatcher::handle_admin(const HttpRequest& request, HttpRespond& respond) {
  std::string_view method = request.method == "HEAD" ? "GET" : std::string_view(request.method);
  const aws::AdminRoutes::Route* route = dependencies_.admin_routes.find(method, request.path());
  if (route == nullptr) {
    bool exists = dependencies_.admin_routes.has_path(request.path());
    respond(aws::json_response(exists ? R"({"message":"The path does not take this method"})"
                                      : R"({"message":"There is no such path"})",
                               exists ? 405 : 404));
    return;
  }
  if (route->access == aws::AdminAccess::kCredentials && dependencies_.verifier != nullptr) {
    if (auto refused = refuse_admin(request)) return respond(*std::move(refused));
  }
  route->handler(request, std::move(respond));
}

std::optional<HttpResponse> Dispatcher::refuse_admin(const HttpRequest& request) const {
  auto caller = dependencies_.verifier->basic_caller(request);
  if (!caller) {
    if (auto signer = dependencies_.verifier->verify(request, "")) caller = *std::move(signer);
  }
  if (!caller) {
    HttpResponse refused = aws::json_response(
        R"({"message":"Send an access key id and its secret as HTTP Basic credentials"})", 401);
    refused.headers.emplace_back("WWW-Authenticate", "Basic realm=\"millrace\"");
    return refused;
  }
  if (dependencies_.authorizer == nullptr) return std::nullopt;
  aws::RequestContext context;
  context.account = caller->account.empty() ? options_.account : caller->account;
  context.region = options_.region;
  auto allowed =
      dependencies_.authorizer->check_path(*caller, context, request.method, request.path());
  if (allowed) return std::nullopt;
  return aws::json_response(nlohmann::json{{"message", allowed.error().message}}.dump(), 403);
}

// The operation's input, or why there will be none. The order of checks is DynamoDB's.
aws::Result<std::string> Dispatcher::prepare(Call& call) {
  HttpRequest& request = call.request;
  call.context->request_id = dependencies_.random.uuid();
  std::string decoded;
  std::string_view encoding = request.header("Content-Encoding");
  if (!encoding.empty()) {
    MILLRACE_TRY(decoded, aws::decode_content(encoding, request.body, body_bytes_max(request)));
  }
  std::string_view body = encoding.empty() ? std::string_view(request.body) : decoded;
  call.route = aws::route_request(request, body);
  if (call.route.protocol == ProtocolKind::kNone) return std::string();
  if (call.route.protocol == ProtocolKind::kJson && !has_json_body(request)) {
    call.route.protocol = ProtocolKind::kNone;
    return std::string();
  }
  call.handler = dependencies_.operations.find(call.route.service->name, call.route.operation);
  call.context->operation = call.route.operation;
  bool is_json = call.route.protocol == ProtocolKind::kJson;
  if (call.route.service->checksummed) {
    call.context->request_id = dependencies_.random.upper_alphanumeric(52);
  }
  if (call.handler == nullptr) return Unexpected(unknown_operation(call, body));
  auto authenticated = authenticate(call);
  if (!authenticated) {
    if (is_json && !body.empty() && !nlohmann::json::accept(body)) {
      return aws::api_error(400, "SerializationException", "");
    }
    return Unexpected(std::move(authenticated).error());
  }
  locate(call);
  // The signature has been checked over the body as it came; nobody needs that any more.
  return protocol(call.route.protocol)
      .input(call.route, encoding.empty() ? std::move(request.body) : std::move(decoded));
}

ApiError Dispatcher::unknown_operation(const Call& call, std::string_view body) const {
  if (call.route.protocol == ProtocolKind::kJson) {
    bool malformed = !body.empty() && !nlohmann::json::accept(body);
    return {400, malformed ? "SerializationException" : "UnknownOperationException", "", {}};
  }
  if (call.route.protocol == ProtocolKind::kQuery) {
    return {400,
            "InvalidAction",
            "Could not find operation " + call.route.operation + " for version " +
                std::string(call.route.service->query_version),
            {}};
  }
  std::string what = call.route.operation.empty()
                         ? "There is no operation for this method and path."
                         : "The operation " + call.route.operation + " is not supported.";
  return {404, "UnknownOperationException", what, {}};
}

aws::Result<void> Dispatcher::authenticate(Call& call) {
  auto caller = dependencies_.verifier != nullptr
                    ? dependencies_.verifier->verify(call.request, call.route.service->signing_name)
                    : claimed_caller(call.request);
  if (!caller) {
    ApiError error = std::move(caller).error();
    if (call.route.protocol != ProtocolKind::kJson) error.http_status = 403;
    return Unexpected(std::move(error));
  }
  aws::RequestContext& context = *call.context;
  context.account = caller->account.empty() ? options_.account : caller->account;
  context.access_key_id = caller->long_term_key;
  call.caller = std::move(caller).value();
  return {};
}

aws::Result<void> Dispatcher::authorize(const Call& call, const std::string& input) const {
  if (dependencies_.authorizer == nullptr) return {};
  auto allowed =
      dependencies_.authorizer->check(call.caller, *call.context, call.route.service->name, input);
  if (allowed) return {};
  ApiError error = std::move(allowed).error();
  if (call.route.protocol != ProtocolKind::kJson) error.http_status = 403;
  return Unexpected(std::move(error));
}

// Where the caller is, and what else an operation wants to know.
void Dispatcher::locate(Call& call) {
  aws::RequestContext& context = *call.context;
  auto scope = aws::find_credential_scope(call.request);
  context.region = scope && is_region(scope->region) ? scope->region : options_.region;
  context.partition = partition_of(context.region);
  context.service = call.route.service->arn_name;
  context.host = call.request.header("Host");
  if (context.host.empty()) context.host = "localhost";
  context.parameters = std::move(call.route.parameters);
  // Nobody but STS asks whether the credentials are temporary ones.
  if (call.route.service->name == "sts") {
    context.parameters["SecurityToken"] = aws::find_session_token(call.request);
  }
  context.received = dependencies_.clock.now();
  bool is_lambda = call.route.service->name == "lambda";
  context.deadline = context.received + (is_lambda ? kLambdaDeadline : kDeadline);
}

// The error that a test has asked for.
std::optional<ApiError> Dispatcher::planned_error(const Call& call, const std::string& input) {
  if (dependencies_.faults.is_empty()) return std::nullopt;
  std::string_view service = call.route.service->name;
  auto fault = dependencies_.faults.on_request({service, call.route.operation, input});
  if (!fault) return std::nullopt;
  return control::error_of(*fault, service, call.route.operation);
}

void Dispatcher::run(std::unique_ptr<Call> call) {
  auto input = prepare(*call);
  if (call->route.protocol == ProtocolKind::kNone && input) {
    call->respond(with_cross_origin(
        call->request, aws::is_cbor_request(call->request)
                           ? aws::cbor_refusal(call->request, call->context->request_id)
                           : not_an_operation()));
    return;
  }
  if (call->route.service == nullptr) call->route.service = aws::find_service("dynamodb");
  auto found = metrics_.find(call->handler);
  call->metrics = found == metrics_.end() ? unknown_metrics_.get() : found->second.get();
  if (!input) return finish(*call, Unexpected(std::move(input).error()));
  if (auto allowed = authorize(*call, *input); !allowed)
    return finish(*call, Unexpected(std::move(allowed).error()));
  if (auto error = planned_error(*call, *input))
    return finish(*call, Unexpected(std::move(*error)));
  aws::ContextPtr context = call->context;
  const aws::OperationHandler& handler = *call->handler;
  try {
    handler(context, std::move(input).value(), Responder(*this, std::move(call)));
  } catch (const std::exception& exception) {
    // The Responder has answered on its way out.
    log_error("operation threw", {{"operation", context->operation},
                                  {"request", context->request_id},
                                  {"reason", exception.what()}});
  }
}

void Dispatcher::finish(Call& call, aws::Result<Output> result) const {
  const aws::Protocol& wire = protocol(call.route.protocol);
  const std::string& id = call.context->request_id;
  HttpResponse response = result
                              ? wire.output(call.route, call.request, id, std::move(result).value())
                              : wire.error(call.route, call.request, id, result.error());
  int outcome = response.status < 400 ? 0 : response.status < 500 ? 1 : 2;
  call.metrics->requests[outcome]->add();
  std::chrono::duration<double> taken = stopwatch_now() - call.begin;
  call.metrics->duration.observe(taken.count());
  call.respond(with_cross_origin(call.request, std::move(response)));
}

}  // namespace millrace::server
