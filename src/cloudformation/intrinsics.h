// Intrinsic functions: Ref, Fn::GetAtt, Fn::Sub, Fn::Join, Fn::Select, Fn::Split, Fn::If and the
// rest of the condition functions, Fn::FindInMap, Fn::Base64.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "cloudformation/template.h"

namespace millrace::cloudformation {

// What functions are resolved against. Not thread-safe.
class Resolver {
 public:
  // `document` must outlive the resolver. `parameters` holds each parameter's value, pseudo
  // parameters (AWS::Region) included.
  Resolver(const json& document, std::map<std::string, json> parameters);

  // What exists so far: Ref and attributes of a created resource.
  void set_resource(const std::string& logical_id, json reference, json attributes);

  // Evaluates the Conditions section. Errors: unknown names, cycles.
  aws::Result<bool> condition(const std::string& name);

  // The value with every function replaced. Members that become AWS::NoValue vanish. Errors:
  // references to nothing, wrong arguments, attributes that a resource does not have.
  aws::Result<json> resolve(const json& value);

 private:
  aws::Result<json> resolve_object(const json& value);
  aws::Result<json> call(const std::string& function, const json& argument);
  aws::Result<json> reference(const std::string& name);
  aws::Result<json> attribute(const std::string& logical_id, const std::string& name);
  aws::Result<json> substitute(const json& argument);
  aws::Result<json> join(const json& argument);
  aws::Result<json> select(const json& argument);
  aws::Result<json> split(const json& argument);
  aws::Result<json> find_in_map(const json& argument);
  aws::Result<bool> truth(const json& expression);

  struct Created {
    json reference;
    json attributes;
  };
  const json& document_;
  std::map<std::string, json> parameters_;
  std::map<std::string, Created> resources_;
  std::map<std::string, bool> conditions_;
  std::set<std::string> evaluating_;
};

// Logical ids that a value refers to by Ref, GetAtt or Sub (whether or not they exist).
std::set<std::string> references_in(const json& value);

// Whether the object is a call of an intrinsic function (one member, a function's name).
bool is_intrinsic(const json& value);

// AWS::NoValue, while it travels through resolve().
bool is_no_value(const json& value);

// Values of the template's parameters: given ones checked against type, AllowedValues and
// AllowedPattern, defaults for the others, and the pseudo parameters in `pseudo`.
aws::Result<std::map<std::string, json>> parameter_values(
    const json& document, const std::map<std::string, std::string>& given,
    const std::map<std::string, json>& pseudo);

}  // namespace millrace::cloudformation
