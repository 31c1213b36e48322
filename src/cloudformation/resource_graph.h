// In which order a template's resources can be made: each after what it refers to.
#pragma once

#include <string>
#include <vector>

#include "cloudformation/intrinsics.h"

namespace millrace::cloudformation {

// Logical ids of the resources whose Condition holds, dependencies (Ref, GetAtt, Sub, DependsOn)
// first, otherwise in order of name. Errors: references to resources that do not exist or whose
// condition is false, cycles.
aws::Result<std::vector<std::string>> creation_order(const json& document, Resolver& resolver,
                                                     const std::map<std::string, json>& parameters);

}  // namespace millrace::cloudformation
