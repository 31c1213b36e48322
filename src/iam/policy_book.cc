#include "iam/policy_book.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "iam/strict_json.h"

namespace millrace::iam {
namespace {

using nlohmann::json;

// As IAM: letters, digits and these. None of them means anything in a pattern.
bool is_identity_name(const json& value) {
  if (!value.is_string()) return false;
  std::string name = value.get<std::string>();
  return !name.empty() && name.size() <= 64 &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 ||
                  std::string_view("_+=,.@-").find(static_cast<char>(c)) != std::string_view::npos;
         });
}

Result<void, std::string> check_members(const json& value, const std::vector<std::string>& names) {
  if (!value.is_object()) return Unexpected(std::string("A user or role must be an object."));
  for (const auto& [name, member] : value.items()) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      return Unexpected("The member " + name + " is not supported.");
    }
  }
  return {};
}

Result<std::vector<Policy>, std::string> parse_policies(const json& entry,
                                                        const std::string& whose) {
  json list = entry.value("Policies", json());
  if (!list.is_array()) return Unexpected(whose + ": Policies must be a list.");
  std::vector<Policy> policies;
  for (const json& document : list) {
    auto policy = Policy::parse(document);
    if (!policy) return Unexpected(whose + ": " + policy.error());
    policies.push_back(std::move(policy).value());
  }
  return policies;
}

}  // namespace

Result<PolicyBook, std::string> PolicyBook::parse(std::string_view text) {
  auto parsed = parse_strict_json(text);
  if (!parsed) return Unexpected(std::string("It is not JSON, or an object has a name twice."));
  const json& document = *parsed;
  MILLRACE_CHECK_OK(check_members(document, {"Users", "Roles"}));
  PolicyBook book;
  for (const json& entry : document.value("Users", json::array())) {
    MILLRACE_CHECK_OK(check_members(entry, {"UserName", "AccessKeyIds", "Policies"}));
    json name = entry.value("UserName", json());
    if (!is_identity_name(name)) return Unexpected(std::string("A user has no valid UserName."));
    std::string whose = "User " + name.get<std::string>();
    MILLRACE_TRY(auto policies, parse_policies(entry, whose));
    json keys = entry.value("AccessKeyIds", json());
    if (!keys.is_array() || keys.empty()) {
      return Unexpected(whose + ": AccessKeyIds must be a list of access key ids.");
    }
    for (const json& key : keys) {
      if (!key.is_string() || !book.user_of_key_.emplace(key, book.users_.size()).second) {
        return Unexpected(whose + ": an access key id is no text, or another user's too.");
      }
    }
    book.users_.push_back({name.get<std::string>(), std::move(policies)});
  }
  for (const json& entry : document.value("Roles", json::array())) {
    MILLRACE_CHECK_OK(check_members(entry, {"RoleName", "Policies"}));
    json name = entry.value("RoleName", json());
    if (!is_identity_name(name)) return Unexpected(std::string("A role has no valid RoleName."));
    std::string whose = "Role " + name.get<std::string>();
    MILLRACE_TRY(auto policies, parse_policies(entry, whose));
    if (!book.roles_.emplace(name, std::move(policies)).second) {
      return Unexpected(whose + " is there twice.");
    }
  }
  return book;
}

std::vector<std::string> PolicyBook::access_key_ids() const {
  std::vector<std::string> ids;
  for (const auto& [id, user] : user_of_key_) ids.push_back(id);
  return ids;
}

const User* PolicyBook::find_user(std::string_view access_key_id) const {
  auto found = user_of_key_.find(access_key_id);
  return found == user_of_key_.end() ? nullptr : &users_[found->second];
}

const std::vector<Policy>* PolicyBook::find_role(std::string_view role_name) const {
  auto found = roles_.find(role_name);
  return found == roles_.end() ? nullptr : &found->second;
}

}  // namespace millrace::iam
