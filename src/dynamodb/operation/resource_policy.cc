#include "dynamodb/operation/resource_policy.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <set>

#include "aws/arn.h"
#include "dynamodb/operation/kept_settings.h"
#include "dynamodb/operation/key_schema.h"

namespace millrace::dynamodb::operation {
namespace {

using Document = nlohmann::ordered_json;

constexpr const char* kSetting = "ResourcePolicy";
constexpr size_t kDocumentBytesMax = 20'480;
constexpr int kDocumentDepthMax = 16;  // a condition's values are six levels down
constexpr size_t kArnLengthMax = 1283;
constexpr size_t kRevisionLengthMax = 255;
constexpr size_t kAccountDigits = 12;
// Expected of a table that has no policy.
constexpr const char* kNoPolicy = "NO_POLICY";
constexpr std::string_view kTablePrefix = "table/";
constexpr std::string_view kStreamSeparator = "/stream/";

Unexpected<aws::ApiError> invalid_document(const std::string& text) {
  return invalid_parameter("Invalid policy document: " + text);
}

Unexpected<aws::ApiError> invalid_principal() {
  return aws::validation_error("Invalid principal in policy document.");
}

// A list of one is told as its element.
Document without_single_list(const Document& value) {
  return value.is_array() && value.size() == 1 ? value[0] : value;
}

bool is_account_id(const std::string& text) {
  return text.size() == kAccountDigits &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Document canonical_principal(const aws::RequestContext& context, const Document& principal) {
  auto name_of = [&](const Document& name) -> Document {
    if (!name.is_string() || !is_account_id(name.get<std::string>())) return name;
    return "arn:" + context.partition + ":iam::" + name.get<std::string>() + ":root";
  };
  if (!principal.is_object()) return principal;
  Document result = Document::object();
  for (const auto& [kind, names] : principal.items()) {
    if (!names.is_array()) {
      result[kind] = name_of(names);
      continue;
    }
    Document list = Document::array();
    for (const auto& name : names) {
      Document shown = name_of(name);
      if (std::find(list.begin(), list.end(), shown) == list.end()) list.push_back(shown);
    }
    result[kind] = without_single_list(list);
  }
  return result;
}

bool names_everybody(const Document& principal) {
  auto is_star = [](const Document& name) {
    return name.is_string() && name.get_ref<const std::string&>() == "*";
  };
  if (is_star(principal)) return true;
  if (!principal.is_object() || !principal.contains("AWS")) return false;
  const Document& names = principal["AWS"];
  return names.is_array() ? std::any_of(names.begin(), names.end(), is_star) : is_star(names);
}

std::optional<std::string> effect_of(const Document& statement) {
  if (!statement.contains("Effect") || !statement["Effect"].is_string()) return std::nullopt;
  auto effect = statement["Effect"].get<std::string>();
  std::transform(effect.begin(), effect.end(), effect.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (effect == "allow") return "Allow";
  if (effect == "deny") return "Deny";
  return std::nullopt;
}

aws::Result<Document> canonical_statement(const aws::RequestContext& context,
                                          const Document& statement) {
  if (!statement.is_object()) return invalid_document("This policy contains invalid Json");
  auto effect = effect_of(statement);
  if (!effect) return invalid_document("Missing required field Effect");
  const char* principal = statement.contains("NotPrincipal") ? "NotPrincipal" : "Principal";
  if (!statement.contains(principal)) {
    return invalid_document("Missing required field Principal");
  }
  const Document& who = statement[principal];
  if (!who.is_object() && !names_everybody(who)) return invalid_principal();
  const char* action = statement.contains("NotAction") ? "NotAction" : "Action";
  if (!statement.contains(action)) return invalid_document("Missing required field Action");
  const char* resource = statement.contains("NotResource") ? "NotResource" : "Resource";
  if (!statement.contains(resource)) return invalid_document("Missing required field Resource");
  bool conditional = statement.contains("Condition") && !statement["Condition"].empty();
  if (*effect == "Allow" && names_everybody(who) && !conditional) {
    return aws::validation_error(
        "Resource-based policy grants unbounded access in one or more elements. Please revise the "
        "policy to ensure least-privilege form of access");
  }
  Document result = Document::object();
  if (statement.contains("Sid")) result["Sid"] = statement["Sid"];
  result["Effect"] = *effect;
  result[principal] = canonical_principal(context, who);
  result[action] = without_single_list(statement[action]);
  result[resource] = without_single_list(statement[resource]);
  if (conditional) result["Condition"] = statement["Condition"];
  return result;
}

// Without the slash behind "table/NAME" everything is the table's name.
std::pair<std::string, std::string> split_resource(const std::string& resource) {
  std::string rest = resource.substr(kTablePrefix.size());
  size_t separator = rest.find(kStreamSeparator);
  if (separator == std::string::npos) return {rest, ""};
  return {rest.substr(0, separator), rest.substr(separator + kStreamSeparator.size())};
}

std::string setting_of(const std::string& stream_label) {
  return stream_label.empty() ? kSetting : std::string("Stream") + kSetting + ' ' + stream_label;
}

nlohmann::json to_setting(const ResourcePolicy& policy) {
  return {{"Policy", policy.document}, {"RevisionId", policy.revision_id}};
}

}  // namespace

void check_policy_arn(ConstraintList& constraints, const std::optional<std::string>& resource_arn) {
  constraints.require(resource_arn, "resourceArn");
  constraints.check_length(resource_arn, "resourceArn", 1, kArnLengthMax);
}

void check_revision(ConstraintList& constraints, const std::optional<std::string>& revision) {
  constraints.check_length(revision, "expectedRevisionId", 1, kRevisionLengthMax);
}

aws::Result<PolicyTarget> find_policy_target(const table::TableCatalog& catalog,
                                             const aws::RequestContext& context,
                                             const std::optional<std::string>& resource_arn) {
  auto arn = aws::Arn::parse(*resource_arn);
  if (!arn) return invalid_parameter("ARNs must start with 'arn:': " + *resource_arn);
  if (arn->service != "dynamodb") {
    return invalid_parameter("Provided Arn is not a DynamoDB resource arn: " + *resource_arn);
  }
  if (arn->partition != context.partition || arn->region != context.region) {
    return invalid_parameter("Invalid resource Arn: " + *resource_arn);
  }
  bool is_table = arn->resource.rfind(kTablePrefix, 0) == 0;
  auto [name, label] =
      is_table ? split_resource(arn->resource) : std::pair<std::string, std::string>();
  if (!is_table || name.find('/') != std::string::npos) {
    return invalid_parameter(
        "Invalid resource arn provided, only table or stream is accepted. Provided resource arn: " +
        *resource_arn);
  }
  if (arn->account != context.account) {
    return aws::validation_error(
        "This action is only supported by accounts that match the resource owner\u2019s account.");
  }
  auto table = catalog.find(arn->account, arn->region, name);
  if (table == nullptr || (!label.empty() && label != table->latest_stream_label)) {
    return aws::api_error(
        400, "ResourceNotFoundException",
        "Requested resource not found: ResourceArn: " + *resource_arn + " not found");
  }
  return PolicyTarget{std::move(table), *resource_arn, std::move(label)};
}

aws::Result<std::string> canonical_policy(const aws::RequestContext& context,
                                          const std::string& document) {
  if (document.size() > kDocumentBytesMax) {
    return invalid_parameter("Maximum policy size of 20480 bytes exceeded");
  }
  bool too_deep = false;
  Document given = Document::parse(
      document,
      [&](int depth, Document::parse_event_t, Document&) {
        too_deep = too_deep || depth > kDocumentDepthMax;
        return !too_deep;
      },
      false);
  if (too_deep || !given.is_object()) return invalid_document("This policy contains invalid Json");
  Document statements = given.contains("Statement") ? given["Statement"] : Document::array();
  if (statements.is_object()) statements = Document::array({statements});
  if (!statements.is_array() || statements.empty()) {
    return invalid_document("Could not parse the policy: Statement is empty!");
  }
  Document result = Document::object();
  result["Version"] = given.contains("Version") ? given["Version"] : Document("2008-10-17");
  if (given.contains("Id")) result["Id"] = given["Id"];
  result["Statement"] = Document::array();
  std::set<std::string> ids;
  for (const auto& statement : statements) {
    MILLRACE_TRY(Document canonical, canonical_statement(context, statement));
    if (canonical.contains("Sid") && !ids.insert(canonical["Sid"].dump()).second) {
      return invalid_document("The Statement Ids in the policy are not unique");
    }
    result["Statement"].push_back(std::move(canonical));
  }
  return result.dump();
}

ResourcePolicy kept_policy(const table::Table& table, const std::string& stream_label) {
  nlohmann::json kept = kept_setting(table, setting_of(stream_label));
  if (!kept.is_object()) return {};
  return {kept.value("Policy", ""), kept.value("RevisionId", "")};
}

ResourcePolicy keep_policy(table::Table& table, const std::string& stream_label,
                           std::string document, Timestamp now) {
  ResourcePolicy before = kept_policy(table, stream_label);
  // Two changes within a millisecond are two revisions.
  int64_t last = before.revision_id.empty() ? 0 : std::stoll(before.revision_id);
  ResourcePolicy policy{std::move(document),
                        std::to_string(std::max(last + 1, to_unix_millis(now)))};
  keep_setting(table, setting_of(stream_label), to_setting(policy));
  return policy;
}

void keep_first_policy(std::map<std::string, std::string>& settings, const std::string& document,
                       Timestamp now) {
  settings[setting_of("")] = to_setting({document, std::to_string(to_unix_millis(now))}).dump();
}

aws::Result<void> check_expected_revision(const table::Table& table, const ResourcePolicy& kept,
                                          const std::optional<std::string>& expected) {
  std::string revision = kept.document.empty() ? kNoPolicy : kept.revision_id;
  if (!expected || *expected == revision) return {};
  return aws::api_error(
      400, "PolicyNotFoundException",
      "Resource-based policy not found for the provided ResourceArn: Requested update for policy "
      "with revision id " +
          *expected + ", but the policy associated to target table " + table.name +
          " has revision id " + revision + ".");
}

}  // namespace millrace::dynamodb::operation
