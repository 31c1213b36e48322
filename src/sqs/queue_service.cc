#include "sqs/queue_service.h"

namespace millrace::sqs {

engine::Result<std::unique_ptr<QueueService>> QueueService::open(engine::Engine& engine,
                                                                 Timers& timers, Random& random) {
  MILLRACE_TRY(auto catalog, QueueCatalog::open(engine, timers.clock()));
  std::unique_ptr<QueueService> service(
      new QueueService(std::move(catalog), engine, timers, random));
  service->sweeper_.start();
  return service;
}

QueueService::QueueService(std::unique_ptr<QueueCatalog> catalog, engine::Engine& engine,
                           Timers& timers, Random& random)
    : random_(random),
      catalog_(std::move(catalog)),
      receiver_(store_, *catalog_, timers),
      store_(engine, timers.clock(), random),
      sweeper_(store_, *catalog_, timers) {
  store_.on_visible([this](engine::CellId cell) { receiver_.on_visible(cell); });
}

QueueService::~QueueService() {
  stop();
}

void QueueService::stop() {
  sweeper_.stop();
  receiver_.stop();
}

}  // namespace millrace::sqs
