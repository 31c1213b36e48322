#include "lambda/operation/function/input.h"

#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "lambda/function/function_name.h"
#include "lambda/function/lambda_error.h"
#include "lambda/operation/function/constraints.h"

namespace millrace::lambda::operation {
namespace {

// "MaxItems ... a maximum of 50" per page, whatever is asked for (API reference of ListFunctions).
constexpr int64_t kPageMax = 50;
constexpr int64_t kMaxItemsMax = 10'000;

}  // namespace

const json* find_member(const json& input, const char* name) {
  auto found = input.find(name);
  return found == input.end() || found->is_null() ? nullptr : &*found;
}

std::string text_of(const json& input, const char* name, std::string fallback) {
  const json* value = find_member(input, name);
  return value == nullptr ? fallback : value->get<std::string>();
}

int64_t integer(const json& value) {
  if (!value.is_string()) return value.get<int64_t>();
  const std::string& text = value.get_ref<const std::string&>();
  int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw json::type_error::create(302, "not a number", nullptr);
  }
  return number;
}

bool flag_of(const json& input, const char* name) {
  const json* value = find_member(input, name);
  return value != nullptr && value->get<bool>();
}

std::map<std::string, std::string> string_map_of(const json& input, const char* name) {
  const json* value = find_member(input, name);
  if (value == nullptr) return {};
  return value->get<std::map<std::string, std::string>>();
}

aws::Result<FunctionReference> read_reference(const aws::RequestContext& context,
                                              const json& input) {
  std::vector<std::string> broken;
  Constraints(broken, input).required("FunctionName");
  MILLRACE_CHECK_OK(result_of(broken));
  return parse_function_name(context, text_of(input, "FunctionName"), text_of(input, "Qualifier"));
}

aws::Result<FunctionPtr> find_function(const FunctionCatalog& catalog,
                                       const aws::RequestContext& context, const json& input) {
  MILLRACE_TRY(auto reference, read_reference(context, input));
  return catalog.find_or_error(reference);
}

aws::Result<void> check_revision(const Function& function, const json& input) {
  std::string expected = text_of(input, "RevisionId");
  if (expected.empty() || expected == function.revision_id) return {};
  return lambda_error(412, "PreconditionFailedException",
                      "The Revision Id provided does not match the latest Revision Id. Call the "
                      "GetFunction/GetAlias API to retrieve the latest Revision Id");
}

aws::Result<Page> read_page(const json& input, size_t count,
                            const std::function<const std::string&(size_t)>& name_of) {
  std::vector<std::string> broken;
  Constraints(broken, input).range("MaxItems", 1, kMaxItemsMax);
  MILLRACE_CHECK_OK(result_of(broken));
  Page page;
  std::string marker = text_of(input, "Marker");
  if (!marker.empty()) {
    auto last = from_base64(marker);
    if (!last) return invalid_parameter("The Marker is not one that this operation gave.");
    while (page.begin < count && name_of(page.begin) <= *last) ++page.begin;
  }
  const json* wanted = find_member(input, "MaxItems");
  int64_t size = wanted == nullptr ? kPageMax : std::min(integer(*wanted), kPageMax);
  page.end = std::min(count, page.begin + static_cast<size_t>(size));
  if (page.end < count) page.next_marker = to_base64(name_of(page.end - 1));
  return page;
}

}  // namespace millrace::lambda::operation
