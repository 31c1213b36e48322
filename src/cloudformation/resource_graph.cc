#include "cloudformation/resource_graph.h"

namespace millrace::cloudformation {
namespace {

std::set<std::string> depends_on(const json& resource) {
  std::set<std::string> ids;
  if (!resource.contains("DependsOn")) return ids;
  const json& value = resource["DependsOn"];
  if (value.is_string()) ids.insert(value.get<std::string>());
  if (value.is_array()) {
    for (const auto& one : value) {
      if (one.is_string()) ids.insert(one.get<std::string>());
    }
  }
  return ids;
}

// Depth-first, so that a cycle shows as a resource met again while its dependencies are being
// placed.
class Sorter {
 public:
  explicit Sorter(std::map<std::string, std::set<std::string>> edges) : edges_(std::move(edges)) {}

  aws::Result<std::vector<std::string>> sort() {
    for (const auto& [id, dependencies] : edges_) MILLRACE_CHECK_OK(place(id));
    return order_;
  }

 private:
  aws::Result<void> place(const std::string& id) {
    if (placed_.count(id) > 0) return {};
    if (!placing_.insert(id).second) {
      return template_error("Circular dependency between resources: [" + id + "]");
    }
    for (const auto& dependency : edges_[id]) MILLRACE_CHECK_OK(place(dependency));
    placing_.erase(id);
    placed_.insert(id);
    order_.push_back(id);
    return {};
  }

  std::map<std::string, std::set<std::string>> edges_;
  std::set<std::string> placing_, placed_;
  std::vector<std::string> order_;
};

// The branches of Fn::If that are not taken do not count as references.
aws::Result<json> taken_branches(const json& value, Resolver& resolver) {
  if (value.is_object() && value.size() == 1 && value.contains("Fn::If")) {
    const json& argument = value["Fn::If"];
    if (argument.is_array() && argument.size() == 3 && argument[0].is_string()) {
      MILLRACE_TRY(bool chosen, resolver.condition(argument[0]));
      return taken_branches(argument[chosen ? 1 : 2], resolver);
    }
  }
  if (!value.is_structured()) return value;
  json result = value.is_array() ? json::array() : json::object();
  for (const auto& [name, member] : value.items()) {
    MILLRACE_TRY(auto inner, taken_branches(member, resolver));
    if (value.is_array()) {
      result.push_back(std::move(inner));
    } else {
      result[name] = std::move(inner);
    }
  }
  return result;
}

}  // namespace

aws::Result<std::vector<std::string>> creation_order(
    const json& document, Resolver& resolver, const std::map<std::string, json>& parameters) {
  std::set<std::string> active;
  for (const auto& [id, resource] : document["Resources"].items()) {
    bool wanted = true;
    if (resource.contains("Condition") && resource["Condition"].is_string()) {
      MILLRACE_TRY(wanted, resolver.condition(resource["Condition"]));
    }
    if (wanted) active.insert(id);
  }
  std::map<std::string, std::set<std::string>> edges;
  std::string unresolved;
  for (const auto& id : active) {
    const json& resource = document["Resources"][id];
    MILLRACE_TRY(auto properties,
                 taken_branches(resource.value("Properties", json::object()), resolver));
    std::set<std::string> names = references_in(properties);
    for (const auto& name : depends_on(resource)) names.insert(name);
    auto& dependencies = edges[id];
    for (const auto& name : names) {
      if (active.count(name) > 0) {
        dependencies.insert(name);
      } else if (parameters.count(name) == 0 && name != "AWS::NoValue") {
        unresolved += (unresolved.empty() ? "" : ", ") + name;
      }
    }
  }
  if (!unresolved.empty()) {
    return template_error("Template format error: Unresolved resource dependencies [" + unresolved +
                          "] in the Resources block of the template");
  }
  return Sorter(std::move(edges)).sort();
}

}  // namespace millrace::cloudformation
