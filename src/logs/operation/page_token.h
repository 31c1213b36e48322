// Tokens of pages: places in a group's events, and in lists that are sorted anew for each page.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/api_error.h"
#include "logs/log_store.h"

namespace millrace::logs::operation {

// 56 digits.
std::string cursor_token(const LogCursor& cursor);
std::optional<LogCursor> parse_cursor_token(std::string_view token);

// By what a list is sorted.
using ListKey = std::pair<int64_t, std::string>;
std::string list_token(const ListKey& key);
aws::Result<ListKey> parse_list_token(std::string_view token);

// InvalidParameterException
Unexpected<aws::ApiError> invalid_token();

template <class T>
struct ListPage {
  std::vector<T> items;
  std::optional<std::string> next_token;
};

// The first `limit` after `after`, sorted by `key_of`.
template <class T, class KeyOf>
ListPage<T> cut_page(std::vector<T> items, const KeyOf& key_of, bool descending,
                     const std::optional<ListKey>& after, size_t limit) {
  auto comes_before = [&](const ListKey& a, const ListKey& b) {
    return descending ? b < a : a < b;
  };
  std::sort(items.begin(), items.end(),
            [&](const T& a, const T& b) { return comes_before(key_of(a), key_of(b)); });
  auto first = items.begin();
  if (after) {
    first = std::find_if(items.begin(), items.end(),
                         [&](const T& item) { return comes_before(*after, key_of(item)); });
  }
  items.erase(items.begin(), first);
  ListPage<T> page;
  if (items.size() > limit) {
    items.erase(items.begin() + static_cast<std::ptrdiff_t>(limit), items.end());
    page.next_token = list_token(key_of(items.back()));
  }
  page.items = std::move(items);
  return page;
}

}  // namespace millrace::logs::operation
