// AddPermission, GetPolicy and RemovePermission. Policies are kept and answered, so that templates
// deploy; nothing is refused because of them.
#include <algorithm>

#include "lambda/function/function_name.h"
#include "lambda/function/lambda_error.h"
#include "lambda/operation/function/constraints.h"
#include "lambda/operation/function/input.h"
#include "lambda/operation/function/operations.h"

namespace millrace::lambda::operation {
namespace {

// AWS: "Function resource-based policy: 20 KB".
constexpr size_t kPolicyBytesMax = 20 * 1024;

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  });
}

// lambda:* or lambda:InvokeFunction or *
bool is_action(std::string_view text) {
  if (text == "*" || text == "lambda:*") return true;
  if (!text.starts_with("lambda:")) return false;
  text.remove_prefix(7);
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](unsigned char c) { return std::isalpha(c) != 0; });
}

aws::Result<void> check_input(const json& input) {
  std::vector<std::string> broken;
  Constraints members(broken, input);
  for (const char* name : {"StatementId", "Action", "Principal"}) members.required(name);
  members.length("StatementId", 1, 100);
  members.pattern("StatementId", "([a-zA-Z0-9-_]+)", is_word);
  members.pattern("Action", R"((lambda:[*]|lambda:[a-zA-Z]+|[*]))", is_action);
  members.one_of("FunctionUrlAuthType", "NONE, AWS_IAM");
  return result_of(broken);
}

// A service, an account, or the ARN of a user or role.
aws::Result<json> principal_of(const aws::RequestContext& context, const std::string& principal) {
  if (principal == "*") return json("*");
  bool is_account =
      principal.size() == 12 && std::all_of(principal.begin(), principal.end(),
                                            [](unsigned char c) { return std::isdigit(c) != 0; });
  if (is_account) {
    return json{{"AWS", "arn:" + context.partition + ":iam::" + principal + ":root"}};
  }
  if (principal.starts_with("arn:")) return json{{"AWS", principal}};
  if (principal.find('.') != std::string::npos) return json{{"Service", principal}};
  return invalid_parameter(
      "The provided principal was invalid. Please check the principal and try again.");
}

json condition_of(const json& input) {
  json condition = json::object();
  auto add = [&](const char* member, const char* operation, const char* key) {
    std::string value = text_of(input, member);
    if (!value.empty()) condition[operation][key] = value;
  };
  add("SourceArn", "ArnLike", "AWS:SourceArn");
  add("SourceAccount", "StringEquals", "AWS:SourceAccount");
  add("EventSourceToken", "StringEquals", "lambda:EventSourceToken");
  add("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID");
  add("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType");
  if (flag_of(input, "InvokedViaFunctionUrl")) {
    condition["Bool"]["lambda:InvokedViaFunctionUrl"] = "true";
  }
  return condition;
}

json policy_of(const Function& function) {
  json statements = json::array();
  for (const auto& [id, text] : function.policy) {
    statements.push_back(json::parse(text, nullptr, false));
  }
  return {{"Version", "2012-10-17"}, {"Id", "default"}, {"Statement", std::move(statements)}};
}

std::string dump(const json& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

auto find_statement(Function& function, const std::string& id) {
  return std::find_if(function.policy.begin(), function.policy.end(),
                      [&](const auto& entry) { return entry.first == id; });
}

aws::Result<FunctionReference> read_target(const aws::RequestContext& context, const json& input) {
  MILLRACE_TRY(auto reference, read_reference(context, input));
  if (reference.qualifier == kLatestVersion) {
    return invalid_parameter("We currently do not support adding policies for $LATEST.");
  }
  return reference;
}

aws::Result<json> add(const Dependencies& d, const aws::RequestContext& context,
                      const json& input) {
  MILLRACE_CHECK_OK(check_input(input));
  MILLRACE_TRY(auto reference, read_target(context, input));
  std::string id = text_of(input, "StatementId");
  MILLRACE_TRY(json principal, principal_of(context, text_of(input, "Principal")));
  json statement = {{"Sid", id},
                    {"Effect", "Allow"},
                    {"Principal", std::move(principal)},
                    {"Action", text_of(input, "Action")},
                    {"Resource", reference.arn()}};
  json condition = condition_of(input);
  if (!condition.empty()) statement["Condition"] = std::move(condition);
  std::string text = dump(statement);
  MILLRACE_CHECK_OK(
      d.catalog.update(reference, false, [&](Function& function) -> aws::Result<void> {
        MILLRACE_CHECK_OK(check_revision(function, input));
        if (find_statement(function, id) != function.policy.end()) {
          return resource_conflict("The statement id (" + id +
                                   ") provided already exists. Please provide a new statement id, "
                                   "or remove the existing statement.");
        }
        function.policy.emplace_back(id, text);
        size_t size = dump(policy_of(function)).size();
        if (size > kPolicyBytesMax) {
          return lambda_error(400, "PolicyLengthExceededException",
                              "The final policy size (" + std::to_string(size) +
                                  ") is bigger than the limit (" + std::to_string(kPolicyBytesMax) +
                                  ").");
        }
        return {};
      }));
  return json{{"Statement", text}};
}

aws::Result<json> remove(const Dependencies& d, const aws::RequestContext& context,
                         const json& input) {
  MILLRACE_TRY(auto reference, read_target(context, input));
  std::string id = text_of(input, "StatementId");
  MILLRACE_CHECK_OK(
      d.catalog.update(reference, false, [&](Function& function) -> aws::Result<void> {
        MILLRACE_CHECK_OK(check_revision(function, input));
        auto found = find_statement(function, id);
        if (found == function.policy.end()) {
          return resource_not_found("Statement " + id + " is not found in resource policy.");
        }
        function.policy.erase(found);
        return {};
      }));
  return json::object();
}

}  // namespace

aws::OperationHandler add_permission(const Dependencies& d) {
  return aws::json_operation([d](const aws::RequestContext& context, const json& input) {
    return add(d, context, input);
  });
}

aws::OperationHandler get_policy(const Dependencies& d) {
  return aws::json_operation(
      [d](const aws::RequestContext& context, const json& input) -> aws::Result<json> {
        MILLRACE_TRY(FunctionPtr function, find_function(d.catalog, context, input));
        if (function->policy.empty()) {
          return resource_not_found("The resource you requested does not exist.");
        }
        return json{{"Policy", dump(policy_of(*function))}, {"RevisionId", function->revision_id}};
      });
}

aws::OperationHandler remove_permission(const Dependencies& d) {
  return aws::json_operation([d](const aws::RequestContext& context, const json& input) {
    return remove(d, context, input);
  });
}

}  // namespace millrace::lambda::operation
