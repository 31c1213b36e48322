#include "dynamodb/stream/stream_store.h"

#include "base/encoding.h"
#include "dynamodb/stream/engine_stream_store.h"
#include "dynamodb/stream/stream_rows.h"
#include "engine/cells.h"

namespace millrace::dynamodb::stream {

engine::Result<std::unique_ptr<StreamStore>> StreamStore::open(engine::Engine& engine,
                                                               const Clock& clock, Random& random) {
  auto store = std::make_unique<EngineStreamStore>(engine, clock, random);
  MILLRACE_CHECK_OK(store->load());
  return std::unique_ptr<StreamStore>(std::move(store));
}

EngineStreamStore::EngineStreamStore(engine::Engine& engine, const Clock& clock, Random& random)
    : engine_(engine),
      clock_(clock),
      random_(random),
      catalog_(std::make_shared<StreamCatalog>()),
      waits_(std::make_shared<ShardWaits>(engine)),
      fences_(std::make_shared<ReadFences>(
          [waits = waits_](engine::CellId cell) { waits->wake_cell(cell); })) {}

EngineStreamStore::~EngineStreamStore() {
  waits_->close();
}

engine::Result<void> EngineStreamStore::load() {
  std::vector<Stream> streams;
  bool orphan = false;
  RowVisitor visitor;
  visitor.stream = [&](Stream stream) { streams.push_back(std::move(stream)); };
  // Rows of streams and of shards are both in order of the ARN.
  size_t current = 0;
  visitor.shard = [&](Shard shard) {
    while (current < streams.size() && streams[current].arn != shard.stream_arn) ++current;
    if (current == streams.size()) {
      orphan = true;
    } else {
      streams[current].shards.push_back(std::move(shard));
    }
  };
  visitor.hidden = [&](engine::CellId cell, engine::Position position) {
    catalog_->hide_until(cell, position);
  };
  MILLRACE_CHECK_OK(engine::snapshot_and_wait(engine_, {engine::kTableCatalogCell},
                                              [&](engine::Reader& reader) -> engine::Result<void> {
                                                streams.clear();
                                                current = 0;
                                                return visit_rows(reader, visitor);
                                              }));
  if (orphan) return Unexpected(corrupt_row("a shard without its stream"));
  for (Stream& stream : streams) catalog_->publish(std::make_shared<Stream>(std::move(stream)));

  engine::Result<engine::Committed> committed = engine::transact_and_wait(
      engine_, {.id = {}, .cells = {engine::kTableCatalogCell}, .fences = {}},
      [&](engine::Transaction& transaction) -> engine::Result<bool> {
        MILLRACE_TRY(auto stored,
                     transaction.get(engine::kTableCatalogCell, iterator_secret_key()));
        std::string secret = stored.value_or("");
        if (!stored) {
          for (int word = 0; word < 4; ++word) append_u64(secret, random_.next());
          transaction.put(engine::kTableCatalogCell, iterator_secret_key(), secret);
        }
        iterator_secret_ = std::move(secret);
        return true;
      });
  if (!committed) return Unexpected(committed.error());
  return {};
}

StreamPtr EngineStreamStore::find(std::string_view arn) const {
  return catalog_->find(arn);
}

std::vector<StreamPtr> EngineStreamStore::list(std::string_view account, std::string_view region,
                                               std::string_view table_name) const {
  return catalog_->list([&](const Stream& stream) {
    return stream.account == account && stream.region == region &&
           (table_name.empty() || stream.table_name == table_name);
  });
}

std::vector<StreamPtr> EngineStreamStore::list_all() const {
  return catalog_->list([](const Stream&) { return true; });
}

StreamPtr EngineStreamStore::live_stream(uint64_t table_number) const {
  return catalog_->live(table_number);
}

void EngineStreamStore::on_change(std::function<void(StreamPtr)> listener) {
  catalog_->on_change(std::move(listener));
}

Timestamp EngineStreamStore::lineage_floor(engine::CellId cell) const {
  return catalog_->newest_shard_created(cell);
}

engine::Position EngineStreamStore::hidden_until(engine::CellId cell) const {
  return catalog_->hidden_until(cell);
}

}  // namespace millrace::dynamodb::stream
