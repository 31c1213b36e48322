#include "sqs/operation/operations.h"

namespace millrace::sqs::operation {
namespace {

using aws::Shape;

// From the service's published model of the query protocol.
Shape attribute_map() {
  return Shape::flat_map("Name", "Value", Shape::string());
}
Shape tag_map() {
  return Shape::flat_map("Key", "Value", Shape::string());
}
Shape message_attribute_map() {
  return Shape::flat_map("Name", "Value", Shape::structure({}));
}
Shape names() {
  return Shape::flat_list(Shape::string());
}

std::vector<aws::Member> message_members() {
  return {{"DelaySeconds", "DelaySeconds", Shape::integer()},
          {"MessageAttributes", "MessageAttribute", message_attribute_map()},
          {"MessageSystemAttributes", "MessageSystemAttribute", message_attribute_map()}};
}

Shape received_message() {
  return Shape::structure({{"Attributes", "Attribute", attribute_map()},
                           {"MessageAttributes", "MessageAttribute", message_attribute_map()}});
}

// Entries and results of the three batch operations are named alike.
void add_batch(aws::QueryShapes& shapes, const std::string& operation, Shape entry) {
  Shape entries = Shape::flat_list(std::move(entry));
  Shape results = Shape::flat_list(Shape::structure({}));
  shapes.add("sqs", operation,
             Shape::structure({{"Entries", operation + "RequestEntry", std::move(entries)}}),
             Shape::structure({{"Successful", operation + "ResultEntry", results},
                               {"Failed", "BatchResultErrorEntry", results}}));
}

}  // namespace

void register_query_shapes(aws::QueryShapes& shapes) {
  auto add = [&](const char* operation, std::vector<aws::Member> input,
                 std::vector<aws::Member> output = {}) {
    shapes.add("sqs", operation, Shape::structure(std::move(input)),
               Shape::structure(std::move(output)));
  };
  add("CreateQueue", {{"Attributes", "Attribute", attribute_map()}, {"tags", "Tag", tag_map()}});
  add("SetQueueAttributes", {{"Attributes", "Attribute", attribute_map()}});
  add("GetQueueAttributes", {{"AttributeNames", "AttributeName", names()}},
      {{"Attributes", "Attribute", attribute_map()}});
  add("ListQueues", {{"MaxResults", "MaxResults", Shape::integer()}},
      {{"QueueUrls", "QueueUrl", names()}});
  add("ListDeadLetterSourceQueues", {{"MaxResults", "MaxResults", Shape::integer()}},
      {{"queueUrls", "QueueUrl", names()}});
  add("TagQueue", {{"Tags", "Tag", tag_map()}});
  add("UntagQueue", {{"TagKeys", "TagKey", names()}});
  add("ListQueueTags", {}, {{"Tags", "Tag", tag_map()}});
  add("SendMessage", message_members());
  add("ReceiveMessage",
      {{"MaxNumberOfMessages", "MaxNumberOfMessages", Shape::integer()},
       {"WaitTimeSeconds", "WaitTimeSeconds", Shape::integer()},
       {"VisibilityTimeout", "VisibilityTimeout", Shape::integer()},
       {"AttributeNames", "AttributeName", names()},
       {"MessageSystemAttributeNames", "MessageSystemAttributeName", names()},
       {"MessageAttributeNames", "MessageAttributeName", names()}},
      {{"Messages", "Message", Shape::flat_list(received_message())}});
  add("ChangeMessageVisibility", {{"VisibilityTimeout", "VisibilityTimeout", Shape::integer()}});
  add_batch(shapes, "SendMessageBatch", Shape::structure(message_members()));
  add_batch(shapes, "DeleteMessageBatch", Shape::structure({}));
  add_batch(shapes, "ChangeMessageVisibilityBatch",
            Shape::structure({{"VisibilityTimeout", "VisibilityTimeout", Shape::integer()}}));
}

}  // namespace millrace::sqs::operation
