// Who may do what: the policies of users and roles, as a file says it.
//
//     {"Users": [{"UserName": "reader", "AccessKeyIds": ["AKIDREADER"], "Policies": [<policy>]}],
//      "Roles": [{"RoleName": "worker", "Policies": [<policy>]}]}
//
// Immutable once parsed, so thread-safe. A snapshot of nothing else: names are not looked up.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "iam/policy.h"

namespace millrace::iam {

struct User {
  std::string name;
  std::vector<Policy> policies;
};

class PolicyBook {
 public:
  // The error is one sentence that says where and what.
  static Result<PolicyBook, std::string> parse(std::string_view text);

  const User* find_user(std::string_view access_key_id) const;             // null if none
  const std::vector<Policy>* find_role(std::string_view role_name) const;  // null if none
  // Of all users.
  std::vector<std::string> access_key_ids() const;

 private:
  std::vector<User> users_;
  std::map<std::string, size_t, std::less<>> user_of_key_;
  std::map<std::string, std::vector<Policy>, std::less<>> roles_;
};

}  // namespace millrace::iam
