// Queues as destinations of event source mappings.
#pragma once

#include "lambda/trigger/destination.h"
#include "sqs/queue_service.h"

namespace millrace::sqs {

// Thread-safe. The service must outlive it.
class QueueDestination final : public lambda::Destination {
 public:
  explicit QueueDestination(QueueService& service) : service_(service) {}
  bool accepts(std::string_view arn) const override;
  // False if there is no such queue or the message could not be stored; the reason is logged.
  void send(lambda::DestinationMessage message, UniqueFunction<void(bool)> done) override;

 private:
  QueueService& service_;
};

}  // namespace millrace::sqs
