// Stacks as rows: see stack.h and docs/formats/stacks.md.
#include "base/encoding.h"
#include "base/limits.h"
#include "base/log.h"
#include "cloudformation/stack.h"
#include "engine/cells.h"

namespace millrace::cloudformation {
namespace {

constexpr int kFormatVersion = 1;
// A stack's JSON is cut into rows well below the engine's value limit.
constexpr size_t kChunkBytes = 256 * 1024;

std::string row_prefix(const aws::RequestContext& context, const std::string& name) {
  std::string key(1, static_cast<char>(engine::KeyPrefix::kStack));
  append_sized(key, context.account);
  append_sized(key, context.region);
  append_sized(key, name);
  return key;
}

engine::RangeOptions rows_of(const std::string& prefix) {
  engine::RangeOptions range;
  range.begin = prefix;
  range.end = prefix + '\xff';
  return range;
}

std::string encode(const Stack& stack) {
  json resources = json::object();
  for (const auto& [id, resource] : stack.resources) {
    resources[id] = {{"type", resource.type},
                     {"physicalId", resource.created.physical_id},
                     {"reference", resource.created.reference},
                     {"attributes", resource.created.attributes},
                     {"properties", resource.properties},
                     {"retain", resource.retain}};
  }
  json document = {{"version", kFormatVersion},
                   {"name", stack.name},
                   {"id", stack.id},
                   {"status", stack.status},
                   {"parameters", stack.parameters},
                   {"outputs", stack.outputs},
                   {"resources", resources},
                   {"order", stack.order}};
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<Stack> decode(const std::string& text) {
  json document = json::parse(text, nullptr, false);
  if (!document.is_object() || document.value("version", 0) != kFormatVersion) return std::nullopt;
  Stack stack;
  stack.name = document["name"];
  stack.id = document["id"];
  stack.status = document["status"];
  stack.parameters = document["parameters"];
  stack.outputs = document["outputs"];
  stack.order = document["order"].get<std::vector<std::string>>();
  for (const auto& [id, resource] : document["resources"].items()) {
    stack.resources[id] = {resource["type"],
                           {resource["physicalId"], resource["reference"], resource["attributes"]},
                           resource["properties"],
                           resource["retain"]};
  }
  return stack;
}

aws::ApiError storage_error(const aws::RequestContext& context, const engine::Error& error) {
  log_error("stack storage failed", {{"request", context.request_id},
                                     {"code", engine::to_string(error.code)},
                                     {"reason", error.message}});
  return aws::internal_error().error;
}

// Replaces the stack's rows by `text`, or removes them if it is empty.
aws::Result<void> replace_rows(engine::Engine& engine, const aws::RequestContext& context,
                               const std::string& name, const std::string& text) {
  std::string prefix = row_prefix(context, name);
  engine::TransactOptions options;
  options.cells = {engine::kStackCatalogCell};
  auto result = engine::transact_and_wait(
      engine, std::move(options), [&](engine::Transaction& transaction) -> engine::Result<bool> {
        std::vector<std::string> old_keys;
        MILLRACE_CHECK_OK(transaction.range({engine::kStackCatalogCell}, rows_of(prefix),
                                            [&](std::string_view key, std::string_view) {
                                              old_keys.emplace_back(key);
                                              return true;
                                            }));
        for (const auto& key : old_keys) transaction.erase(engine::kStackCatalogCell, key);
        uint16_t chunk = 0;
        for (size_t at = 0; at < text.size(); at += kChunkBytes) {
          std::string key = prefix;
          append_u16(key, chunk++);
          transaction.put(engine::kStackCatalogCell, key, text.substr(at, kChunkBytes));
        }
        return true;
      });
  if (!result) return Unexpected(storage_error(context, result.error()));
  return {};
}

}  // namespace

aws::Result<std::optional<Stack>> load_stack(engine::Engine& engine,
                                             const aws::RequestContext& context,
                                             const std::string& name) {
  std::string text;
  auto result = engine::snapshot_and_wait(
      engine, {engine::kStackCatalogCell}, [&](engine::Reader& reader) -> engine::Result<void> {
        std::string joined;
        MILLRACE_CHECK_OK(reader.range({engine::kStackCatalogCell},
                                       rows_of(row_prefix(context, name)),
                                       [&](std::string_view, std::string_view value) {
                                         joined += value;
                                         return true;
                                       }));
        text = std::move(joined);
        return {};
      });
  if (!result) return Unexpected(storage_error(context, result.error()));
  if (text.empty()) return std::optional<Stack>();
  auto stack = decode(text);
  if (!stack) {
    return Unexpected(storage_error(
        context, engine::Error{engine::ErrorCode::kCorrupt, "stack " + name + " does not decode"}));
  }
  return stack;
}

aws::Result<void> save_stack(engine::Engine& engine, const aws::RequestContext& context,
                             const Stack& stack) {
  std::string text = encode(stack);
  if (text.size() > limits::kTransactionBytesMax / 2) {
    return template_error("The stack is too large: its resources take " +
                          std::to_string(text.size()) + " bytes");
  }
  return replace_rows(engine, context, stack.name, text);
}

aws::Result<void> erase_stack(engine::Engine& engine, const aws::RequestContext& context,
                              const std::string& name) {
  return replace_rows(engine, context, name, "");
}

}  // namespace millrace::cloudformation
