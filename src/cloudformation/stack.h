// Stacks: what a template's deployment has made, kept in the engine, so that the next deployment
// changes only what differs and a removal finds everything.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "cloudformation/intrinsics.h"
#include "cloudformation/resource_type.h"
#include "cloudformation/sam_transform.h"
#include "engine/engine.h"

namespace millrace::cloudformation {

struct StackResource {
  std::string type;
  CreatedResource created;
  json properties;      // as resolved when it was last made or changed, without code
  bool retain = false;  // DeletionPolicy: Retain
};

struct Stack {
  std::string name;
  std::string id;  // ARN
  std::string status;
  json parameters = json::object();
  json outputs = json::object();
  std::map<std::string, StackResource> resources;  // by logical id
  std::vector<std::string> order;                  // in which they were made
};

struct StackEvent {
  std::string logical_id;
  std::string type;
  std::string physical_id;
  std::string status;  // CREATE_IN_PROGRESS, CREATE_COMPLETE, CREATE_FAILED, UPDATE_..., DELETE_...
  std::string reason;
};

struct Deployment {
  std::string stack_name;
  std::string template_text;
  std::map<std::string, std::string> parameters;
  std::map<std::string, std::string> code;  // zip bytes by local path, as the template names it
};

// Thread-safe: deployments of one server run one after another. Blocks; to be called on a thread
// that may wait (never an I/O thread).
class StackDeployer {
 public:
  StackDeployer(engine::Engine& engine, const aws::OperationRegistry& registry, Random& random,
                SamTransformOptions transform)
      : engine_(engine), registry_(registry), random_(random), transform_(std::move(transform)) {}

  // Creates the stack or changes it to what the template says. The template is checked whole before
  // anything is called. If a resource fails, what this deployment made is removed and what it
  // changed is changed back; the error names the resource.
  using Progress = std::function<void(const StackEvent&)>;
  aws::Result<Stack> deploy(const aws::RequestContext& context, const Deployment& deployment,
                            const Progress& progress);
  // Removes every resource, the newest first. A stack that does not exist is a ValidationError.
  aws::Result<void> remove(const aws::RequestContext& context, const std::string& stack_name,
                           const Progress& progress);
  aws::Result<Stack> describe(const aws::RequestContext& context, const std::string& stack_name);

 private:
  aws::Result<json> prepare(const aws::RequestContext& context, const Deployment& deployment,
                            const std::map<std::string, json>& pseudo,
                            std::map<std::string, json>& parameters);

  engine::Engine& engine_;
  const aws::OperationRegistry& registry_;
  Random& random_;
  SamTransform transform_;
  std::mutex mutex_;
};

// Kept rows: see docs/formats/stacks.md.
aws::Result<std::optional<Stack>> load_stack(engine::Engine& engine,
                                             const aws::RequestContext& context,
                                             const std::string& name);
aws::Result<void> save_stack(engine::Engine& engine, const aws::RequestContext& context,
                             const Stack& stack);
aws::Result<void> erase_stack(engine::Engine& engine, const aws::RequestContext& context,
                              const std::string& name);

}  // namespace millrace::cloudformation
