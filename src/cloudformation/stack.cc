#include "cloudformation/stack.h"

#include <regex>

#include "aws/arn.h"
#include "base/log.h"
#include "cloudformation/packaging.h"
#include "cloudformation/resource_graph.h"

namespace millrace::cloudformation {
namespace {

// Code is compared by its hash and not kept with the stack.
json without_code_bytes(json properties) {
  json::json_pointer zip(std::string("/Code/") + kPackagedCodeMember + "/Zip");
  if (properties.contains(zip)) properties["Code"][kPackagedCodeMember].erase("Zip");
  return properties;
}

aws::Result<const ResourceType*> type_of(const std::string& id, const json& resource) {
  const ResourceType* type = find_resource_type(resource["Type"].get<std::string>());
  if (type == nullptr) {
    return template_error("Resource " + id + ": the resource type " +
                          resource["Type"].get<std::string>() +
                          " is not supported. Supported types: " + supported_resource_types());
  }
  return type;
}

aws::Result<void> check_properties(const std::string& id, const ResourceType& type,
                                   const json& properties) {
  for (const auto& [name, value] : properties.items()) {
    if (type.properties().count(name) == 0) {
      return template_error("Resource " + id + ": Encountered unsupported property " + name);
    }
  }
  for (const auto& name : type.required()) {
    if (!properties.contains(name)) {
      return template_error("Resource " + id + ": Property " + name + " is required");
    }
  }
  return {};
}

// Everything that one deployment does, and how to take it back.
class DeploymentRun {
 public:
  DeploymentRun(const OperationCaller& caller, Random& random, const json& document,
                Resolver& resolver, Stack before, const StackDeployer::Progress& progress)
      : caller_(caller),
        random_(random),
        document_(document),
        resolver_(resolver),
        before_(std::move(before)),
        progress_(progress) {
    stack_.name = before_.name;
    stack_.id = before_.id;
  }

  aws::Result<Stack> run(const std::vector<std::string>& order) {
    auto done = make_all(order);
    if (!done) {
      roll_back();
      return Unexpected(std::move(done).error());
    }
    stack_.order = order;
    remove_leftovers();
    return std::move(stack_);
  }

 private:
  ResourceContext context_for(const std::string& id) const {
    return {caller_, random_, stack_.name, id};
  }

  aws::Result<void> make_all(const std::vector<std::string>& order) {
    for (const auto& id : order) {
      auto done = apply(id);
      if (done) continue;
      aws::ApiError error = std::move(done).error();
      // A failure of a called service is told with the resource's name in front.
      if (error.message.rfind("Resource ", 0) != 0) {
        error.message = "Resource " + id + ": " + error.message;
      }
      return Unexpected(std::move(error));
    }
    return resolve_outputs();
  }

  void tell(const std::string& id, const std::string& type, const std::string& physical_id,
            const std::string& status, const std::string& reason = "") {
    if (progress_) progress_({id, type, physical_id, status, reason});
  }

  aws::Result<void> apply(const std::string& id) {
    const json& resource = document_["Resources"][id];
    MILLRACE_TRY(const ResourceType* type, type_of(id, resource));
    MILLRACE_TRY(auto properties, resolver_.resolve(resource.value("Properties", json::object())));
    MILLRACE_CHECK_OK(check_properties(id, *type, properties));
    auto old = before_.resources.find(id);
    json kept = without_code_bytes(properties);
    CreatedResource created;
    if (old == before_.resources.end() || old->second.type != type->name()) {
      MILLRACE_TRY(created, create(id, *type, properties));
    } else if (without_code_bytes(old->second.properties) == kept) {
      created = old->second.created;
    } else if (must_replace(*type, old->second.properties, kept)) {
      MILLRACE_TRY(created, create(id, *type, properties));
      replaced_.push_back({id, old->second});
    } else {
      tell(id, std::string(type->name()), old->second.created.physical_id, "UPDATE_IN_PROGRESS");
      auto updated =
          type->update(context_for(id), old->second.created, old->second.properties, properties);
      if (!updated) {
        tell(id, std::string(type->name()), old->second.created.physical_id, "UPDATE_FAILED",
             updated.error().message);
        return Unexpected(std::move(updated).error());
      }
      created = std::move(updated).value();
      updated_.push_back({id, kept});
      tell(id, std::string(type->name()), created.physical_id, "UPDATE_COMPLETE");
    }
    resolver_.set_resource(id, created.reference, created.attributes);
    stack_.resources[id] = {std::string(type->name()), std::move(created), std::move(kept),
                            resource.value("DeletionPolicy", "") == "Retain"};
    return {};
  }

