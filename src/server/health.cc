#include "server/health.h"

#include <nlohmann/json.hpp>

namespace millrace::server {
namespace {

// The shape is the one that tools for local AWS stand-ins poll.
std::string health_document(const aws::OperationRegistry& operations) {
  nlohmann::json services = nlohmann::json::object();
  for (const auto& [service, operation] : operations.list()) services[service] = "running";
  nlohmann::json document = {
      {"status", "ok"}, {"version", MILLRACE_VERSION}, {"edition", "millrace"}};
  document["services"] = std::move(services);
  return document.dump();
}

}  // namespace

void add_health_routes(aws::AdminRoutes& routes, const aws::OperationRegistry& operations,
                       const MetricsRegistry& metrics) {
  auto health = [&operations](const aws::HttpRequest&, aws::HttpRespond respond) {
    respond(aws::json_response(health_document(operations)));
  };
  routes.add("GET", "/_millrace/health", aws::AdminAccess::kOpen, health);
  routes.add("GET", "/_localstack/health", aws::AdminAccess::kOpen, health);
  routes.add("GET", "/_millrace/metrics", aws::AdminAccess::kCredentials,
             [&metrics](const aws::HttpRequest&, aws::HttpRespond respond) {
               aws::HttpResponse response = aws::text_response(metrics.text());
               response.content_type = "text/plain; version=0.0.4; charset=utf-8";
               respond(std::move(response));
             });
}

}  // namespace millrace::server
