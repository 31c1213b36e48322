// Deployments over HTTP, for `millrace deploy`: the template with its parameters and packed code
// in, the stack out.
//
//   POST   /_millrace/stacks        {"StackName", "TemplateBody", "Parameters": {..}, "Code":
//   {path: base64}} GET    /_millrace/stacks/NAME DELETE /_millrace/stacks/NAME
//
// ?region= and ?account= choose where, as the credential scope does for AWS's own operations.
#pragma once

#include "aws/admin_routes.h"
#include "base/executor.h"
#include "cloudformation/stack.h"

namespace millrace::cloudformation {

// Everything must outlive the routes. `executor` runs deployments, which block: not an I/O thread.
// `defaults` gives account, region and host where a request does not.
void register_deployment_routes(aws::AdminRoutes& routes, StackDeployer& deployer,
                                Executor& executor, const Clock& clock, Random& random,
                                aws::RequestContext defaults);

// {"StackName", "StackId", "StackStatus", "Outputs", "Resources": [...]}
json stack_description(const Stack& stack);

}  // namespace millrace::cloudformation
