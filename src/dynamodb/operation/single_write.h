// The common course of PutItem, UpdateItem and DeleteItem.
#pragma once

#include "aws/operation.h"
#include "dynamodb/operation/operations.h"
#include "dynamodb/operation/write_input.h"

namespace millrace::dynamodb::operation {

// Reads and checks the request, runs it as one transaction on the item's cell, and answers once
// that is durable.
void run_single_write(const Dependencies& dependencies, WriteKind kind, aws::ContextPtr context,
                      const std::string& body, aws::Respond respond);

}  // namespace millrace::dynamodb::operation
