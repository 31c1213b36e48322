#include "dynamodb/operation/table_constraints.h"

#include "dynamodb/operation/constraint_list.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr size_t kKeyNameLengthMax = 255;
constexpr size_t kTableKeysMax = 2;
constexpr size_t kIndexKeysMax = 8;  // four partition and four sort key attributes
constexpr size_t kNonKeyAttributesMax = 20;
constexpr std::string_view kBillingModes = "PROVISIONED, PAY_PER_REQUEST";
constexpr std::string_view kViewTypes = "NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES, KEYS_ONLY";

std::string member_path(std::string_view list, size_t index) {
  return std::string(list) + '.' + std::to_string(index + 1) + ".member";
}

std::string show(const std::vector<KeySchemaElementInput>& schema) {
  std::string text = "[";
  for (const auto& element : schema) {
    if (text.size() > 1) text += ", ";
    text += "KeySchemaElement(attributeName=" + element.attribute_name.value_or("null") +
            ", keyType=" + element.key_type.value_or("null") + ")";
  }
  return text + "]";
}

void check_definitions(ConstraintList& constraints, const TableSettingsInput& input) {
  if (!input.attribute_definitions) return;
  for (size_t i = 0; i < input.attribute_definitions->size(); ++i) {
    const auto& definition = (*input.attribute_definitions)[i];
    std::string path = member_path("attributeDefinitions", i);
    constraints.require(definition.attribute_name, path + ".attributeName");
    constraints.check_length(definition.attribute_name, path + ".attributeName", 1,
                             kKeyNameLengthMax);
    constraints.require(definition.attribute_type, path + ".attributeType");
    constraints.check_one_of(definition.attribute_type, path + ".attributeType", "B, N, S");
  }
}

void check_throughput(ConstraintList& constraints, const std::optional<ThroughputInput>& throughput,
                      const std::string& path) {
  if (!throughput) return;
  constraints.require(throughput->write_units, path + ".writeCapacityUnits");
  constraints.check_range(throughput->write_units, path + ".writeCapacityUnits", 1);
  constraints.require(throughput->read_units, path + ".readCapacityUnits");
  constraints.check_range(throughput->read_units, path + ".readCapacityUnits", 1);
}

void check_key_schema(ConstraintList& constraints,
                      const std::optional<std::vector<KeySchemaElementInput>>& schema,
                      const std::string& path, size_t keys_max) {
  constraints.require(schema, path);
  if (!schema) return;
  if (schema->empty()) constraints.add(broken_constraint("[]", path, length_at_least(1)));
  if (schema->size() > keys_max) {
    constraints.add(broken_constraint(show(*schema), path, length_at_most(keys_max)));
  }
  for (size_t i = 0; i < schema->size(); ++i) {
    const auto& element = (*schema)[i];
    std::string element_path = member_path(path, i);
    constraints.require(element.attribute_name, element_path + ".attributeName");
    constraints.check_length(element.attribute_name, element_path + ".attributeName", 1,
                             kKeyNameLengthMax);
    constraints.require(element.key_type, element_path + ".keyType");
    constraints.check_one_of(element.key_type, element_path + ".keyType", "HASH, RANGE");
  }
}

void check_projection(ConstraintList& constraints, const ProjectionInput& projection,
                      const std::string& path) {
  constraints.check_one_of(projection.type, path + ".projectionType", "ALL, INCLUDE, KEYS_ONLY");
  if (!projection.non_key_attributes) return;
  const auto& names = *projection.non_key_attributes;
  std::string names_path = path + ".nonKeyAttributes";
  if (names.empty()) constraints.add(broken_constraint("[]", names_path, length_at_least(1)));
  if (names.size() > kNonKeyAttributesMax) {
    std::string shown = "[";
    for (const auto& name : names) shown += (shown.size() > 1 ? ", " : "") + name;
    constraints.add(
        broken_constraint(shown + "]", names_path, length_at_most(kNonKeyAttributesMax)));
  }
  for (size_t i = 0; i < names.size(); ++i) {
    constraints.check_length(names[i], names_path + '.' + std::to_string(i + 1) + ".member", 1,
                             kKeyNameLengthMax);
  }
}

