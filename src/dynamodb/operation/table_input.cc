#include "dynamodb/operation/table_input.h"

#include "dynamodb/operation/request_reader.h"

namespace millrace::dynamodb::operation {
namespace {

KeySchemaElementInput read_key_schema_element(RequestReader& reader) {
  return {reader.string("AttributeName"), reader.string("KeyType")};
}

AttributeDefinitionInput read_attribute_definition(RequestReader& reader) {
  return {reader.string("AttributeName"), reader.string("AttributeType")};
}

ThroughputInput read_throughput(RequestReader& reader) {
  return {reader.long_integer("ReadCapacityUnits"), reader.long_integer("WriteCapacityUnits")};
}

ThroughputInput read_on_demand(RequestReader& reader) {
  return {reader.long_integer("MaxReadRequestUnits"), reader.long_integer("MaxWriteRequestUnits")};
}

ThroughputInput read_warm(RequestReader& reader) {
  return {reader.long_integer("ReadUnitsPerSecond"), reader.long_integer("WriteUnitsPerSecond")};
}

EncryptionInput read_encryption(RequestReader& reader) {
  return {reader.boolean("Enabled"), reader.string("SSEType"), reader.string("KMSMasterKeyId")};
}

ProjectionInput read_projection(RequestReader& reader) {
  return {reader.string("ProjectionType"), reader.strings("NonKeyAttributes")};
}

StreamInput read_stream(RequestReader& reader) {
  return {reader.boolean("StreamEnabled"), reader.string("StreamViewType")};
}

TagInput read_tag(RequestReader& reader) {
  return {reader.string("Key"), reader.string("Value")};
}

std::optional<ThroughputInput> throughput_member(RequestReader& reader) {
  return reader.structure("ProvisionedThroughput", "ProvisionedThroughput", read_throughput);
}

std::optional<ThroughputInput> on_demand_member(RequestReader& reader) {
  return reader.structure("OnDemandThroughput", "OnDemandThroughput", read_on_demand);
}

std::optional<ThroughputInput> warm_member(RequestReader& reader) {
  return reader.structure("WarmThroughput", "WarmThroughput", read_warm);
}

IndexInput read_index(RequestReader& reader) {
  IndexInput index;
  index.name = reader.string("IndexName");
  index.key_schema = reader.list("KeySchema", "KeySchemaElement", read_key_schema_element);
  index.projection = reader.structure("Projection", "Projection", read_projection);
  index.throughput = throughput_member(reader);
  index.on_demand_limits = on_demand_member(reader);
  index.warm_throughput = warm_member(reader);
  return index;
}

IndexUpdateInput read_index_update(RequestReader& reader) {
  IndexUpdateInput update;
  update.update =
      reader.structure("Update", "UpdateGlobalSecondaryIndexAction", [](RequestReader& action) {
        return IndexUpdateInput::Update{action.string("IndexName"), throughput_member(action),
                                        on_demand_member(action), warm_member(action)};
      });
  update.create = reader.structure("Create", "CreateGlobalSecondaryIndexAction", read_index);
  update.remove = reader.structure(
      "Delete", "DeleteGlobalSecondaryIndexAction",
      [](RequestReader& action) { return IndexUpdateInput::Delete{action.string("IndexName")}; });
  return update;
}

ReplicaUpdateInput read_replica_update(RequestReader& reader) {
  auto action = [&](const char* name) {
    return reader.structure(name, name, [](RequestReader& members) {
      return ReplicaUpdateInput::Action{members.string("RegionName")};
    });
  };
  return {action("Create"), action("Update"), action("Delete")};
}

void read_settings(RequestReader& reader, TableSettingsInput& settings) {
  settings.table_name = reader.string("TableName");
  settings.attribute_definitions =
      reader.list("AttributeDefinitions", "AttributeDefinition", read_attribute_definition);
  settings.billing_mode = reader.string("BillingMode");
  settings.throughput = throughput_member(reader);
  settings.stream = reader.structure("StreamSpecification", "StreamSpecification", read_stream);
  settings.table_class = reader.string("TableClass");
  settings.deletion_protection = reader.boolean("DeletionProtectionEnabled");
  settings.on_demand_limits = on_demand_member(reader);
  settings.encryption = reader.structure("SSESpecification", "SSESpecification", read_encryption);
  settings.warm_throughput = warm_member(reader);
  settings.global_settings_mode = reader.string("GlobalTableSettingsReplicationMode");
}

}  // namespace

aws::Result<CreateTableInput> read_create_table_input(json::Value root) {
  return read_request(root, [](RequestReader& reader) {
    CreateTableInput input;
    read_settings(reader, input);
    input.key_schema = reader.list("KeySchema", "KeySchemaElement", read_key_schema_element);
    input.local_indexes = reader.list("LocalSecondaryIndexes", "LocalSecondaryIndex", read_index);
    input.global_indexes =
        reader.list("GlobalSecondaryIndexes", "GlobalSecondaryIndex", read_index);
    input.tags = reader.list("Tags", "Tag", read_tag);
    input.has_vector_indexes = reader.has("VectorIndexes");
    input.resource_policy = reader.string("ResourcePolicy");
    input.has_global_table_source = reader.has("GlobalTableSourceArn");
    return input;
  });
}

aws::Result<UpdateTableInput> read_update_table_input(json::Value root) {
  return read_request(root, [](RequestReader& reader) {
    UpdateTableInput input;
    read_settings(reader, input);
    input.global_index_updates =
        reader.list("GlobalSecondaryIndexUpdates", "GlobalSecondaryIndexUpdate", read_index_update);
    input.replica_updates =
        reader.list("ReplicaUpdates", "ReplicationGroupUpdate", read_replica_update);
    input.witness_updates = reader.list("GlobalTableWitnessUpdates",
                                        "GlobalTableWitnessGroupUpdate", read_replica_update);
    input.multi_region_consistency = reader.string("MultiRegionConsistency");
    input.has_disassociation_protection = reader.has("DisassociationProtectionEnabled");
    input.has_vector_index_updates = reader.has("VectorIndexUpdates");
    return input;
  });
}

aws::Result<std::optional<std::string>> read_table_name(json::Value root) {
  return read_request(root, [](RequestReader& reader) { return reader.string("TableName"); });
}

}  // namespace millrace::dynamodb::operation
