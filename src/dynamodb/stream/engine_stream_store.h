// The stream store over a storage engine: rows in kTableCatalogCell, records in the cells' logs, a
// cached catalog. Only stream_store.cc, stream_reads.cc and stream_changes.cc include this.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dynamodb/stream/read_fences.h"
#include "dynamodb/stream/shard_waits.h"
#include "dynamodb/stream/stream_catalog.h"
#include "dynamodb/stream/stream_store.h"

namespace millrace::dynamodb::stream {

class EngineStreamStore final : public StreamStore {
 public:
  EngineStreamStore(engine::Engine& engine, const Clock& clock, Random& random);
  ~EngineStreamStore() override;

  // Reads all rows, and makes the iterator secret if there is none yet.
  engine::Result<void> load();

  // stream_store.cc
  StreamPtr find(std::string_view arn) const override;
  std::vector<StreamPtr> list(std::string_view account, std::string_view region,
                              std::string_view table_name) const override;
  std::vector<StreamPtr> list_all() const override;
  StreamPtr live_stream(uint64_t table_number) const override;
  void on_change(std::function<void(StreamPtr)> listener) override;
  LogHolds& log_holds() override { return log_holds_; }
  Timestamp lineage_floor(engine::CellId cell) const override;
  engine::Position hidden_until(engine::CellId cell) const override;
  const std::string& iterator_secret() const override { return iterator_secret_; }

  // stream_reads.cc
  engine::Result<RecordPage> read(const Shard& shard, engine::Position after,
                                  const engine::LogReadOptions& options) const override;
  engine::Result<engine::Position> trim_horizon(const Shard& shard) const override;
  engine::Result<engine::Position> latest(const Shard& shard) const override;
  engine::Result<engine::Position> position_at_time(const Shard& shard,
                                                    Timestamp time) const override;
  engine::WaitId wait(const Shard& shard, engine::Position after, std::optional<Timestamp> deadline,
                      UniqueFunction<void()> wake) override;
  bool cancel_wait(engine::WaitId id) override;

  // stream_changes.cc
  engine::Result<PendingChange> create(engine::Transaction& transaction,
                                       const NewStream& description) override;
  engine::Result<PendingChange> disable(engine::Transaction& transaction,
                                        uint64_t table_number) override;
  engine::Result<PendingChange> set_retention(engine::Transaction& transaction,
                                              uint64_t table_number,
                                              std::optional<Duration> retention) override;
  engine::Result<PendingChange> rotate(engine::Transaction& transaction, uint64_t table_number,
                                       engine::CellId cell) override;
  engine::Result<PendingChange> split(engine::Transaction& transaction, uint64_t table_number,
                                      engine::CellId parent,
                                      const std::vector<engine::CellId>& children,
                                      Timestamp lineage_time) override;
  engine::Result<PendingChange> expire_shards(engine::Transaction& transaction,
                                              const std::string& arn,
                                              const std::set<std::string>& shard_ids) override;
  engine::Result<PendingChange> expire_stream(engine::Transaction& transaction,
                                              const std::string& arn) override;
  PendingChange hide_until(engine::Transaction& transaction, engine::CellId cell,
                           engine::Position position) override;

 private:
  // Where a shard's records end, as far as is known now.
  struct End {
    std::optional<engine::Position> position;  // nothing: the shard is open
    bool closed = false;                       // false at a fence, whose outcome is not known yet
    bool expired = false;                      // the shard no longer exists
  };
  End end_of(const Shard& shard) const;

  Shard new_shard(const Stream& stream, engine::CellId cell, engine::Position after,
                  Timestamp created) const;
  engine::Result<PendingChange> replace_shard(engine::Transaction& transaction,
                                              uint64_t table_number, engine::CellId parent,
                                              const std::vector<engine::CellId>& children,
                                              Timestamp not_before);
  PendingChange pending(std::shared_ptr<const Stream> stream,
                        std::vector<std::shared_ptr<void>> fences);
  // The cells of the stream that no other stream shows.
  std::set<engine::CellId> own_cells(const Stream& stream) const;

  engine::Engine& engine_;
  const Clock& clock_;
  Random& random_;
  std::string iterator_secret_;
  LogHolds log_holds_;
  const std::shared_ptr<StreamCatalog> catalog_;
  const std::shared_ptr<ShardWaits> waits_;
  const std::shared_ptr<ReadFences> fences_;
};

}  // namespace millrace::dynamodb::stream
