// Reading what the operations have in common: the function they are about, revision ids, pages.
// Wrong JSON types throw json::exception, which json_operation answers with a
// SerializationException.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "aws/api_error.h"
#include "aws/request_context.h"
#include "lambda/function/function_catalog.h"

namespace millrace::lambda::operation {

using nlohmann::json;

// A member that is there and not null; else a null pointer.
const json* find_member(const json& input, const char* name);
std::string text_of(const json& input, const char* name, std::string fallback = "");
// From a number, or a number's text, which is how the query of a URL gives it.
int64_t integer(const json& value);
bool flag_of(const json& input, const char* name);
std::map<std::string, std::string> string_map_of(const json& input, const char* name);

// What FunctionName and Qualifier name. Errors: those of parse_function_name.
aws::Result<FunctionReference> read_reference(const aws::RequestContext& context,
                                              const json& input);
// The function itself, or ResourceNotFoundException.
aws::Result<FunctionPtr> find_function(const FunctionCatalog& catalog,
                                       const aws::RequestContext& context, const json& input);

// RevisionId, if it is given, must be the function's: PreconditionFailedException.
aws::Result<void> check_revision(const Function& function, const json& input);

// A part of `count` entries that MaxItems and Marker ask for.
struct Page {
  size_t begin = 0;
  size_t end = 0;
  std::string next_marker;  // empty: nothing is left
};
// `name_of(i)` is what entry i is ordered by; a marker names the last entry of the page before.
aws::Result<Page> read_page(const json& input, size_t count,
                            const std::function<const std::string&(size_t)>& name_of);

}  // namespace millrace::lambda::operation
