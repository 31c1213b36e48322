#include "iam/sts_operations.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "aws/arn.h"
#include "aws/signature/session.h"
#include "base/encoding.h"

namespace millrace::iam {
namespace {

using aws::RequestContext;
using aws::Result;
using aws::Session;
using nlohmann::json;

// AWS's bounds.
constexpr int64_t kSecondsMin = 900;
constexpr int64_t kRoleSecondsMax = 43'200;
constexpr int64_t kRoleSecondsDefault = 3'600;
constexpr int64_t kTokenSecondsMax = 129'600;
constexpr int64_t kTokenSecondsDefault = 43'200;
constexpr size_t kRoleArnCharactersMin = 20;
constexpr size_t kRoleArnCharactersMax = 2048;
constexpr size_t kSessionNameCharactersMin = 2;
constexpr size_t kSessionNameCharactersMax = 64;

std::optional<Session> caller_session(const RequestContext& context) {
  return aws::read_session_token(context.parameter("SecurityToken").value_or(""));
}

std::string root_arn(const RequestContext& context) {
  return "arn:" + context.partition + ":iam::" + context.account + ":root";
}

Result<json> get_caller_identity(const RequestContext& context) {
  auto session = caller_session(context);
  return json{{"Account", context.account},
              {"Arn", session ? session->caller_arn : root_arn(context)},
              {"UserId", session ? session->caller_id : context.account}};
}

Unexpected<aws::ApiError> constraint(const std::string& value, const std::string& member,
                                     const std::string& rule) {
  return aws::validation_error("1 validation error detected: Value '" + value + "' at '" + member +
                               "' failed to satisfy constraint: Member must " + rule);
}

Result<std::string> text_of(const json& input, const char* name, const std::string& member,
                            size_t min, size_t max) {
  if (!input.contains(name)) {
    return aws::validation_error("1 validation error detected: Value null at '" + member +
                                 "' failed to satisfy constraint: Member must not be null");
  }
  std::string text = input.at(name).get<std::string>();
  if (text.size() < min) {
    return constraint(text, member, "have length greater than or equal to " + std::to_string(min));
  }
  if (text.size() > max) {
    return constraint(text, member, "have length less than or equal to " + std::to_string(max));
  }
  return text;
}

Result<Duration> duration_of(const json& input, int64_t otherwise, int64_t max) {
  int64_t seconds = input.value("DurationSeconds", otherwise);
  std::string text = std::to_string(seconds);
  if (seconds < kSecondsMin) {
    return constraint(text, "durationSeconds",
                      "have value greater than or equal to " + std::to_string(kSecondsMin));
  }
  if (seconds > max) {
    return constraint(text, "durationSeconds",
                      "have value less than or equal to " + std::to_string(max));
  }
  return Duration(std::chrono::seconds(seconds));
}

class Sessions {
 public:
  Sessions(const aws::AccessKeys& keys, const Clock& clock, Random& random)
      : keys_(keys), clock_(clock), random_(random) {}

  Result<json> get_session_token(const RequestContext& context, const json& input) const {
    if (caller_session(context)) {
      return aws::api_error(403, "AccessDeniedException",
                            "Cannot call GetSessionToken with session credentials");
    }
    MILLRACE_TRY(Duration lifetime, duration_of(input, kTokenSecondsDefault, kTokenSecondsMax));
    return json{{"Credentials", credentials(context, context.account, root_arn(context),
                                            context.account, lifetime)}};
  }

  Result<json> assume_role(const RequestContext& context, const json& input) const {
    MILLRACE_TRY(std::string arn, text_of(input, "RoleArn", "roleArn", kRoleArnCharactersMin,
                                          kRoleArnCharactersMax));
    MILLRACE_TRY(std::string name, text_of(input, "RoleSessionName", "roleSessionName",
                                           kSessionNameCharactersMin, kSessionNameCharactersMax));
    bool is_name = std::all_of(name.begin(), name.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || std::string_view("_+=,.@-").find(c) != std::string_view::npos;
    });
    if (!is_name) {
      return constraint(name, "roleSessionName",
                        "satisfy regular expression pattern: [\\w+=,.@-]*");
    }
    MILLRACE_TRY(Duration lifetime, duration_of(input, kRoleSecondsDefault, kRoleSecondsMax));
    auto role = aws::Arn::parse(arn);
    if (!role || role->service != "iam" || !role->resource.starts_with("role/") ||
        role->resource.ends_with('/') || !aws::is_account_id(role->account)) {
      return aws::validation_error(arn + " is invalid");
    }
    // Without keys everybody is every account anyway.
    if (!keys_.empty() && role->account != context.account) {
      return aws::api_error(
          403, "AccessDeniedException",
          "User: " + root_arn(context) +
              " is not authorized to perform: sts:AssumeRole on resource: " + arn);
    }
    std::string session_arn = "arn:" + role->partition + ":sts::" + role->account +
                              ":assumed-role" + role->resource.substr(role->resource.rfind('/')) +
                              '/' + name;
    std::string id = role_id(arn) + ':' + name;
    return json{{"Credentials", credentials(context, role->account, session_arn, id, lifetime)},
                {"AssumedRoleUser", {{"Arn", session_arn}, {"AssumedRoleId", id}}},
                {"PackedPolicySize", 0}};
  }

 private:
  // The same for the same role.
  static std::string role_id(const std::string& arn) {
    std::string digits = to_hex(as_view(sha256(arn))).substr(0, 17);
    for (char& c : digits) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return "AROA" + digits;
  }

  json credentials(const RequestContext& context, const std::string& account,
                   const std::string& arn, const std::string& id, Duration lifetime) const {
    const aws::AccessKey* key = keys_.find(context.access_key_id);
    Session session{aws::make_session_key_id(random_),
                    context.access_key_id,
                    account,
                    arn,
                    id,
                    std::chrono::floor<std::chrono::seconds>(clock_.now() + lifetime)};
    aws::SessionCredentials made =
        aws::make_credentials(session, key != nullptr ? key->secret : std::string());
    return {{"AccessKeyId", made.access_key_id},
            {"SecretAccessKey", made.secret},
            {"SessionToken", made.token},
            {"Expiration", to_unix_seconds(session.expires)}};
  }

  const aws::AccessKeys& keys_;
  const Clock& clock_;
  Random& random_;
};

void add_shapes(aws::QueryShapes& shapes, const char* operation) {
  using aws::Shape;
  Shape input = Shape::structure({{"DurationSeconds", "DurationSeconds", Shape::integer()}});
  Shape credentials = Shape::structure({{"Expiration", "Expiration", Shape::timestamp()}});
  shapes.add("sts", operation, std::move(input),
             Shape::structure({{"Credentials", "Credentials", std::move(credentials)}}));
}

}  // namespace

void register_sts_operations(aws::OperationRegistry& registry, aws::QueryShapes& shapes,
                             const aws::AccessKeys& keys, const Clock& clock, Random& random) {
  Sessions sessions(keys, clock, random);
  registry.add("sts", "GetCallerIdentity",
               aws::json_operation([](const RequestContext& context, const json&) {
                 return get_caller_identity(context);
               }));
  registry.add("sts", "GetSessionToken",
               aws::json_operation([sessions](const RequestContext& context, const json& input) {
                 return sessions.get_session_token(context, input);
               }));
  registry.add("sts", "AssumeRole",
               aws::json_operation([sessions](const RequestContext& context, const json& input) {
                 return sessions.assume_role(context, input);
               }));
  add_shapes(shapes, "GetSessionToken");
  add_shapes(shapes, "AssumeRole");
}

}  // namespace millrace::iam
