// Measures what an event source mapping can hand over, and what it costs to remember it: records of
// one shard through one consumer into a function that answers at once, checkpoints on disk.
//
// Usage: mapping_bench DIRECTORY|- [BATCH_SIZE [ROUNDS]]
//
// "-" is in memory: processor time without the wait for the disk, which is the same for both.
// The variants take turns, because a shared machine's speed drifts; each figure is the median of
// the rounds.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "base/executor.h"
#include "dynamodb/item/item_codec.h"
#include "dynamodb/stream/stream_store.h"
#include "engine/cells.h"
#include "engine/rocksdb/rocksdb_engine.h"
#include "lambda/trigger/attempt_log.h"
#include "lambda/trigger/shard_consumer.h"
#include "lambda/trigger/stream_source.h"

namespace {

using namespace millrace;
using namespace millrace::lambda;
using dynamodb::AttributeValue;
using dynamodb::stream::ChangeKind;
using dynamodb::stream::ChangeRecord;
using dynamodb::stream::StreamPtr;
using dynamodb::stream::StreamStore;

constexpr engine::Position kRecords = 50'000;
constexpr engine::CellId kCell{1'000'000};

class InstantInvoker final : public Invoker {
 public:
  void invoke(Invocation, UniqueFunction<void(InvocationResult)> done) override {
    InvocationResult result;
    result.outcome = InvocationResult::Outcome::kSuccess;
    result.request_id = "8f507cfc-xmpl-4697-b07a-ac58fc914c95";
    result.executed_version = "$LATEST";
    done(std::move(result));
  }
};

class NoDestination final : public Destination {
 public:
  bool accepts(std::string_view) const override { return false; }
  void send(DestinationMessage, UniqueFunction<void(bool)> done) override { done(false); }
};

template <class T>
T must(engine::Result<T> result) {
  if (result) return std::move(result).value();
  std::fprintf(stderr, "%s\n", result.error().message.c_str());
  std::exit(1);
}

struct World {
  explicit World(const std::string& directory) {
    engine::RocksdbOptions options;
    options.in_memory = directory == "-";
    if (!options.in_memory) options.path = directory;
    engine = must(engine::open_rocksdb_engine(std::move(options), timers));
    streams = must(StreamStore::open(*engine, clock, random));
    StreamStore::PendingChange pending;
    transact({engine::kTableCatalogCell, kCell},
             [&](engine::Transaction& transaction) -> engine::Result<bool> {
               MILLRACE_TRY(
                   pending,
                   streams->create(transaction, {.account = "000000000000",
                                                 .region = "us-east-1",
                                                 .partition = "aws",
                                                 .table_name = "users",
                                                 .table_number = 7,
                                                 .view_type = dynamodb::stream::ViewType::kNewImage,
                                                 .key_schema = {{"id", "HASH"}},
                                                 .cells = {kCell}}));
               return true;
             });
    stream = pending.stream;
    pending.apply();
    for (engine::Position p = 0; p < kRecords; p += 500) append(500);
  }
  ~World() { executor.stop(); }

  void transact(std::vector<engine::CellId> cells,
                std::function<engine::Result<bool>(engine::Transaction&)> fn) {
    engine::TransactOptions options;
    options.cells = std::move(cells);
    must(engine::transact_and_wait(*engine, std::move(options), std::move(fn)));
  }

  void append(int count) {
    ChangeRecord record;
    record.kind = ChangeKind::kInsert;
    record.time = clock.now();
    record.keys = dynamodb::encode_item({{"id", AttributeValue(std::string("ada"))}});
    record.new_image = dynamodb::encode_item({{"id", AttributeValue(std::string("ada"))},
                                              {"text", AttributeValue(std::string(200, 'x'))}});
    transact({kCell}, [&](engine::Transaction& transaction) -> engine::Result<bool> {
      for (int i = 0; i < count; i++) transaction.append(kCell, encode_change(record));
      return true;
    });
  }

  // Records a second from the first one to the last checkpoint.
  double run(size_t batch_size, uint64_t mapping, bool remember) {
    ConsumerServices services{executor, timers, random, invoker, destination, checkpoints};
    if (remember) services.attempts = std::make_shared<AttemptLog>(*engine, mapping, clock);
    ConsumerDescription description;
    description.mapping = mapping;
    description.stream_arn = stream->arn;
    description.shard_id = stream->shards[0].id;
    description.settings.batch_size = batch_size;
    description.filters = std::make_shared<const FilterSet>();
    description.start = 0;
    std::promise<void> ended;
    auto begun = stopwatch_now();
    auto source = open_stream_source(*streams, stream, stream->shards[0].id);
    auto consumer = ShardConsumer::start(services, std::move(description), std::move(source),
                                         std::make_shared<ConsumerObserver>(),
                                         [&](ShardConsumer::End) { ended.set_value(); });
    ended.get_future().get();
    return kRecords / std::chrono::duration<double>(stopwatch_now() - begun).count();
  }

  // So that consumers reach an end.
  void close_stream() {
    StreamStore::PendingChange pending;
    transact({engine::kTableCatalogCell, kCell},
             [&](engine::Transaction& transaction) -> engine::Result<bool> {
               MILLRACE_TRY(pending, streams->disable(transaction, 7));
               return true;
             });
    pending.apply();
  }

  ServerClock clock;
  ThreadTimers timers{clock};
  SystemRandom random;
  ThreadPool executor{"mappings", 2};
  InstantInvoker invoker;
  NoDestination destination;
  std::unique_ptr<engine::Engine> engine;
  std::unique_ptr<StreamStore> streams;
  StreamPtr stream;
  std::shared_ptr<CheckpointStore> checkpoints;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: mapping_bench DIRECTORY|- [BATCH_SIZE [ROUNDS]]\n");
    return 2;
  }
  size_t batch_size = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 100;
  int rounds = argc > 3 ? std::atoi(argv[3]) : 7;
  World world(argv[1]);
  world.checkpoints = std::make_shared<CheckpointStore>(*world.engine);
  world.close_stream();
  std::vector<double> without, with;
  uint64_t mapping = 2'000'000;
  for (int round = 0; round < rounds; round++) {
    without.push_back(world.run(batch_size, mapping++, false));
    with.push_back(world.run(batch_size, mapping++, true));
  }
  std::printf("batches of %zu: %.0f records/s, remembered %.0f records/s (%.1f%% less)\n",
              batch_size, median(without), median(with),
              100 * (1 - median(with) / median(without)));
  return 0;
}
