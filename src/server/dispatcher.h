// From an HTTP request to the operation that it means, and back. Everything that is the same for
// all services happens here: routing, authentication, account and region, metrics, faults.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "aws/admin_routes.h"
#include "aws/operation.h"
#include "aws/protocol/json_protocol.h"
#include "aws/protocol/query_protocol.h"
#include "aws/protocol/rest_json_protocol.h"
#include "aws/signature/signature_verifier.h"
#include "base/metrics.h"
#include "base/random.h"
#include "control/fault_plan.h"
#include "iam/authorizer.h"

namespace millrace::server {

struct DispatcherOptions {
  std::string account = "000000000000";  // of callers whose access key names no other
  std::string region = "us-east-1";      // of requests without a signature
};

struct DispatcherDependencies {
  const aws::OperationRegistry& operations;
  const aws::QueryShapes& query_shapes;
  const aws::AdminRoutes& admin_routes;
  const aws::SignatureVerifier* verifier;  // null: signatures are not checked
  const Clock& clock;
  Random& random;
  MetricsRegistry& metrics;
  control::FaultPlan& faults;
  const iam::Authorizer* authorizer = nullptr;  // null: whoever is known may do everything
};

// How large a body the request that begins so may have: Lambda code travels in JSON.
size_t body_bytes_max(const aws::HttpRequest& head);

// Thread-safe. The operations must be registered before it is made; all dependencies must outlive
// it and every request.
class Dispatcher {
 public:
  Dispatcher(DispatcherDependencies dependencies, DispatcherOptions options);
  ~Dispatcher();

  void handle(aws::HttpRequest request, aws::HttpRespond respond);

 private:
  struct OperationMetrics;
  struct Call;
  class Responder;

  bool handle_outside_operations(const aws::HttpRequest& request, aws::HttpRespond& respond);
  void handle_admin(const aws::HttpRequest& request, aws::HttpRespond& respond);
  // The answer to a request for one of the server's own paths that is refused; nothing if it is
  // not.
  std::optional<aws::HttpResponse> refuse_admin(const aws::HttpRequest& request) const;
  aws::Result<std::string> prepare(Call& call);
  aws::Result<void> authenticate(Call& call);
  void locate(Call& call);
  aws::Result<void> authorize(const Call& call, const std::string& input) const;
  aws::ApiError unknown_operation(const Call& call, std::string_view body) const;
  std::optional<aws::ApiError> planned_error(const Call& call, const std::string& input);
  void run(std::unique_ptr<Call> call);
  void finish(Call& call, aws::Result<aws::Output> result) const;
  const aws::Protocol& protocol(aws::ProtocolKind kind) const;

  DispatcherDependencies dependencies_;
  DispatcherOptions options_;
  aws::JsonProtocol json_protocol_;
  aws::QueryProtocol query_protocol_;
  aws::RestJsonProtocol rest_json_protocol_;
  std::unordered_map<const aws::OperationHandler*, std::unique_ptr<OperationMetrics>> metrics_;
  std::unique_ptr<OperationMetrics> unknown_metrics_;
};

}  // namespace millrace::server
