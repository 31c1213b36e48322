// A source that ends at a position, however far the shard goes on.
#pragma once

#include <memory>

#include "lambda/trigger/source.h"

namespace millrace::lambda {

// REQUIRES: the records up to `up_to` are there.
std::unique_ptr<Source> bounded_source(std::unique_ptr<Source> source, engine::Position up_to);

}  // namespace millrace::lambda
