#include "sqs/queue_destination.h"

#include "aws/arn.h"
#include "base/log.h"
#include "sqs/sqs_error.h"

namespace millrace::sqs {

bool QueueDestination::accepts(std::string_view arn) const {
  auto parsed = aws::Arn::parse(arn);
  return parsed && parsed->service == "sqs";
}

void QueueDestination::send(lambda::DestinationMessage message, UniqueFunction<void(bool)> done) {
  QueuePtr queue = service_.catalog().find_arn(message.arn);
  if (queue == nullptr) {
    log_warning("destination queue does not exist", {{"queue", message.arn}});
    done(false);
    return;
  }
  if (message.body.size() > queue->message_bytes_max()) {
    log_warning("message is too large for its destination queue",
                {{"queue", message.arn}, {"bytes", std::to_string(message.body.size())}});
    done(false);
    return;
  }
  OutgoingMessage outgoing;
  outgoing.id = service_.random().uuid();
  outgoing.content.body = std::move(message.body);
  outgoing.content.sender_id = queue->account;
  outgoing.delay = queue->delay();
  service_.store().send(queue, {std::move(outgoing)},
                        [done = std::move(done)](engine::Result<void> result) mutable {
                          if (!result) storage_error(result.error(), "send to a destination", "");
                          done(result.has_value());
                        });
}

}  // namespace millrace::sqs
