// The access keys that this server knows. Filled while the server is wired, read-only afterwards.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"

namespace millrace::aws {

struct AccessKey {
  std::string secret;
  std::string account;  // 12 digits; empty: the server's default account
};

class AccessKeys {
 public:
  // One key an entry, "ID:SECRET" or "ID:SECRET:ACCOUNT"; entries end with a comma or a line, and
  // lines beginning with '#' are comments. The error says which entry is wrong, without its secret.
  static millrace::Result<AccessKeys, std::string> parse(std::string_view text);

  void add(std::string id, AccessKey key);
  const AccessKey* find(std::string_view id) const;  // null if unknown
  bool empty() const { return keys_.empty(); }
  // Those that keys name; not the default account.
  std::set<std::string> accounts() const;

 private:
  std::map<std::string, AccessKey, std::less<>> keys_;
};

bool is_account_id(std::string_view text);  // 12 digits

}  // namespace millrace::aws
