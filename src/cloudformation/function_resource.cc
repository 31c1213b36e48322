// AWS::Lambda::Function. Its code is local: a folder or file beside the template, packed by the
// command line into the deployment (see packaging.h), or text inside the template.
#include "base/encoding.h"
#include "cloudformation/packaging.h"
#include "cloudformation/resource_type.h"

namespace millrace::cloudformation {
namespace {

const std::vector<std::string> kConfiguration = {"Description", "Environment",   "EphemeralStorage",
                                                 "Handler",     "Layers",        "LoggingConfig",
                                                 "MemorySize",  "Role",          "Runtime",
                                                 "Timeout",     "TracingConfig", "DeadLetterConfig",
                                                 "KMSKeyArn",   "VpcConfig"};

json configuration_of(const json& properties) {
  json input = pick(properties, kConfiguration);
  if (properties.contains("KmsKeyArn")) input["KMSKeyArn"] = properties["KmsKeyArn"];
  coerce_numbers(input, {"Timeout", "MemorySize", "Size"});
  if (input.contains("Environment") && input["Environment"].contains("Variables")) {
    for (auto& [name, value] : input["Environment"]["Variables"].items()) {
      if (value.is_number() || value.is_boolean()) value = value.dump();
    }
  }
  return input;
}

aws::Result<json> zip_of(const json& properties) {
  const json code = properties.value("Code", json::object());
  if (code.contains(kPackagedCodeMember)) return code[kPackagedCodeMember]["Zip"];
  if (code.contains("ZipFile") && code["ZipFile"].is_string()) {
    bool node = properties.value("Runtime", "").rfind("nodejs", 0) == 0;
    MILLRACE_TRY(auto zip, zip_one_file(node ? "index.js" : "index.py",
                                        code["ZipFile"].get_ref<const std::string&>()));
    return json(to_base64(zip));
  }
  return template_error(
      "Code must be a local path or inline text (ZipFile): there is no S3 to fetch " + code.dump() +
      " from");
}

// What tells one version of the code from another: the archive's hash, or the Code itself.
json code_identity(const json& properties) {
  const json code = properties.value("Code", json::object());
  return code.contains(kPackagedCodeMember) ? code[kPackagedCodeMember]["Sha256"] : code;
}

// Earlier code is not kept with a stack, so a roll-back leaves the code as it is.
bool has_code(const json& properties) {
  const json code = properties.value("Code", json::object());
  return !code.contains(kPackagedCodeMember) || code[kPackagedCodeMember].contains("Zip");
}

class FunctionType final : public ResourceType {
 public:
  std::string_view name() const override { return "AWS::Lambda::Function"; }

  const std::set<std::string>& properties() const override {
    static const std::set<std::string> names = {"Architectures",
                                                "Code",
                                                "DeadLetterConfig",
                                                "Description",
                                                "Environment",
                                                "EphemeralStorage",
                                                "FunctionName",
                                                "Handler",
                                                "KmsKeyArn",
                                                "Layers",
                                                "LoggingConfig",
                                                "MemorySize",
                                                "PackageType",
                                                "ReservedConcurrentExecutions",
                                                "Role",
                                                "Runtime",
                                                "Tags",
                                                "Timeout",
                                                "TracingConfig",
                                                "VpcConfig"};
    return names;
  }
  const std::set<std::string>& required() const override {
    static const std::set<std::string> names = {"Code", "Role"};
    return names;
  }
  const std::set<std::string>& replacing() const override {
    static const std::set<std::string> names = {"FunctionName", "PackageType"};
    return names;
  }

  aws::Result<CreatedResource> create(const ResourceContext& context,
                                      const json& properties) const override {
    json input = configuration_of(properties);
    input["FunctionName"] = properties.contains("FunctionName") ? properties["FunctionName"]
                                                                : json(context.generated_name(64));
    if (properties.contains("Architectures")) input["Architectures"] = properties["Architectures"];
    if (properties.contains("PackageType")) input["PackageType"] = properties["PackageType"];
    if (properties.contains("Tags")) input["Tags"] = tags_as_map(properties["Tags"]);
    MILLRACE_TRY(auto zip, zip_of(properties));
    input["Code"] = {{"ZipFile", zip}};
    MILLRACE_TRY(auto answer, context.caller.call("lambda", "CreateFunction", input));
    MILLRACE_CHECK_OK(set_concurrency(context, input["FunctionName"], json::object(), properties));
    std::string name = answer["FunctionName"];
    return CreatedResource{name, name, {{"Arn", answer["FunctionArn"]}}};
  }

  aws::Result<CreatedResource> update(const ResourceContext& context,
                                      const CreatedResource& existing, const json& before,
                                      const json& after) const override {
    json new_configuration = configuration_of(after);
    if (new_configuration != configuration_of(before)) {
      // A property that is gone goes back to its default, which an empty value asks for.
      if (!after.contains("Environment") && before.contains("Environment")) {
        new_configuration["Environment"] = {{"Variables", json::object()}};
      }
      new_configuration["FunctionName"] = existing.physical_id;
      MILLRACE_CHECK_OK(
          context.caller.call("lambda", "UpdateFunctionConfiguration", new_configuration));
    }
    if (code_identity(after) != code_identity(before) && has_code(after)) {
      MILLRACE_TRY(auto zip, zip_of(after));
      MILLRACE_CHECK_OK(
          context.caller.call("lambda", "UpdateFunctionCode",
                              {{"FunctionName", existing.physical_id}, {"ZipFile", zip}}));
    }
    MILLRACE_CHECK_OK(set_concurrency(context, existing.physical_id, before, after));
    return existing;
  }

  aws::Result<void> remove(const ResourceContext& context,
                           const CreatedResource& existing) const override {
    auto answer =
        context.caller.call("lambda", "DeleteFunction", {{"FunctionName", existing.physical_id}});
    if (!answer && !is_missing(answer.error())) return Unexpected(std::move(answer).error());
    return {};
  }

 private:
  aws::Result<void> set_concurrency(const ResourceContext& context, const std::string& function,
                                    const json& before, const json& after) const {
    json wanted = pick(after, {"ReservedConcurrentExecutions"});
    if (wanted == pick(before, {"ReservedConcurrentExecutions"})) return {};
    coerce_numbers(wanted, {"ReservedConcurrentExecutions"});
    const char* operation = wanted.empty() ? "DeleteFunctionConcurrency" : "PutFunctionConcurrency";
    wanted["FunctionName"] = function;
    auto answer = context.caller.call("lambda", operation, wanted);
    if (!answer) return Unexpected(std::move(answer).error());
    return {};
  }
};

}  // namespace

std::unique_ptr<ResourceType> make_function_type() {
  return std::make_unique<FunctionType>();
}

}  // namespace millrace::cloudformation
