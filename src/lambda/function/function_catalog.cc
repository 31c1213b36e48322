#include "lambda/function/function_catalog.h"

#include <set>

#include "base/encoding.h"
#include "base/log.h"
#include "engine/cells.h"
#include "lambda/function/function_name.h"
#include "lambda/function/lambda_error.h"

namespace millrace::lambda {
namespace {

using engine::kFunctionCatalogCell;

constexpr size_t kCodePrefixBytes = 2;

std::string prefix_of(char kind) {
  std::string prefix(1, static_cast<char>(engine::KeyPrefix::kFunction));
  return prefix + kind;
}

// kFunction, 'f', account (12 digits), region, 0, name: sorted as ListFunctions answers.
std::string key_of(const std::string& account, const std::string& region, const std::string& name) {
  return prefix_of('f') + account + region + '\0' + name;
}
std::string key_of(const FunctionReference& function) {
  return key_of(function.account, function.region, function.name);
}

Unexpected<aws::ApiError> not_found(const FunctionReference& function) {
  return resource_not_found("Function not found: " + function.arn());
}

Unexpected<aws::ApiError> logged(const FunctionReference& function, const engine::Error& error) {
  log_error("function catalog not written",
            {{"function", function.arn()}, {"reason", error.message}});
  return service_exception();
}

}  // namespace

engine::Result<std::unique_ptr<FunctionCatalog>> FunctionCatalog::open(engine::Engine& engine,
                                                                       CodeStore& code,
                                                                       const Clock& clock,
                                                                       Random& random) {
  std::unique_ptr<FunctionCatalog> catalog(new FunctionCatalog(engine, code, clock, random));
  MILLRACE_CHECK_OK(catalog->load());
  return catalog;
}

engine::Result<void> FunctionCatalog::load() {
  std::set<std::string> unused;
  auto complete = engine::snapshot_and_wait(
      engine_, {kFunctionCatalogCell}, [&](engine::Reader& reader) -> engine::Result<void> {
        std::map<std::string, FunctionPtr> functions;
        std::string failure;
        engine::RangeOptions range{prefix_of('f'), prefix_of('f' + 1)};
        MILLRACE_CHECK_OK(reader.range(
            {kFunctionCatalogCell}, range, [&](std::string_view key, std::string_view value) {
              auto function = decode_function(value);
              if (!function) {
                failure = function.error();
                return false;
              }
              functions[std::string(key)] = std::make_shared<Function>(*std::move(function));
              return true;
            }));
        if (!failure.empty()) {
          return Unexpected(
              engine::Error{engine::ErrorCode::kCorrupt, "function catalog: " + failure});
        }
        // One seek per archive, not one per chunk.
        std::set<std::string> stored;
        std::string next = prefix_of('z');
        while (!next.empty()) {
          std::string digest;
          engine::RangeOptions first{next, prefix_of('z' + 1)};
          first.rows_max = 1;
          MILLRACE_CHECK_OK(reader.range(
              {kFunctionCatalogCell}, first, [&](std::string_view key, std::string_view) {
                digest = key.substr(kCodePrefixBytes, std::tuple_size_v<Digest256>);
                return true;
              }));
          next.clear();
          if (digest.empty()) break;
          stored.insert(to_base64(digest));
          next = prefix_of('z') + digest + std::string(5, '\xff');
        }
        for (const auto& [key, function] : functions) stored.erase(function->code_sha256);
        functions_ = std::move(functions);
        unused = std::move(stored);
        return {};
      });
  MILLRACE_CHECK_OK(std::move(complete));
  for (const std::string& sha256 : unused) MILLRACE_CHECK_OK(code_.erase(sha256));
  return {};
}

FunctionPtr FunctionCatalog::get(const FunctionReference& function) const {
  std::lock_guard lock(mutex_);
  auto found = functions_.find(key_of(function));
  return found == functions_.end() ? nullptr : found->second;
}

aws::Result<FunctionPtr> FunctionCatalog::find_or_error(const FunctionReference& function) const {
  FunctionPtr found = get(function);
  bool latest = function.qualifier.empty() || function.qualifier == kLatestVersion;
  if (!found || !latest) return not_found(function);
  return found;
}

std::optional<FunctionSummary> FunctionCatalog::find(const FunctionReference& function) const {
  auto found = find_or_error(function);
  if (!found) return std::nullopt;
  const Function& f = **found;
  return FunctionSummary{function, function.arn(), std::chrono::seconds(f.timeout_seconds), f.role,
                         f.state == "Active"};
}

std::vector<FunctionPtr> FunctionCatalog::list(const std::string& account,
                                               const std::string& region) const {
  std::vector<FunctionPtr> result;
  std::string prefix = key_of(account, region, "");
  std::lock_guard lock(mutex_);
  for (auto i = functions_.lower_bound(prefix);
       i != functions_.end() && i->first.starts_with(prefix); ++i) {
    result.push_back(i->second);
  }
  return result;
}

aws::Result<FunctionPtr> FunctionCatalog::create(Function function) {
  function.last_modified = clock_.now();
  function.revision_id = random_.uuid();
  auto stored = store(function, true);
  if (!stored) {
    forget_code(function.code_sha256);
    return Unexpected(std::move(stored).error());
  }
  FunctionPtr created = std::make_shared<Function>(std::move(function));
  publish(created->reference, created);
  return created;
}

aws::Result<FunctionPtr> FunctionCatalog::update(const FunctionReference& function, bool restart,
                                                 const Change& change) {
  MILLRACE_TRY(FunctionPtr before, find_or_error(function));
  Function after = *before;
  MILLRACE_CHECK_OK(change(after));
  after.revision_id = random_.uuid();
  if (restart) {
    after.last_modified = clock_.now();
    ++after.generation;
  }
  MILLRACE_CHECK_OK(store(after, false));
  FunctionPtr updated = std::make_shared<Function>(std::move(after));
  publish(updated->reference, updated);
  if (updated->code_sha256 != before->code_sha256) forget_code(before->code_sha256);
  return updated;
}

aws::Result<void> FunctionCatalog::remove(const FunctionReference& function) {
  MILLRACE_TRY(FunctionPtr before, find_or_error(function));
  auto committed =
      engine::transact_and_wait(engine_, {{}, {kFunctionCatalogCell}, {}},
                                [&](engine::Transaction& transaction) -> engine::Result<bool> {
                                  transaction.erase(kFunctionCatalogCell, key_of(function));
                                  return true;
                                });
  if (!committed) return logged(function, committed.error());
  publish(before->reference, nullptr);
  forget_code(before->code_sha256);
  return {};
}

aws::Result<void> FunctionCatalog::store(const Function& function, bool must_be_new) {
  std::string key = key_of(function.reference);
  std::string value = encode_function(function);
  auto committed = engine::transact_and_wait(
      engine_, {{}, {kFunctionCatalogCell}, {}},
      [&](engine::Transaction& transaction) -> engine::Result<bool> {
        MILLRACE_TRY(auto existing, transaction.get(kFunctionCatalogCell, key));
        if (existing.has_value() == must_be_new) return false;
        transaction.put(kFunctionCatalogCell, key, value);
        return true;
      });
  if (committed) return {};
  switch (committed.error().code) {
    case engine::ErrorCode::kAborted:
      if (!must_be_new) return not_found(function.reference);
      return resource_conflict("Function already exist: " + function.reference.name);
    case engine::ErrorCode::kTooLarge:
      return invalid_parameter("The function's configuration is too large.");
    default:
      return logged(function.reference, committed.error());
  }
}

void FunctionCatalog::publish(const FunctionReference& reference, FunctionPtr function) {
  {
    std::lock_guard lock(mutex_);
    if (function) {
      functions_[key_of(reference)] = function;
    } else {
      functions_.erase(key_of(reference));
    }
  }
  std::lock_guard lock(listeners_mutex_);
  for (const auto& [id, listener] : listeners_) listener(reference, function);
}

FunctionCatalog::ListenerId FunctionCatalog::on_change(Listener listener) {
  std::lock_guard lock(listeners_mutex_);
  listeners_[next_listener_] = std::move(listener);
  return next_listener_++;
}

void FunctionCatalog::remove_listener(ListenerId id) {
  std::lock_guard lock(listeners_mutex_);
  listeners_.erase(id);
}

void FunctionCatalog::forget_code(const std::string& sha256) {
  if (sha256.empty()) return;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [key, function] : functions_) {
      if (function->code_sha256 == sha256) return;
    }
  }
  auto erased = code_.erase(sha256);
  // It is forgotten at the next start.
  if (!erased) log_warning("function code not erased", {{"reason", erased.error().message}});
}

}  // namespace millrace::lambda
