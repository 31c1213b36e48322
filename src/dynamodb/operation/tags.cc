#include "dynamodb/operation/tags.h"

#include <algorithm>

#include "aws/arn.h"
#include "dynamodb/operation/key_schema.h"
#include "dynamodb/table/table_tags.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr size_t kTagsMax = 50;
constexpr size_t kKeyCharactersMax = 128;
constexpr size_t kValueCharactersMax = 256;

// Characters, not bytes: continuation bytes of UTF-8 do not count.
size_t character_count(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

// Letters and digits of any script, white space and + - = . _ : / @
bool has_tag_characters(const std::string& text) {
  constexpr std::string_view kForbidden = "!\"#$%&'()*,;<>?[\\]^`{|}~";
  return std::none_of(text.begin(), text.end(), [&](char c) {
    return kForbidden.find(c) != std::string_view::npos ||
           (static_cast<unsigned char>(c) < ' ' && c != '\t' && c != '\n' && c != '\r');
  });
}

}  // namespace

aws::Result<Tags> check_tags(const std::vector<TagInput>& tags) {
  Tags result;
  for (const TagInput& tag : tags) {
    if (!tag.key) return aws::validation_error("The Tag Key provided is invalid, Key: null");
    const std::string& key = *tag.key;
    if (key.empty() || character_count(key) > kKeyCharactersMax || !has_tag_characters(key)) {
      return aws::validation_error("The Tag Key provided is invalid, Key: " + key);
    }
    if (key.rfind("aws:", 0) == 0) {
      return aws::validation_error("Tag Key cannot be prefixed with aws:, Key: " + key);
    }
    if (!tag.value) return aws::validation_error("The Tag Value provided is invalid, Value: null");
    const std::string& value = *tag.value;
    if (character_count(value) > kValueCharactersMax || !has_tag_characters(value)) {
      return aws::validation_error("The Tag Value provided is invalid, Value: " + value);
    }
    if (!result.emplace(key, value).second) {
      return aws::validation_error(
          "Duplicate Tag Keys provided as input: Duplicate Tag Key found " + key);
    }
  }
  MILLRACE_CHECK_OK(table::check_own_tags(result));
  return result;
}

aws::Result<void> check_tag_count(const Tags& tags) {
  if (tags.size() > kTagsMax) {
    return aws::validation_error(
        "Number of Tags exceed the current limit for the provided ResourceArn");
  }
  return {};
}

aws::Result<table::TablePtr> find_tagged_table(const table::TableCatalog& catalog,
                                               const aws::RequestContext& context,
                                               const std::optional<std::string>& resource_arn) {
  if (!resource_arn) return aws::validation_error("Invalid TableArn");
  auto arn = aws::Arn::parse(*resource_arn);
  if (!arn) return invalid_parameter("ARNs must start with 'arn:': " + *resource_arn);
  if (arn->service != "dynamodb") {
    return invalid_parameter("Provided Arn is not a DynamoDB resource arn: " + *resource_arn);
  }
  constexpr std::string_view kPrefix = "table/";
  bool is_table = arn->resource.rfind(kPrefix, 0) == 0 &&
                  arn->resource.find('/', kPrefix.size()) == std::string::npos;
  if (!is_table) {
    return invalid_parameter(
        "Invalid resource arn provided, only table or stream is accepted. Provided resource arn: " +
        *resource_arn);
  }
  if (arn->account != context.account) {
    return aws::api_error(400, "AccessDeniedException",
                          "User: arn:" + context.partition + ":iam::" + context.account +
                              ":root is not authorized to perform: dynamodb:" + context.operation +
                              " on resource: " + *resource_arn);
  }
  if (arn->region != context.region) {
    return aws::validation_error("Invalid TableArn: Invalid ResourceArn provided as input " +
                                 *resource_arn);
  }
  auto table = catalog.find(arn->account, arn->region, arn->resource.substr(kPrefix.size()));
  if (table == nullptr) {
    return aws::api_error(
        400, "ResourceNotFoundException",
        "Requested resource not found: ResourceArn: " + *resource_arn + " not found");
  }
  return table;
}

}  // namespace millrace::dynamodb::operation
