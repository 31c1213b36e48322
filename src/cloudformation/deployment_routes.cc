#include "cloudformation/deployment_routes.h"

#include "aws/json_text.h"
#include "base/encoding.h"

namespace millrace::cloudformation {
namespace {

constexpr std::string_view kPath = "/_millrace/stacks";

aws::HttpResponse error_response(const aws::ApiError& error, const json& events) {
  json document = {{"error", error.type}, {"message", error.message}, {"events", events}};
  return aws::json_response(document.dump(-1, ' ', false, json::error_handler_t::replace),
                            error.http_status);
}

json event_description(const StackEvent& event) {
  return {{"LogicalResourceId", event.logical_id},
          {"ResourceType", event.type},
          {"PhysicalResourceId", event.physical_id},
          {"ResourceStatus", event.status},
          {"ResourceStatusReason", event.reason}};
}

aws::Result<Deployment> parse_deployment(const std::string& body) {
  json document = aws::parse_json(body);
  auto text = [&](const char* name) {
    return document.is_object() && document.contains(name) && document[name].is_string()
               ? document[name].get<std::string>()
               : std::string();
  };
  Deployment deployment;
  deployment.stack_name = text("StackName");
  deployment.template_text = text("TemplateBody");
  if (deployment.stack_name.empty() || deployment.template_text.empty()) {
    return template_error("A deployment is a JSON object with StackName and TemplateBody");
  }
  const json parameters = document.value("Parameters", json::object());
  const json code = document.value("Code", json::object());
  for (const auto& [name, value] : parameters.items()) {
    if (!value.is_string()) return template_error("Parameters must be an object of texts");
    deployment.parameters[name] = value;
  }
  for (const auto& [path, value] : code.items()) {
    auto zip = value.is_string() ? from_base64(value.get_ref<const std::string&>()) : std::nullopt;
    if (!zip) return template_error("Code must be an object of archives in base64");
    deployment.code[path] = std::move(*zip);
  }
  return deployment;
}

}  // namespace

json stack_description(const Stack& stack) {
  json resources = json::array();
  for (const auto& id : stack.order) {
    const auto& resource = stack.resources.at(id);
    resources.push_back({{"LogicalResourceId", id},
                         {"ResourceType", resource.type},
                         {"PhysicalResourceId", resource.created.physical_id}});
  }
  return {{"StackName", stack.name},
          {"StackId", stack.id},
          {"StackStatus", stack.status},
          {"Outputs", stack.outputs},
          {"Resources", resources}};
}

void register_deployment_routes(aws::AdminRoutes& routes, StackDeployer& deployer,
                                Executor& executor, const Clock& clock, Random& random,
                                aws::RequestContext defaults) {
  auto context_for = [defaults, &clock, &random](const aws::HttpRequest& request) {
    aws::RequestContext context = defaults;
    auto query = aws::parse_name_values(request.query(), false);
    context.account = aws::find_value(query, "account").value_or(defaults.account);
    context.region = aws::find_value(query, "region").value_or(defaults.region);
    if (!request.header("host").empty()) context.host = request.header("host");
    context.request_id = random.uuid();
    context.received = clock.now();
    context.deadline = context.received + std::chrono::minutes(5);
    return context;
  };
  auto name_of = [](const aws::HttpRequest& request) {
    return percent_decode(request.path().substr(kPath.size() + 1));
  };

  routes.add("POST", std::string(kPath), aws::AdminAccess::kCredentials,
             [&deployer, &executor, context_for](const aws::HttpRequest& request,
                                                 aws::HttpRespond respond) {
               executor.post([&deployer, context = context_for(request), body = request.body,
                              respond = std::move(respond)]() mutable {
                 json events = json::array();
                 auto run = [&]() -> aws::Result<Stack> {
                   MILLRACE_TRY(auto deployment, parse_deployment(body));
                   return deployer.deploy(context, deployment, [&](const StackEvent& event) {
                     events.push_back(event_description(event));
                   });
                 };
                 auto stack = run();
                 if (!stack) {
                   respond(error_response(stack.error(), events));
                   return;
                 }
                 json description = stack_description(*stack);
                 description["events"] = events;
                 respond(aws::json_response(description.dump()));
               });
             });

  routes.add("GET", std::string(kPath) + '/', aws::AdminAccess::kCredentials,
             [&deployer, &executor, context_for, name_of](const aws::HttpRequest& request,
                                                          aws::HttpRespond respond) {
               executor.post([&deployer, context = context_for(request), name = name_of(request),
                              respond = std::move(respond)]() mutable {
                 auto stack = deployer.describe(context, name);
                 respond(stack ? aws::json_response(stack_description(*stack).dump())
                               : error_response(stack.error(), json::array()));
               });
             });

  routes.add("DELETE", std::string(kPath) + '/', aws::AdminAccess::kCredentials,
             [&deployer, &executor, context_for, name_of](const aws::HttpRequest& request,
                                                          aws::HttpRespond respond) {
               executor.post([&deployer, context = context_for(request), name = name_of(request),
                              respond = std::move(respond)]() mutable {
                 json events = json::array();
                 auto removed = deployer.remove(context, name, [&](const StackEvent& event) {
                   events.push_back(event_description(event));
                 });
                 respond(removed ? aws::json_response(json{{"events", events}}.dump())
                                 : error_response(removed.error(), events));
               });
             });
}

}  // namespace millrace::cloudformation
