// How one type of resource is made, changed and removed, by calls of the operation registry.
//
// Adding a type is one file in this folder and one line in resource_types.cc.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "aws/operation.h"
#include "base/random.h"
#include "cloudformation/template.h"

namespace millrace::cloudformation {

// Calls an operation of a service and waits for its answer. Deployments run on threads of their
// own.
class OperationCaller {
 public:
  OperationCaller(const aws::OperationRegistry& registry, aws::RequestContext context)
      : registry_(registry), context_(std::move(context)) {}
  aws::Result<json> call(const std::string& service, const std::string& operation,
                         const json& input) const;
  const aws::RequestContext& context() const { return context_; }

 private:
  const aws::OperationRegistry& registry_;
  aws::RequestContext context_;
};

struct ResourceContext {
  const OperationCaller& caller;
  Random& random;
  std::string stack_name;
  std::string logical_id;

  // "stack-LogicalId-1A2B3C4D5E6F7", cut to `length_max`, as CloudFormation names what has no name.
  std::string generated_name(size_t length_max) const;
};

struct CreatedResource {
  std::string physical_id;
  json reference;   // what Ref gives
  json attributes;  // what Fn::GetAtt gives, by name
};

class ResourceType {
 public:
  virtual ~ResourceType() = default;
  virtual std::string_view name() const = 0;
  virtual const std::set<std::string>& properties() const = 0;
  virtual const std::set<std::string>& required() const = 0;
  // Properties whose change needs a new resource in place of the old one.
  virtual const std::set<std::string>& replacing() const = 0;

  virtual aws::Result<CreatedResource> create(const ResourceContext& context,
                                              const json& properties) const = 0;
  virtual aws::Result<CreatedResource> update(const ResourceContext& context,
                                              const CreatedResource& existing, const json& before,
                                              const json& after) const = 0;
  // Removing what is gone already succeeds.
  virtual aws::Result<void> remove(const ResourceContext& context,
                                   const CreatedResource& existing) const = 0;
};

// Null if the type is not supported.
const ResourceType* find_resource_type(std::string_view name);
std::string supported_resource_types();

// The factories behind find_resource_type().
std::unique_ptr<ResourceType> make_table_type();
std::unique_ptr<ResourceType> make_queue_type();
std::unique_ptr<ResourceType> make_function_type();
std::unique_ptr<ResourceType> make_event_source_mapping_type();
std::unique_ptr<ResourceType> make_role_type();

// CloudFormation takes "5" and "true" where the API wants 5 and true: converts the named members,
// and those of nested objects and lists, in place.
void coerce_numbers(json& value, const std::set<std::string>& names);
void coerce_booleans(json& value, const std::set<std::string>& names);
// Members of `from` named in `names`, as they are.
json pick(const json& from, const std::vector<std::string>& names);
// [{"Key": "a", "Value": "b"}] as {"a": "b"}.
json tags_as_map(const json& tags);
bool is_missing(const aws::ApiError& error);

}  // namespace millrace::cloudformation