  aws::Result<CreatedResource> create(const std::string& id, const ResourceType& type,
                                      const json& properties) {
    tell(id, std::string(type.name()), "", "CREATE_IN_PROGRESS");
    auto created = type.create(context_for(id), properties);
    if (!created) {
      tell(id, std::string(type.name()), "", "CREATE_FAILED", created.error().message);
      return created;
    }
    created_.push_back({id, {std::string(type.name()), *created, json(), false}});
    tell(id, std::string(type.name()), created->physical_id, "CREATE_COMPLETE");
    return created;
  }

  static bool must_replace(const ResourceType& type, const json& before, const json& after) {
    for (const auto& name : type.replacing()) {
      if (before.value(name, json()) != after.value(name, json())) return true;
    }
    return false;
  }

  void remove_one(const std::string& id, const StackResource& resource) {
    const ResourceType* type = find_resource_type(resource.type);
    if (type == nullptr || resource.retain) return;
    tell(id, resource.type, resource.created.physical_id, "DELETE_IN_PROGRESS");
    auto removed = type->remove(context_for(id), resource.created);
    tell(id, resource.type, resource.created.physical_id,
         removed ? "DELETE_COMPLETE" : "DELETE_FAILED", removed ? "" : removed.error().message);
  }

  // After success: what was replaced, and what the template no longer names.
  void remove_leftovers() {
    for (auto at = replaced_.rbegin(); at != replaced_.rend(); ++at)
      remove_one(at->first, at->second);
    for (auto id = before_.order.rbegin(); id != before_.order.rend(); ++id) {
      auto old = before_.resources.find(*id);
      if (old != before_.resources.end() && stack_.resources.count(*id) == 0) {
        remove_one(*id, old->second);
      }
    }
  }

  void roll_back() {
    for (auto at = updated_.rbegin(); at != updated_.rend(); ++at) {
      const auto& old = before_.resources.at(at->first);
      const ResourceType* type = find_resource_type(old.type);
      // Code is not kept, so it cannot go back; the hash says so to the next deployment.
      auto undone = type->update(context_for(at->first), old.created, at->second, old.properties);
      tell(at->first, old.type, old.created.physical_id,
           undone ? "UPDATE_ROLLBACK_COMPLETE" : "UPDATE_ROLLBACK_FAILED",
           undone ? "" : undone.error().message);
    }
    for (auto at = created_.rbegin(); at != created_.rend(); ++at)
      remove_one(at->first, at->second);
  }

  aws::Result<void> resolve_outputs() {
    const json outputs = document_.value("Outputs", json::object());
    for (const auto& [name, output] : outputs.items()) {
      if (!output.is_object() || !output.contains("Value")) {
        return template_error("Template format error: Output " + name + " must have a Value");
      }
      if (output.contains("Condition") && output["Condition"].is_string()) {
        MILLRACE_TRY(bool wanted, resolver_.condition(output["Condition"]));
        if (!wanted) continue;
      }
      MILLRACE_TRY(auto value, resolver_.resolve(output["Value"]));
      stack_.outputs[name] = value;
    }
    return {};
  }

