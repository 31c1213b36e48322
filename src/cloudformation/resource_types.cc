#include <future>

#include "cloudformation/resource_type.h"

namespace millrace::cloudformation {
namespace {

const std::vector<std::unique_ptr<ResourceType>>& all_types() {
  static const auto types = [] {
    std::vector<std::unique_ptr<ResourceType>> list;
    list.push_back(make_table_type());
    list.push_back(make_event_source_mapping_type());
    list.push_back(make_function_type());
    list.push_back(make_queue_type());
    list.push_back(make_role_type());
    return list;
  }();
  return types;
}

// Applies `convert` to members with one of the names, at any depth.
template <class Convert>
void convert_members(json& value, const std::set<std::string>& names, const Convert& convert) {
  if (!value.is_structured()) return;
  if (value.is_object()) {
    for (auto& [name, member] : value.items()) {
      if (member.is_string() && names.count(name) > 0) convert(member);
    }
  }
  for (auto& member : value) convert_members(member, names, convert);
}

}  // namespace

aws::Result<json> OperationCaller::call(const std::string& service, const std::string& operation,
                                        const json& input) const {
  std::promise<aws::Result<json>> promise;
  auto answer = promise.get_future();
  registry_.call(context_, service, operation, input,
                 [&promise](aws::Result<json> result) { promise.set_value(std::move(result)); });
  return answer.get();
}

std::string ResourceContext::generated_name(size_t length_max) const {
  std::string suffix = '-' + random.upper_alphanumeric(13);
  std::string name = stack_name + '-' + logical_id;
  if (name.size() + suffix.size() > length_max) name.resize(length_max - suffix.size());
  return name + suffix;
}

const ResourceType* find_resource_type(std::string_view name) {
  for (const auto& type : all_types()) {
    if (type->name() == name) return type.get();
  }
  return nullptr;
}

std::string supported_resource_types() {
  std::string text;
  for (const auto& type : all_types()) {
    text += (text.empty() ? "" : ", ") + std::string(type->name());
  }
  return text;
}

void coerce_numbers(json& value, const std::set<std::string>& names) {
  convert_members(value, names, [](json& member) {
    json number = json::parse(member.get_ref<const std::string&>(), nullptr, false);
    if (number.is_number()) member = std::move(number);
  });
}

void coerce_booleans(json& value, const std::set<std::string>& names) {
  convert_members(value, names, [](json& member) {
    if (member == "true") member = true;
    if (member == "false") member = false;
  });
}

json pick(const json& from, const std::vector<std::string>& names) {
  json picked = json::object();
  for (const auto& name : names) {
    if (from.contains(name)) picked[name] = from[name];
  }
  return picked;
}

json tags_as_map(const json& tags) {
  json map = json::object();
  if (tags.is_object()) return tags;
  for (const auto& tag : tags) {
    if (tag.is_object() && tag.contains("Key")) {
      map[tag["Key"].get<std::string>()] = tag.value("Value", "");
    }
  }
  return map;
}

bool is_missing(const aws::ApiError& error) {
  return error.type == "ResourceNotFoundException" || error.type == "QueueDoesNotExist" ||
         error.type == "NoSuchEntity";
}

}  // namespace millrace::cloudformation