void check_index(ConstraintList& constraints, const IndexInput& index, const std::string& path,
                 size_t keys_max) {
  constraints.require(index.name, path + ".indexName");
  constraints.check_name(index.name, path + ".indexName");
  check_key_schema(constraints, index.key_schema, path + ".keySchema", keys_max);
  constraints.require(index.projection, path + ".projection");
  if (index.projection) check_projection(constraints, *index.projection, path + ".projection");
  check_throughput(constraints, index.throughput, path + ".provisionedThroughput");
}

void check_indexes(ConstraintList& constraints,
                   const std::optional<std::vector<IndexInput>>& indexes, std::string_view list,
                   size_t keys_max) {
  if (!indexes) return;
  for (size_t i = 0; i < indexes->size(); ++i) {
    check_index(constraints, (*indexes)[i], member_path(list, i), keys_max);
  }
}

void check_index_update(ConstraintList& constraints, const IndexUpdateInput& input,
                        const std::string& path) {
  if (input.update) {
    constraints.require(input.update->index_name, path + ".update.indexName");
    constraints.check_name(input.update->index_name, path + ".update.indexName");
    check_throughput(constraints, input.update->throughput, path + ".update.provisionedThroughput");
  }
  if (input.create) check_index(constraints, *input.create, path + ".create", kIndexKeysMax);
  if (input.remove) {
    constraints.require(input.remove->index_name, path + ".delete.indexName");
    constraints.check_name(input.remove->index_name, path + ".delete.indexName");
  }
}

void check_stream(ConstraintList& constraints, const TableSettingsInput& input) {
  if (!input.stream) return;
  constraints.require(input.stream->enabled, "streamSpecification.streamEnabled");
  constraints.check_one_of(input.stream->view_type, "streamSpecification.streamViewType",
                           kViewTypes);
}

void check_other_settings(ConstraintList& constraints, const TableSettingsInput& input) {
  if (input.encryption) {
    constraints.check_one_of(input.encryption->type, "sSESpecification.sSEType", "AES256, KMS");
  }
  constraints.check_one_of(input.global_settings_mode, "globalTableSettingsReplicationMode",
                           "ENABLED, DISABLED, ENABLED_WITH_OVERRIDES");
}

void check_tags(ConstraintList& constraints, const CreateTableInput& input) {
  if (!input.tags) return;
  for (size_t i = 0; i < input.tags->size(); ++i) {
    constraints.require((*input.tags)[i].key, member_path("tags", i) + ".key");
    constraints.require((*input.tags)[i].value, member_path("tags", i) + ".value");
  }
}

}  // namespace

aws::Result<void> check_constraints(const CreateTableInput& input) {
  ConstraintList constraints;
  constraints.require(input.attribute_definitions, "attributeDefinitions");
  check_definitions(constraints, input);
  constraints.check_one_of(input.billing_mode, "billingMode", kBillingModes);
  check_throughput(constraints, input.throughput, "provisionedThroughput");
  check_key_schema(constraints, input.key_schema, "keySchema", kTableKeysMax);
  check_indexes(constraints, input.global_indexes, "globalSecondaryIndexes", kIndexKeysMax);
  check_indexes(constraints, input.local_indexes, "localSecondaryIndexes", kTableKeysMax);
  check_stream(constraints, input);
  check_other_settings(constraints, input);
  check_tags(constraints, input);
  return constraints.result();
}

aws::Result<void> check_constraints(const UpdateTableInput& input) {
  ConstraintList constraints;
  check_definitions(constraints, input);
  constraints.check_one_of(input.billing_mode, "billingMode", kBillingModes);
  check_throughput(constraints, input.throughput, "provisionedThroughput");
  if (input.global_index_updates) {
    for (size_t i = 0; i < input.global_index_updates->size(); ++i) {
      check_index_update(constraints, (*input.global_index_updates)[i],
                         member_path("globalSecondaryIndexUpdates", i));
    }
  }
  check_stream(constraints, input);
  check_other_settings(constraints, input);
  constraints.check_one_of(input.multi_region_consistency, "multiRegionConsistency",
                           "EVENTUAL, STRONG");
  return constraints.result();
}

}  // namespace millrace::dynamodb::operation
