// Where an event source mapping sends what it gave up on. Queues implement it now; topics and
// buckets will.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/unique_function.h"

namespace millrace::lambda {

struct DestinationMessage {
  std::string arn;   // of the queue (topic, bucket)
  std::string body;  // AWS's failure document (JSON text)
  // The whole event that failed: for destinations that keep it (buckets).
  std::string payload;
};

// Thread-safe.
class Destination {
 public:
  virtual ~Destination() = default;
  // Whether this destination serves the ARN; decided by its service part.
  virtual bool accepts(std::string_view arn) const = 0;
  // Calls `done` once: true when the message is durably there.
  virtual void send(DestinationMessage message, UniqueFunction<void(bool)> done) = 0;
};

}  // namespace millrace::lambda
