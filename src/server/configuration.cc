#include "server/configuration.h"

#include "aws/signature/access_keys.h"
#include "iam/policy_book.h"

namespace millrace::server {

// More would not fit into one transaction that changes a whole table.
constexpr int kCellsPerTableMax = 64;

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

namespace {

// A key that a policy is meant for and that has another id would be one without any.
Result<void, std::string> check_policies(const std::string& text, const aws::AccessKeys& keys) {
  auto book = iam::PolicyBook::parse(text);
  if (!book) return Unexpected("The policies can not be read: " + book.error());
  if (keys.empty()) {
    return Unexpected(std::string(
        "Policies need access keys, by which callers are known: give them with --keys FILE."));
  }
  for (const std::string& id : book->access_key_ids()) {
    if (keys.find(id) == nullptr) {
      return Unexpected("The policies name the access key " + id + ", which is not known.");
    }
  }
  return {};
}

}  // namespace

Result<void, std::string> check(const Configuration& configuration) {
  if (!aws::is_account_id(configuration.account)) {
    return Unexpected("The account must be 12 digits, not '" + configuration.account + "'.");
  }
  if (configuration.cells_per_table < 1 || configuration.cells_per_table > kCellsPerTableMax) {
    return Unexpected("The number of partitions must be from 1 to " +
                      std::to_string(kCellsPerTableMax) + ".");
  }
  if (configuration.tls_certificate.empty() != configuration.tls_key.empty()) {
    return Unexpected(
        std::string("TLS needs a certificate and its key: --tls-certificate and --tls-key."));
  }
  auto keys = aws::AccessKeys::parse(configuration.access_keys);
  if (!keys) return Unexpected("The access keys can not be read: " + keys.error() + ".");
  if (!is_loopback(configuration.host) && keys->empty()) {
    return Unexpected(
        "Refusing to listen on " + configuration.host +
        " without access keys: everybody who reaches the port could read and change everything. "
        "Give keys with --keys FILE or MILLRACE_ACCESS_KEYS (ID:SECRET), or listen on 127.0.0.1.");
  }
  if (!configuration.policies.empty()) {
    MILLRACE_CHECK_OK(check_policies(configuration.policies, *keys));
  }
  return {};
}

}  // namespace millrace::server
