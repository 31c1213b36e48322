#include "aws/signature/access_keys.h"

#include <algorithm>

#include "aws/http_message.h"

namespace millrace::aws {

bool is_account_id(std::string_view text) {
  return text.size() == 12 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

millrace::Result<AccessKeys, std::string> AccessKeys::parse(std::string_view text) {
  AccessKeys keys;
  int number = 0;
  while (!text.empty()) {
    size_t end = std::min(text.find_first_of(",\n"), text.size());
    std::string_view entry = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!entry.empty() && entry.back() == '\r') entry.remove_suffix(1);
    entry = trim(entry);
    if (entry.empty() || entry.front() == '#') continue;
    ++number;
    size_t first = entry.find(':');
    size_t second = first == std::string_view::npos ? first : entry.find(':', first + 1);
    std::string_view id = entry.substr(0, first);
    std::string_view secret =
        first == std::string_view::npos ? "" : entry.substr(first + 1, second - first - 1);
    std::string_view account = second == std::string_view::npos ? "" : entry.substr(second + 1);
    if (id.empty() || secret.empty() || (!account.empty() && !is_account_id(account))) {
      return Unexpected("access key " + std::to_string(number) +
                        " is not of the form ID:SECRET or ID:SECRET:ACCOUNT (12 digits)");
    }
    keys.add(std::string(id), AccessKey{std::string(secret), std::string(account)});
  }
  return keys;
}

void AccessKeys::add(std::string id, AccessKey key) {
  keys_.insert_or_assign(std::move(id), std::move(key));
}

const AccessKey* AccessKeys::find(std::string_view id) const {
  auto found = keys_.find(id);
  return found == keys_.end() ? nullptr : &found->second;
}

std::set<std::string> AccessKeys::accounts() const {
  std::set<std::string> accounts;
  for (const auto& [id, key] : keys_) {
    if (!key.account.empty()) accounts.insert(key.account);
  }
  return accounts;
}

}  // namespace millrace::aws
