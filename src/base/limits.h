// Every bound of the server in one place. AWS's own limits name their source; the others say why.
#pragma once

#include <cstddef>
#include <cstdint>

namespace millrace::limits {

// Engine (docs/decisions, and the storage contract in engine/engine.h).
inline constexpr size_t kKeyBytesMax = 2400;
inline constexpr size_t kValueBytesMax = 512 * 1024;
inline constexpr size_t kTransactionBytesMax = 8 * 1024 * 1024;
inline constexpr size_t kTransactionItemsMax = 100;
inline constexpr size_t kTransactionCellsMax = 100;
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

}  // namespace millrace::limits
