#include "lambda/trigger/mapping_catalog.h"

#include <optional>

#include "base/encoding.h"
#include "base/log.h"
#include "engine/cells.h"

namespace millrace::lambda {
namespace {

using engine::kMappingCatalogCell;
using engine::Transaction;
using Failure = CatalogFailure;

constexpr char kMappingRow = 1;
constexpr char kPairRow = 2;

std::string row_key(char kind, std::string_view name) {
  std::string key{static_cast<char>(engine::KeyPrefix::kMapping), kind};
  key += name;
  return key;
}

// One mapping for each event source and function: the row that says which. ARNs are longer together
// than a key may be, so the key has their digest.
std::string pair_key(const Mapping& mapping) {
  std::string pair = mapping.event_source_arn + '\n' + mapping.settings.function.arn();
  return row_key(kPairRow, as_view(sha256(pair)));
}

// What a transaction of the catalog came to; assigned whole by each run of it.
struct Outcome {
  std::optional<Failure> failure;
  Mapping mapping;
};

engine::Result<bool> refuse(Outcome& outcome, Failure::Kind kind, std::string uuid = {}) {
  outcome.failure = Failure{kind, std::move(uuid)};
  return false;
}

void run(engine::Engine& engine, std::vector<engine::CellId> cells, MappingCatalog::Done done,
         UniqueFunction<engine::Result<bool>(Transaction&, Outcome&)> change) {
  auto outcome = std::make_shared<Outcome>();
  engine::TransactOptions options;
  options.cells = std::move(cells);
  engine.transact(
      std::move(options),
      [outcome, change = std::move(change)](Transaction& transaction) mutable {
        *outcome = Outcome();
        return change(transaction, *outcome);
      },
      [outcome, done = std::move(done)](engine::Result<engine::Committed> result) mutable {
        if (result) return done(std::move(outcome->mapping));
        if (outcome->failure && result.error().code == engine::ErrorCode::kAborted) {
          return done(Unexpected(*outcome->failure));
        }
        log_error("mapping catalog not changed",
                  {{"reason", to_string(result.error().code)}, {"detail", result.error().message}});
        done(Unexpected(Failure{Failure::Kind::kStorage, {}}));
      });
}

engine::Result<std::optional<Mapping>> read(Transaction& transaction, const std::string& uuid) {
  MILLRACE_TRY(auto row, transaction.get(kMappingCatalogCell, row_key(kMappingRow, uuid)));
  if (!row) return std::optional<Mapping>();
  auto mapping = decode_mapping(*row);
  if (!mapping) {
    return Unexpected(
        engine::Error{engine::ErrorCode::kCorrupt, "mapping " + uuid + " cannot be read"});
  }
  return mapping;
}

void write(Transaction& transaction, const Mapping& mapping) {
  transaction.put(kMappingCatalogCell, row_key(kMappingRow, mapping.uuid), encode_mapping(mapping));
  // A mapping that is being deleted no longer stands in the way of another one.
  if (!mapping.deleting) {
    transaction.put(kMappingCatalogCell, pair_key(mapping), mapping.uuid);
  }
}

}  // namespace

engine::Result<std::vector<Mapping>> MappingCatalog::load() {
  std::vector<Mapping> mappings;
  std::optional<engine::Error> failure;
  MILLRACE_CHECK_OK(engine::snapshot_and_wait(
      engine_, {kMappingCatalogCell}, [&](engine::Reader& reader) -> engine::Result<void> {
        std::vector<Mapping> found;
        engine::RangeOptions range;
        range.begin = row_key(kMappingRow, "");
        range.end = row_key(kMappingRow + 1, "");
        MILLRACE_CHECK_OK(reader.range(
            {kMappingCatalogCell}, range, [&](std::string_view key, std::string_view value) {
              auto mapping = decode_mapping(value);
              if (mapping) found.push_back(std::move(*mapping));
              if (!mapping) {
                failure =
                    engine::Error{engine::ErrorCode::kCorrupt,
                                  "mapping " + std::string(key.substr(2)) + " cannot be read"};
              }
              return true;
            }));
        mappings = std::move(found);
        return {};
      }));
  if (failure) return Unexpected(*failure);
  return mappings;
}

void MappingCatalog::create(Mapping mapping, Done done) {
  run(engine_, {engine::kSystemCell, kMappingCatalogCell}, std::move(done),
      [mapping = std::move(mapping)](Transaction& transaction,
                                     Outcome& outcome) -> engine::Result<bool> {
        MILLRACE_TRY(auto existing, transaction.get(kMappingCatalogCell, pair_key(mapping)));
        if (existing) return refuse(outcome, Failure::Kind::kDuplicate, *existing);
        outcome.mapping = mapping;
        MILLRACE_TRY(outcome.mapping.number, engine::allocate_numbers(transaction, 1));
        write(transaction, outcome.mapping);
        return true;
      });
}

void MappingCatalog::update(const std::string& uuid, std::function<void(Mapping&)> change,
                            Done done) {
  run(engine_, {kMappingCatalogCell}, std::move(done),
      [uuid, change = std::move(change)](Transaction& transaction,
                                         Outcome& outcome) -> engine::Result<bool> {
        MILLRACE_TRY(auto stored, read(transaction, uuid));
        if (!stored) return refuse(outcome, Failure::Kind::kNotFound);
        if (stored->deleting) return refuse(outcome, Failure::Kind::kBusy);
        Mapping changed = *stored;
        change(changed);
        changed.revision++;
        bool moves = pair_key(changed) != pair_key(*stored);
        if (moves) {
          MILLRACE_TRY(auto other, transaction.get(kMappingCatalogCell, pair_key(changed)));
          if (other) return refuse(outcome, Failure::Kind::kDuplicate, *other);
        }
        if (moves || changed.deleting) transaction.erase(kMappingCatalogCell, pair_key(*stored));
        write(transaction, changed);
        outcome.mapping = std::move(changed);
        return true;
      });
}

void MappingCatalog::erase(const Mapping& mapping, Done done) {
  run(engine_, {kMappingCatalogCell}, std::move(done),
      [mapping](Transaction& transaction, Outcome& outcome) -> engine::Result<bool> {
        outcome.mapping = mapping;
        transaction.erase(kMappingCatalogCell, row_key(kMappingRow, mapping.uuid));
        return true;
      });
}

}  // namespace millrace::lambda
