#include "lambda/trigger/checkpoint.h"

#include <optional>

#include "base/crash_point.h"
#include "base/encoding.h"
#include "base/log.h"
#include "engine/cells.h"

namespace millrace::lambda {
namespace {

constexpr char kVersion = 1;

std::string row_prefix(uint64_t mapping) {
  std::string key(1, static_cast<char>(engine::KeyPrefix::kCheckpoint));
  append_u64(key, mapping);
  return key;
}

std::string encode(const Checkpoint& checkpoint) {
  std::string value(1, kVersion);
  append_u64(value, checkpoint.position);
  value += static_cast<char>(checkpoint.shard_finished ? 1 : 0);
  return value;
}

std::optional<Checkpoint> decode(std::string_view value) {
  if (value.size() != 10 || value[0] != kVersion) return std::nullopt;
  return Checkpoint{read_u64(value.substr(1)), value[9] != 0};
}

engine::Error corrupt(const std::string& shard_id) {
  return {engine::ErrorCode::kCorrupt, "checkpoint of " + shard_id + " cannot be read"};
}

void log_failure(std::string_view what, const engine::Error& error) {
  log_warning(what, {{"reason", to_string(error.code)}, {"detail", error.message}});
}

}  // namespace

engine::Result<std::map<std::string, Checkpoint>> CheckpointStore::load(uint64_t mapping) {
  std::map<std::string, Checkpoint> checkpoints;
  std::optional<engine::Error> failure;
  std::string prefix = row_prefix(mapping);
  MILLRACE_CHECK_OK(engine::snapshot_and_wait(
      engine_, {cell(mapping)}, [&](engine::Reader& reader) -> engine::Result<void> {
        std::map<std::string, Checkpoint> found;
        engine::RangeOptions range;
        range.begin = prefix;
        range.end = row_prefix(mapping + 1);
        MILLRACE_CHECK_OK(
            reader.range({cell(mapping)}, range, [&](std::string_view key, std::string_view value) {
              std::string shard_id(key.substr(prefix.size()));
              auto checkpoint = decode(value);
              if (!checkpoint) failure = corrupt(shard_id);
              if (checkpoint) found.emplace(std::move(shard_id), *checkpoint);
              return true;
            }));
        checkpoints = std::move(found);
        return {};
      }));
  if (failure) return Unexpected(*failure);
  return checkpoints;
}

void CheckpointStore::commit(uint64_t mapping, const std::string& shard_id, Checkpoint checkpoint,
                             std::string attempts, UniqueFunction<void(bool)> done) {
  MILLRACE_CRASH_POINT("checkpoint.begun");
  engine::TransactOptions options;
  options.cells = {cell(mapping)};
  std::string key = row_prefix(mapping) + shard_id;
  engine_.transact(
      std::move(options),
      [mapping, key = std::move(key), shard_id, checkpoint,
       attempts = std::move(attempts)](engine::Transaction& transaction) -> engine::Result<bool> {
        MILLRACE_TRY(auto stored, transaction.get(cell(mapping), key));
        Checkpoint next = checkpoint;
        if (stored) {
          auto current = decode(*stored);
          if (!current) return Unexpected(corrupt(shard_id));
          if (current->position > next.position) next.position = current->position;
          next.shard_finished |= current->shard_finished;
        }
        transaction.put(cell(mapping), key, encode(next));
        if (!attempts.empty()) transaction.append(cell(mapping), attempts);
        return true;
      },
      [done = std::move(done)](engine::Result<engine::Committed> result) mutable {
        MILLRACE_CRASH_POINT("checkpoint.committed");
        if (!result) log_failure("checkpoint not stored", result.error());
        done(result.has_value());
      });
}

void CheckpointStore::erase(uint64_t mapping, const std::vector<std::string>& shard_ids,
                            UniqueFunction<void(bool)> done) {
  engine::TransactOptions options;
  options.cells = {cell(mapping)};
  engine_.transact(
      std::move(options),
      [mapping, shard_ids](engine::Transaction& transaction) -> engine::Result<bool> {
        for (const std::string& shard_id : shard_ids) {
          transaction.erase(cell(mapping), row_prefix(mapping) + shard_id);
        }
        return true;
      },
      [done = std::move(done)](engine::Result<engine::Committed> result) mutable {
        if (!result) log_failure("checkpoints not removed", result.error());
        done(result.has_value());
      });
}

}  // namespace millrace::lambda
