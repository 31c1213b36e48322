#include "server/queue_component.h"

#include "sqs/operation/operations.h"
#include "sqs/queue_destination.h"
#include "sqs/queue_service.h"

namespace millrace::server {
namespace {

class Queues final : public QueueComponent {
 public:
  explicit Queues(std::unique_ptr<sqs::QueueService> service)
      : service_(std::move(service)), destination_(*service_) {}
  lambda::Destination& destination() override { return destination_; }
  void begin_stop() override { service_->stop(); }

 private:
  std::unique_ptr<sqs::QueueService> service_;
  sqs::QueueDestination destination_;
};

}  // namespace

Started<QueueComponent> start_queues(Platform& platform) {
  auto service = sqs::QueueService::open(*platform.engine, platform.timers, platform.random);
  if (!service) return Unexpected("The queues can not be read: " + service.error().message);
  sqs::operation::register_operations(platform.operations, **service);
  sqs::operation::register_query_shapes(platform.query_shapes);
  return std::unique_ptr<QueueComponent>(std::make_unique<Queues>(std::move(service).value()));
}

}  // namespace millrace::server
