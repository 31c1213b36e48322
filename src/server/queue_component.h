// SQS: queues, their operations, and the destination that event source mappings send to.
#pragma once

#include "lambda/trigger/destination.h"
#include "server/platform.h"

namespace millrace::server {

class QueueComponent : public Component {
 public:
  // Where mappings send what they gave up on; lives as long as the component.
  virtual lambda::Destination& destination() = 0;
};

Started<QueueComponent> start_queues(Platform& platform);

}  // namespace millrace::server
