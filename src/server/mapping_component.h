// Event source mappings: what runs them, and their operations.
#pragma once

#include "dynamodb/stream/stream_store.h"
#include "lambda/trigger/destination.h"
#include "lambda/trigger/mapping_manager.h"
#include "server/function_component.h"
#include "server/platform.h"

namespace millrace::server {

class MappingComponent : public Component {
 public:
  // Lives as long as the component.
  virtual lambda::MappingManager& manager() = 0;
};

// The mappings begin to consume with Component::start(). `functions`, `streams` and `destination`
// must outlive the component.
Started<MappingComponent> start_mappings(Platform& platform, dynamodb::stream::StreamStore& streams,
                                         FunctionComponent& functions,
                                         lambda::Destination& destination);

}  // namespace millrace::server
