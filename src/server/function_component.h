// Lambda functions: their catalog and code, the worker processes that run them, and their
// operations.
#pragma once

#include <string>

#include "control/faulty_invoker.h"
#include "lambda/function/function_catalog.h"
#include "lambda/function/invoker.h"
#include "lambda/function/tag_owner.h"
#include "server/platform.h"

namespace millrace::server {

// What it exposes lives as long as the component.
class FunctionComponent : public Component {
 public:
  virtual lambda::FunctionCatalog& catalog() = 0;
  // Goes by platform.faults.
  virtual control::FaultyInvoker& invoker() = 0;
  // Lets TagResource, UntagResource and ListTags find the tags of another kind of Lambda's
  // resources: "event-source-mapping". To be called before the server serves.
  virtual void add_tag_owner(std::string kind, lambda::TagOwner& owner) = 0;
};

// Needs platform.log_store and platform.access_keys; adds to the latter if there are any.
Started<FunctionComponent> start_functions(Platform& platform);

}  // namespace millrace::server
