// Every bound of the server in one place. AWS's own limits name their source; the others say why.
#pragma once

#include <cstddef>
#include <cstdint>

namespace millrace::limits {

// Engine (docs/decisions, and the storage contract in engine/engine.h).
inline constexpr size_t kKeyBytesMax = 2400;
inline constexpr size_t kValueBytesMax = 512 * 1024;
// A change record holds the old and the new image of an item: twice DynamoDB's 400 KB, and names.
inline constexpr size_t kLogRecordBytesMax = 1024 * 1024;
// DynamoDB's transactions carry 4 MB of items; each may be stored once, again in five local indexes,
// and twice (old and new) in its change record.
inline constexpr size_t kTransactionBytesMax = 32 * 1024 * 1024;
// 100 items may be in as many cells; one more keeps the call's idempotency token.
inline constexpr size_t kTransactionCellsMax = 101;
inline constexpr size_t kLogReadRecordsMax = 1000;
inline constexpr size_t kLogReadBytesMax = 1024 * 1024;

// HTTP. DynamoDB's body limit is 16 MiB; a Lambda zip travels as base64 in JSON (50 MiB zipped).
inline constexpr size_t kRequestBodyBytesMax = 16 * 1024 * 1024;
inline constexpr size_t kLambdaRequestBodyBytesMax = 70 * 1024 * 1024;
inline constexpr size_t kRequestHeaderBytesMax = 64 * 1024;
inline constexpr int kConnectionsMax = 20000;

// DynamoDB items and pages (AWS service quotas).
inline constexpr size_t kItemBytesMax = 400 * 1024;
inline constexpr size_t kPageBytesMax = 1024 * 1024;
inline constexpr size_t kBatchGetKeysMax = 100;
inline constexpr size_t kBatchWriteRequestsMax = 25;
inline constexpr size_t kTransactItemsMax = 100;
inline constexpr size_t kPartitionKeyBytesMax = 2048;
inline constexpr size_t kSortKeyBytesMax = 1024;

// DynamoDB Streams (AWS): GetRecords answers at most 1000 records or 1 MB.
inline constexpr size_t kGetRecordsMax = 1000;
inline constexpr int kShardIteratorLifetimeMinutes = 15;
inline constexpr int kStreamRetentionHours = 24;

// Lambda (AWS quotas).
inline constexpr size_t kInvokePayloadBytesMax = 6 * 1024 * 1024;
inline constexpr size_t kCodeZipBytesMax = 50 * 1024 * 1024;
inline constexpr size_t kCodeUnzippedBytesMax = 250 * 1024 * 1024;
inline constexpr size_t kAsyncPayloadBytesMax = 1024 * 1024;
inline constexpr size_t kFunctionResponseBytesMax = 6291556;
inline constexpr size_t kEnvironmentBytesMax = 4096;

// Event source mappings of one server: each waits for its shards and has metrics of its own.
inline constexpr size_t kMappingsMax = 10'000;

// What is remembered of the deliveries of one mapping: a page of about 120 bytes for each batch.
inline constexpr size_t kAttemptLogBytesMax = 32 * 1024 * 1024;
inline constexpr int kAttemptLogHours = 24;  // as long as streams keep records
// Failures of one mapping that are kept whole; a batch is at most 6 MB.
inline constexpr size_t kKeptFailuresMax = 1000;
inline constexpr size_t kKeptFailuresBytesMax = 64 * 1024 * 1024;
// Changes of an item that one question is answered with, the newest.
inline constexpr size_t kFoundChangesMax = 100;
// Replays at one time, and finished ones that are remembered.
inline constexpr size_t kReplaysRunningMax = 16;
inline constexpr size_t kReplaysRememberedMax = 100;

// Function workers. AWS's defaults assume a fleet; these assume one machine.
inline constexpr size_t kCodeZipEntriesMax = 100'000;
inline constexpr int kWorkersMax = 64;
inline constexpr int kWorkersPerFunctionMax = 32;
inline constexpr size_t kQueuedInvocationsPerFunctionMax = 1000;
inline constexpr size_t kAsyncInvocationsMax = 10'000;
inline constexpr size_t kAsyncInvocationsBytesMax = 256 * 1024 * 1024;
// At one time for each function, so that a burst of events leaves workers to those who wait.
inline constexpr int kAsyncInvocationsRunningMax = 10;
// Requests that change functions and wait for their turn; each may carry 70 MiB.
inline constexpr int kFunctionChangesWaitingMax = 32;
inline constexpr int kWorkerConnectionsMax = 16;
inline constexpr size_t kWorkerHeaderBytesMax = 128 * 1024;  // clients send error causes there
inline constexpr uint64_t kWorkerOpenFilesMax = 1024;        // as on AWS

// Logs. An event of CloudWatch Logs is at most 256 KiB.
inline constexpr size_t kLogEventBytesMax = 256 * 1024;
inline constexpr size_t kLogTailBytes = 4096;
inline constexpr size_t kLogGroupBytesMax = 50 * 1024 * 1024;
inline constexpr size_t kLogPendingBytesMax = 16 * 1024 * 1024;
inline constexpr size_t kLogGroupsMax = 10'000;
inline constexpr size_t kLogStreamsPerGroupMax = 1000;

}  // namespace millrace::limits
