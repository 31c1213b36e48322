// The table that a restore creates: what the source was, with what the request overrides.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/request_context.h"
#include "dynamodb/operation/constraint_list.h"
#include "dynamodb/operation/request_reader.h"
#include "dynamodb/operation/table_input.h"
#include "dynamodb/table/table_catalog.h"

namespace millrace::dynamodb::operation {

// The members that both restore operations have.
struct RestoreInput {
  std::optional<std::string> target_name, billing_mode;
  std::optional<std::vector<IndexInput>> global_indexes, local_indexes;
  std::optional<ThroughputInput> throughput, on_demand_limits;
  std::optional<EncryptionInput> encryption;
};
RestoreInput read_restore_input(RequestReader& reader);
void check_restore_input(ConstraintList& constraints, const RestoreInput& input);

// REQUIRES: check_restore_input() found nothing wrong. Streams, time to live, tags and the like are
// not restored. Errors: ValidationException.
aws::Result<table::TableDefinition> define_restored(const aws::RequestContext& context,
                                                    const table::Table& source,
                                                    const RestoreInput& input);

}  // namespace millrace::dynamodb::operation