  const OperationCaller& caller_;
  Random& random_;
  const json& document_;
  Resolver& resolver_;
  Stack before_;
  const StackDeployer::Progress& progress_;
  Stack stack_;
  std::vector<std::pair<std::string, StackResource>> created_, replaced_;
  std::vector<std::pair<std::string, json>> updated_;
};

// What can be said of a template without making anything: known types and property names.
aws::Result<void> check_resources(const json& document, const std::vector<std::string>& order) {
  for (const auto& id : order) {
    const json& resource = document["Resources"][id];
    MILLRACE_TRY(const ResourceType* type, type_of(id, resource));
    MILLRACE_CHECK_OK(check_properties(id, *type, resource.value("Properties", json::object())));
  }
  // Outputs may only refer to what will exist.
  std::set<std::string> known(order.begin(), order.end());
  const json outputs = document.value("Outputs", json::object());
  for (const auto& [name, output] : outputs.items()) {
    if (output.is_object() && output.contains("Condition")) continue;
    for (const auto& reference : references_in(output)) {
      bool parameter = reference.rfind("AWS::", 0) == 0 ||
                       document.value("Parameters", json::object()).contains(reference);
      if (!parameter && known.count(reference) == 0) {
        return template_error("Template format error: Unresolved resource dependencies [" +
                              reference + "] in the Outputs block of the template");
      }
    }
  }
  return {};
}

std::map<std::string, json> pseudo_parameters(const aws::RequestContext& context,
                                              const Stack& stack) {
  return {{"AWS::AccountId", context.account},     {"AWS::Region", context.region},
          {"AWS::Partition", context.partition},   {"AWS::URLSuffix", "amazonaws.com"},
          {"AWS::StackName", stack.name},          {"AWS::StackId", stack.id},
          {"AWS::NotificationARNs", json::array()}};
}

}  // namespace

aws::Result<json> StackDeployer::prepare(const aws::RequestContext& context,
                                         const Deployment& deployment,
                                         const std::map<std::string, json>& pseudo,
                                         std::map<std::string, json>& parameters) {
  MILLRACE_TRY(auto document, parse_template(deployment.template_text));
  MILLRACE_TRY(parameters, parameter_values(document, deployment.parameters, pseudo));
  mark_packaged_code(document, deployment.code);
  if (uses_serverless_transform(document)) {
    std::map<std::string, json> given = parameters;
    for (const auto& [name, value] : pseudo) given.erase(name);
    MILLRACE_TRY(document, transform_.apply(document, given, context.region, context.account));
  }
  MILLRACE_CHECK_OK(insert_packaged_code(document, deployment.code));
  MILLRACE_CHECK_OK(check_template(document));
  return document;
}

aws::Result<Stack> StackDeployer::deploy(const aws::RequestContext& context,
                                         const Deployment& deployment, const Progress& progress) {
  static const std::regex kName("[a-zA-Z][-a-zA-Z0-9]{0,127}");
  if (!std::regex_match(deployment.stack_name, kName)) {
    return template_error("1 validation error detected: Value '" + deployment.stack_name +
                          "' at 'stackName' failed to satisfy constraint: Member must satisfy "
                          "regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*");
  }
  std::lock_guard lock(mutex_);
  MILLRACE_TRY(auto existing, load_stack(engine_, context, deployment.stack_name));
  Stack before = existing.value_or(Stack());
  if (!existing) {
    before.name = deployment.stack_name;
    before.id = aws::make_arn(context, "cloudformation",
                              "stack/" + deployment.stack_name + '/' + random_.uuid())
                    .text();
  }
  std::map<std::string, json> parameters;
  MILLRACE_TRY(auto document,
               prepare(context, deployment, pseudo_parameters(context, before), parameters));
  Resolver resolver(document, parameters);
  MILLRACE_TRY(auto order, creation_order(document, resolver, parameters));
  MILLRACE_CHECK_OK(check_resources(document, order));

  OperationCaller caller(registry_, context);
  DeploymentRun run(caller, random_, document, resolver, before, progress);
  MILLRACE_TRY(auto stack, run.run(order));
  stack.status = existing ? "UPDATE_COMPLETE" : "CREATE_COMPLETE";
  for (const auto& [name, value] : deployment.parameters) stack.parameters[name] = value;
  MILLRACE_CHECK_OK(save_stack(engine_, context, stack));
  return stack;
}

aws::Result<void> StackDeployer::remove(const aws::RequestContext& context,
                                        const std::string& stack_name, const Progress& progress) {
  std::lock_guard lock(mutex_);
  MILLRACE_TRY(auto stack, load_stack(engine_, context, stack_name));
  if (!stack) return template_error("Stack with id " + stack_name + " does not exist");
  OperationCaller caller(registry_, context);
  for (auto id = stack->order.rbegin(); id != stack->order.rend(); ++id) {
    const StackResource& resource = stack->resources.at(*id);
    const ResourceType* type = find_resource_type(resource.type);
    if (type == nullptr || resource.retain) continue;
    ResourceContext resource_context{caller, random_, stack_name, *id};
    MILLRACE_CHECK_OK(type->remove(resource_context, resource.created));
    if (progress) {
      progress({*id, resource.type, resource.created.physical_id, "DELETE_COMPLETE", ""});
    }
  }
  return erase_stack(engine_, context, stack_name);
}

aws::Result<Stack> StackDeployer::describe(const aws::RequestContext& context,
                                           const std::string& stack_name) {
  MILLRACE_TRY(auto stack, load_stack(engine_, context, stack_name));
  if (!stack) return template_error("Stack with id " + stack_name + " does not exist");
  return std::move(*stack);
}

}  // namespace millrace::cloudformation
