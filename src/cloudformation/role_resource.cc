// AWS::IAM::Role: accepted and kept with the stack. Nothing is enforced by it, so there is no
// service to call; functions are created with its ARN.
#include "aws/arn.h"
#include "cloudformation/resource_type.h"

namespace millrace::cloudformation {
namespace {

class RoleType final : public ResourceType {
 public:
  std::string_view name() const override { return "AWS::IAM::Role"; }

  const std::set<std::string>& properties() const override {
    static const std::set<std::string> names = {"AssumeRolePolicyDocument",
                                                "Description",
                                                "ManagedPolicyArns",
                                                "MaxSessionDuration",
                                                "Path",
                                                "PermissionsBoundary",
                                                "Policies",
                                                "RoleName",
                                                "Tags"};
    return names;
  }
  const std::set<std::string>& required() const override {
    static const std::set<std::string> names = {"AssumeRolePolicyDocument"};
    return names;
  }
  const std::set<std::string>& replacing() const override {
    static const std::set<std::string> names = {"Path", "RoleName"};
    return names;
  }

  aws::Result<CreatedResource> create(const ResourceContext& context,
                                      const json& properties) const override {
    std::string role = properties.contains("RoleName") ? properties["RoleName"].get<std::string>()
                                                       : context.generated_name(64);
    std::string path = properties.value("Path", "/");
    aws::Arn arn = aws::make_arn(context.caller.context(), "iam", "role" + path + role);
    arn.region.clear();  // identities are global
    return CreatedResource{
        role,
        role,
        {{"Arn", arn.text()}, {"RoleId", "AROA" + context.random.upper_alphanumeric(17)}}};
  }

  aws::Result<CreatedResource> update(const ResourceContext&, const CreatedResource& existing,
                                      const json&, const json&) const override {
    return existing;
  }

  aws::Result<void> remove(const ResourceContext&, const CreatedResource&) const override {
    return {};
  }
};

}  // namespace

std::unique_ptr<ResourceType> make_role_type() {
  return std::make_unique<RoleType>();
}

}  // namespace millrace::cloudformation
