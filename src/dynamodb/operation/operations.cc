#include "dynamodb/operation/operations.h"

#include "dynamodb/operation/batch_execute_statement.h"
#include "dynamodb/operation/batch_get_item.h"
#include "dynamodb/operation/batch_write_item.h"
#include "dynamodb/operation/create_table.h"
#include "dynamodb/operation/delete_item.h"
#include "dynamodb/operation/delete_resource_policy.h"
#include "dynamodb/operation/delete_table.h"
#include "dynamodb/operation/describe_contributor_insights.h"
#include "dynamodb/operation/describe_endpoints.h"
#include "dynamodb/operation/describe_kinesis_streaming_destination.h"
#include "dynamodb/operation/describe_limits.h"
#include "dynamodb/operation/describe_table.h"
#include "dynamodb/operation/describe_time_to_live.h"
#include "dynamodb/operation/disable_kinesis_streaming_destination.h"
#include "dynamodb/operation/enable_kinesis_streaming_destination.h"
#include "dynamodb/operation/execute_statement.h"
#include "dynamodb/operation/execute_transaction.h"
#include "dynamodb/operation/get_item.h"
#include "dynamodb/operation/get_resource_policy.h"
#include "dynamodb/operation/global_tables.h"
#include "dynamodb/operation/list_contributor_insights.h"
#include "dynamodb/operation/list_tables.h"
#include "dynamodb/operation/list_tags_of_resource.h"
#include "dynamodb/operation/put_item.h"
#include "dynamodb/operation/put_resource_policy.h"
#include "dynamodb/operation/query.h"
#include "dynamodb/operation/scan.h"
#include "dynamodb/operation/tag_resource.h"
#include "dynamodb/operation/throughput_meter.h"
#include "dynamodb/operation/transact_get_items.h"
#include "dynamodb/operation/transact_write_items.h"
#include "dynamodb/operation/transaction_claims.h"
#include "dynamodb/operation/untag_resource.h"
#include "dynamodb/operation/update_contributor_insights.h"
#include "dynamodb/operation/update_item.h"
#include "dynamodb/operation/update_kinesis_streaming_destination.h"
#include "dynamodb/operation/update_table.h"
#include "dynamodb/operation/update_time_to_live.h"

namespace millrace::dynamodb::operation {

void register_operations(aws::OperationRegistry& registry, const Dependencies& given) {
  Dependencies dependencies = given;
  dependencies.meter = ThroughputMeter::create(given.catalog, given.clock, given.enforce_capacity);
  dependencies.claims = std::make_shared<TransactionClaims>();
  auto add = [&](const char* name, aws::OperationHandler handler) {
    registry.add("dynamodb", name, std::move(handler));
  };
  add("BatchExecuteStatement", batch_execute_statement(dependencies));
  add("BatchGetItem", batch_get_item(dependencies));
  add("BatchWriteItem", batch_write_item(dependencies));
  add("CreateGlobalTable", create_global_table(dependencies));
  add("CreateTable", create_table(dependencies));
  add("DeleteItem", delete_item(dependencies));
  add("DeleteResourcePolicy", delete_resource_policy(dependencies));
  add("DeleteTable", delete_table(dependencies));
  add("DescribeContributorInsights", describe_contributor_insights(dependencies));
  add("DescribeEndpoints", describe_endpoints(dependencies));
  add("DescribeGlobalTable", describe_global_table(dependencies));
  add("DescribeGlobalTableSettings", describe_global_table_settings(dependencies));
  add("DescribeKinesisStreamingDestination", describe_kinesis_streaming_destination(dependencies));
  add("DescribeLimits", describe_limits(dependencies));
  add("DescribeTable", describe_table(dependencies));
  add("DescribeTableReplicaAutoScaling", describe_table_replica_auto_scaling(dependencies));
  add("DescribeTimeToLive", describe_time_to_live(dependencies));
  add("DisableKinesisStreamingDestination", disable_kinesis_streaming_destination(dependencies));
  add("EnableKinesisStreamingDestination", enable_kinesis_streaming_destination(dependencies));
  add("ExecuteStatement", execute_statement(dependencies));
  add("ExecuteTransaction", execute_transaction(dependencies));
  add("GetItem", get_item(dependencies));
  add("GetResourcePolicy", get_resource_policy(dependencies));
  add("ListContributorInsights", list_contributor_insights(dependencies));
  add("ListGlobalTables", list_global_tables(dependencies));
  add("ListTables", list_tables(dependencies));
  add("ListTagsOfResource", list_tags_of_resource(dependencies));
  add("PutItem", put_item(dependencies));
  add("PutResourcePolicy", put_resource_policy(dependencies));
  add("Query", query(dependencies));
  add("Scan", scan(dependencies));
  add("TagResource", tag_resource(dependencies));
  add("TransactGetItems", transact_get_items(dependencies));
  add("TransactWriteItems", transact_write_items(dependencies));
  add("UntagResource", untag_resource(dependencies));
  add("UpdateContributorInsights", update_contributor_insights(dependencies));
  add("UpdateGlobalTable", update_global_table(dependencies));
  add("UpdateGlobalTableSettings", update_global_table_settings(dependencies));
  add("UpdateItem", update_item(dependencies));
  add("UpdateKinesisStreamingDestination", update_kinesis_streaming_destination(dependencies));
  add("UpdateTable", update_table(dependencies));
  add("UpdateTableReplicaAutoScaling", update_table_replica_auto_scaling(dependencies));
  add("UpdateTimeToLive", update_time_to_live(dependencies));
}

}  // namespace millrace::dynamodb::operation
