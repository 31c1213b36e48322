// What a request needs permission for: one action on one resource, with what conditions may ask.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace millrace::iam {

struct Permission {
  std::string action;    // "dynamodb:PutItem"
  std::string resource;  // an ARN, or "*" for an action on no resource
  // Condition keys and their values, by lower-case name: keys are compared without case.
  std::map<std::string, std::vector<std::string>> keys;
  // Condition keys whose values the request has, but cannot be told. No allowance rests on them,
  // and no denial is escaped by them.
  std::set<std::string> untold_keys;
};

}  // namespace millrace::iam
