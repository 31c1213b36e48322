// DynamoDB and DynamoDB Streams: the stream store, the table catalog, items, and their operations.
#pragma once

#include <memory>

#include "dynamodb/stream/stream_store.h"
#include "iam/required_permissions.h"
#include "server/platform.h"

namespace millrace::server {

class DynamodbComponent : public Component {
 public:
  // What event source mappings read; lives as long as the component.
  virtual dynamodb::stream::StreamStore& streams() = 0;
  // All shard iterators given out so far can not be used any more.
  virtual void expire_iterators() = 0;
  // What policies must know about tables; valid as long as the component.
  virtual iam::TableFacts table_facts() const = 0;
};

Started<DynamodbComponent> start_dynamodb(Platform& platform);

}  // namespace millrace::server
