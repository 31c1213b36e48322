// The document that an on-failure destination receives about records that were given up. Pure.
#pragma once

#include <string>

#include "lambda/trigger/shard_machine.h"

namespace millrace::lambda {

struct FailureContext {
  std::string function_arn;  // with the mapping's qualifier
  std::string stream_arn;
  std::string shard_id;
  std::string request_id;  // used if the function never ran for these records
  Timestamp now;
};

// The records themselves are not in it: they can be read from the shard while the stream keeps
// them.
std::string failure_message(const FailureContext& context, const FailedRecords& failed);

}  // namespace millrace::lambda
