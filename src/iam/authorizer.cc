#include "iam/authorizer.h"

#include <nlohmann/json.hpp>

#include "aws/arn.h"
#include "aws/http_message.h"
#include "iam/strict_json.h"

namespace millrace::iam {
namespace {

using aws::RequestContext;
using nlohmann::json;

constexpr std::string_view kAssumedRole = "assumed-role/";

Unexpected<aws::ApiError> denied(const std::string& who, const Permission& permission,
                                 Verdict verdict) {
  std::string reason =
      verdict == Verdict::kDenied
          ? " with an explicit deny in an identity-based policy"
          : " because no identity-based policy allows the " + permission.action + " action";
  return aws::api_error(400, "AccessDeniedException",
                        "User: " + who + " is not authorized to perform: " + permission.action +
                            " on resource: " + permission.resource + reason);
}

}  // namespace

Authorizer::Identity Authorizer::identify(const aws::Caller& caller,
                                          const RequestContext& context) const {
  static const std::vector<Policy> kNone;
  auto session = aws::Arn::parse(caller.session_arn);
  if (session && session->resource.starts_with(kAssumedRole)) {
    std::string role = session->resource.substr(kAssumedRole.size());
    role = role.substr(0, role.find('/'));
    const std::vector<Policy>* policies = book_.find_role(role);
    return {policies == nullptr ? &kNone : policies, caller.session_arn,
            "arn:" + context.partition + ":iam::" + context.account + ":role/" + role, ""};
  }
  const User* user = book_.find_user(caller.long_term_key);
  if (user == nullptr) return {nullptr, "", "", ""};
  std::string arn = "arn:" + context.partition + ":iam::" + context.account + ":user/" + user->name;
  return {&user->policies, arn, arn, user->name};
}

aws::Result<void> Authorizer::judge_one(const Identity& identity, const RequestContext& context,
                                        Permission permission) {
  permission.keys["aws:principalarn"] = {identity.principal_arn};
  permission.keys["aws:principalaccount"] = {context.account};
  permission.keys["aws:requestedregion"] = {context.region};
  if (!identity.user_name.empty()) permission.keys["aws:username"] = {identity.user_name};
  Verdict verdict = judge(*identity.policies, permission);
  if (verdict == Verdict::kAllowed) return {};
  return denied(identity.arn, permission, verdict);
}

aws::Result<void> Authorizer::check(const aws::Caller& caller, const RequestContext& context,
                                    std::string_view service, std::string_view input) const {
  Identity identity = identify(caller, context);
  if (identity.policies == nullptr) return {};
  json document = json::object();
  bool is_payload = service == "lambda" && context.operation.starts_with("Invoke");
  if (!is_payload && !input.empty()) {
    auto parsed = parse_strict_json(input);
    if (!parsed) return aws::api_error(400, "SerializationException", "");
    document = *std::move(parsed);
  }
  auto needed = required_permissions(context, service, document, facts_);
  if (!needed) {
    return denied(identity.arn, {std::string(service) + ':' + context.operation, "*"},
                  Verdict::kNothingSaid);
  }
  for (Permission& permission : *needed) {
    MILLRACE_CHECK_OK(judge_one(identity, context, std::move(permission)));
  }
  return {};
}

aws::Result<void> Authorizer::check_path(const aws::Caller& caller, const RequestContext& context,
                                         std::string_view method, std::string_view path) const {
  Identity identity = identify(caller, context);
  if (identity.policies == nullptr) return {};
  std::string action = aws::to_lower(method == "HEAD" ? "GET" : method);
  if (!action.empty()) action[0] = static_cast<char>(std::toupper(action[0]));
  constexpr std::string_view kPrefix = "/_millrace/";
  if (path.starts_with(kPrefix)) path.remove_prefix(kPrefix.size());
  return judge_one(
      identity, context,
      {"millrace:" + action, aws::make_arn(context, "millrace", std::string(path)).text()});
}

}  // namespace millrace::iam
