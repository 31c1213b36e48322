#include "sqs/operation/operations.h"

namespace millrace::sqs::operation {

void register_operations(aws::OperationRegistry& registry, QueueService& service) {
  auto add = [&](const char* name, aws::OperationHandler (*make)(QueueService&)) {
    registry.add("sqs", name, make(service));
  };
  add("CreateQueue", create_queue);
  add("DeleteQueue", delete_queue);
  add("ListQueues", list_queues);
  add("ListDeadLetterSourceQueues", list_dead_letter_source_queues);
  add("GetQueueUrl", get_queue_url);
  add("GetQueueAttributes", get_queue_attributes);
  add("SetQueueAttributes", set_queue_attributes);
  add("PurgeQueue", purge_queue);
  add("TagQueue", tag_queue);
  add("UntagQueue", untag_queue);
  add("ListQueueTags", list_queue_tags);
  add("SendMessage", send_message);
  add("SendMessageBatch", send_message_batch);
  add("ReceiveMessage", receive_message);
  add("DeleteMessage", delete_message);
  add("DeleteMessageBatch", delete_message_batch);
  add("ChangeMessageVisibility", change_message_visibility);
  add("ChangeMessageVisibilityBatch", change_message_visibility_batch);
}

}  // namespace millrace::sqs::operation
