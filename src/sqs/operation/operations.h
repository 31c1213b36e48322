// The operations of SQS: one file for each, or for those of one subject.
#pragma once

#include "aws/operation.h"
#include "aws/protocol/shape.h"
#include "sqs/queue_service.h"

namespace millrace::sqs::operation {

// Adds all of them as service "sqs". The queue service must outlive the handlers.
void register_operations(aws::OperationRegistry& registry, QueueService& service);
// How their members are written by the query protocol.
void register_query_shapes(aws::QueryShapes& shapes);

aws::OperationHandler create_queue(QueueService& service);
aws::OperationHandler delete_queue(QueueService& service);
aws::OperationHandler list_queues(QueueService& service);
aws::OperationHandler list_dead_letter_source_queues(QueueService& service);
aws::OperationHandler get_queue_url(QueueService& service);
aws::OperationHandler get_queue_attributes(QueueService& service);
aws::OperationHandler set_queue_attributes(QueueService& service);
aws::OperationHandler purge_queue(QueueService& service);
aws::OperationHandler tag_queue(QueueService& service);
aws::OperationHandler untag_queue(QueueService& service);
aws::OperationHandler list_queue_tags(QueueService& service);
aws::OperationHandler send_message(QueueService& service);
aws::OperationHandler send_message_batch(QueueService& service);
aws::OperationHandler receive_message(QueueService& service);
aws::OperationHandler delete_message(QueueService& service);
aws::OperationHandler delete_message_batch(QueueService& service);
aws::OperationHandler change_message_visibility(QueueService& service);
aws::OperationHandler change_message_visibility_batch(QueueService& service);

}  // namespace millrace::sqs::operation
