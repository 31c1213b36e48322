// The structures of CreateTable and UpdateTable as clients send them, before any rule is applied.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aws/api_error.h"
#include "dynamodb/item/json_reader.h"

namespace millrace::dynamodb::operation {

struct KeySchemaElementInput {
  std::optional<std::string> attribute_name, key_type;
};
struct AttributeDefinitionInput {
  std::optional<std::string> attribute_name, attribute_type;
};
// ProvisionedThroughput, OnDemandThroughput and WarmThroughput, whatever they call the two.
struct ThroughputInput {
  std::optional<int64_t> read_units, write_units;
  // An empty one says nothing.
  bool says_something() const { return read_units || write_units; }
};
struct ProjectionInput {
  std::optional<std::string> type;
  std::optional<std::vector<std::string>> non_key_attributes;
};
struct IndexInput {
  std::optional<std::string> name;
  std::optional<std::vector<KeySchemaElementInput>> key_schema;
  std::optional<ProjectionInput> projection;
  std::optional<ThroughputInput> throughput, on_demand_limits, warm_throughput;
};
struct StreamInput {
  std::optional<bool> enabled;
  std::optional<std::string> view_type;
};
struct TagInput {
  std::optional<std::string> key, value;
};
struct EncryptionInput {
  std::optional<bool> enabled;
  std::optional<std::string> type, key_id;
};

// The part that CreateTable and UpdateTable share.
struct TableSettingsInput {
  std::optional<std::string> table_name;
  std::optional<std::vector<AttributeDefinitionInput>> attribute_definitions;
  std::optional<std::string> billing_mode, table_class, global_settings_mode;
  std::optional<ThroughputInput> throughput, on_demand_limits, warm_throughput;
  std::optional<StreamInput> stream;
  std::optional<EncryptionInput> encryption;
  std::optional<bool> deletion_protection;
};

struct CreateTableInput : TableSettingsInput {
  std::optional<std::vector<KeySchemaElementInput>> key_schema;
  std::optional<std::vector<IndexInput>> local_indexes, global_indexes;
  std::optional<std::vector<TagInput>> tags;
  std::optional<std::string> resource_policy;
  bool has_vector_indexes = false;
  bool has_global_table_source = false;
};

struct IndexUpdateInput {
  struct Update {
    std::optional<std::string> index_name;
    std::optional<ThroughputInput> throughput, on_demand_limits, warm_throughput;
  };
  struct Delete {
    std::optional<std::string> index_name;
  };
  std::optional<Update> update;
  std::optional<IndexInput> create;
  std::optional<Delete> remove;
};

// An element of ReplicaUpdates or GlobalTableWitnessUpdates.
struct ReplicaUpdateInput {
  struct Action {
    std::optional<std::string> region;
  };
  std::optional<Action> create, update, remove;
};

struct UpdateTableInput : TableSettingsInput {
  std::optional<std::vector<IndexUpdateInput>> global_index_updates;
  std::optional<std::vector<ReplicaUpdateInput>> replica_updates, witness_updates;
  std::optional<std::string> multi_region_consistency;
  bool has_disassociation_protection = false;
  bool has_vector_index_updates = false;
};

// Errors: SerializationException for members of a wrong type.
aws::Result<CreateTableInput> read_create_table_input(json::Value root);
aws::Result<UpdateTableInput> read_update_table_input(json::Value root);
// The TableName of an operation that has no other member.
aws::Result<std::optional<std::string>> read_table_name(json::Value root);

}  // namespace millrace::dynamodb::operation
