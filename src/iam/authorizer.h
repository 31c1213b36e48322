// Whether a caller may do what it asks for, by the policies of a book. An explicit denial wins;
// what nothing allows is denied. Access keys that no user of the book has may do everything; a role
// that the book does not have may do nothing.
#pragma once

#include <string>
#include <string_view>

#include "aws/api_error.h"
#include "aws/request_context.h"
#include "aws/signature/signature_verifier.h"
#include "iam/policy_book.h"
#include "iam/required_permissions.h"

namespace millrace::iam {

// Thread-safe.
class Authorizer {
 public:
  Authorizer(PolicyBook book, TableFacts facts)
      : book_(std::move(book)), facts_(std::move(facts)) {}

  // `service` as in the operation registry, `input` the operation's. Errors: AccessDeniedException
  // with AWS's text, SerializationException for JSON that readers could understand differently.
  aws::Result<void> check(const aws::Caller& caller, const aws::RequestContext& context,
                          std::string_view service, std::string_view input) const;

  // The server's own paths: action "millrace:Get", "millrace:Post" or "millrace:Delete", resource
  // "arn:aws:millrace:<region>:<account>:<path below /_millrace/>".
  aws::Result<void> check_path(const aws::Caller& caller, const aws::RequestContext& context,
                               std::string_view method, std::string_view path) const;

 private:
  struct Identity {
    const std::vector<Policy>* policies;  // null: may do everything
    std::string arn;
    std::string principal_arn;  // as conditions see it: the role of a session
    std::string user_name;      // empty for roles
  };
  Identity identify(const aws::Caller& caller, const aws::RequestContext& context) const;
  static aws::Result<void> judge_one(const Identity& identity, const aws::RequestContext& context,
                                     Permission permission);

  const PolicyBook book_;
  const TableFacts facts_;
};

}  // namespace millrace::iam
