#include "aws/protocol/service.h"

#include <utility>

namespace millrace::aws {
namespace {

constexpr std::string_view kDynamoDbErrors = "com.amazonaws.dynamodb.v20120810";

constexpr Service kServices[] = {
    {"dynamodb", "dynamodb", "dynamodb", "DynamoDB_20120810", "1.0", kDynamoDbErrors, "", "", false,
     true},
    {"dynamodbstreams", "dynamodb", "dynamodb", "DynamoDBStreams_20120810", "1.0", kDynamoDbErrors,
     "", "", false, true},
    {"lambda", "lambda", "lambda", "", "", "", "", ""},
    {"sqs", "sqs", "sqs", "AmazonSQS", "1.0", "com.amazonaws.sqs", "2012-11-05",
     "http://queue.amazonaws.com/doc/2012-11-05/", true},
    {"sns", "sns", "sns", "", "", "", "2010-03-31", "http://sns.amazonaws.com/doc/2010-03-31/"},
    {"logs", "logs", "logs", "Logs_20140328", "1.1", "", "", ""},
    {"cloudwatch", "cloudwatch", "monitoring", "GraniteServiceVersion20100801", "1.0",
     "com.amazonaws.cloudwatch", "2010-08-01", "http://monitoring.amazonaws.com/doc/2010-08-01/",
     true},
    {"kinesis", "kinesis", "kinesis", "Kinesis_20131202", "1.1", "", "", ""},
    {"cloudformation", "cloudformation", "cloudformation", "", "", "", "2010-05-15",
     "http://cloudformation.amazonaws.com/doc/2010-05-15/"},
    {"iam", "iam", "iam", "", "", "", "2010-05-08", "https://iam.amazonaws.com/doc/2010-05-08/"},
    {"sts", "sts", "sts", "", "", "", "2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/"},
    {"ssm", "ssm", "ssm", "AmazonSSM", "1.1", "", "", ""},
    {"s3", "s3", "s3", "", "", "", "", "http://s3.amazonaws.com/doc/2006-03-01/"},
};

struct CodeName {
  std::string_view type;
  std::string_view code;
};

// From the service's published model (awsQueryError).
constexpr CodeName kQueueCodes[] = {
    {"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"},
    {"QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently"},
    {"PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress"},
    {"BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"},
    {"BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong"},
    {"EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest"},
    {"InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId"},
    {"MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight"},
    {"TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"},
    {"UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation"},
    {"QueueNameExists", "QueueAlreadyExists"},
    {"ThrottlingException", "RequestThrottled"},
};

// The query protocol's own names for errors that every service has.
constexpr CodeName kCommonCodes[] = {
    {"InternalServerError", "InternalFailure"},
    {"ValidationException", "ValidationError"},
    {"UnknownOperationException", "InvalidAction"},
    {"SerializationException", "MalformedInput"},
    {"MissingAuthenticationTokenException", "MissingAuthenticationToken"},
    {"IncompleteSignatureException", "IncompleteSignature"},
    {"InvalidSignatureException", "SignatureDoesNotMatch"},
    {"UnrecognizedClientException", "InvalidClientTokenId"},
    {"ExpiredTokenException", "ExpiredToken"},
    {"AccessDeniedException", "AccessDenied"},
    {"ThrottlingException", "Throttling"},
};

template <class Field>
const Service* find_by(Field Service::*field, std::string_view value) {
  if (value.empty()) return nullptr;
  for (const Service& service : kServices) {
    if (service.*field == value) return &service;
  }
  return nullptr;
}

}  // namespace

const Service* find_service(std::string_view name) {
  return find_by(&Service::name, name);
}

const Service* find_service_by_target(std::string_view target_prefix) {
  return find_by(&Service::target_prefix, target_prefix);
}

const Service* find_service_by_signing_name(std::string_view signing_name) {
  return find_by(&Service::signing_name, signing_name);
}

const Service* find_service_by_query_version(std::string_view version) {
  return find_by(&Service::query_version, version);
}

std::string_view query_error_code(const Service& service, std::string_view type) {
  if (service.name == "sqs") {
    for (const CodeName& entry : kQueueCodes) {
      if (entry.type == type) return entry.code;
    }
  }
  for (const CodeName& entry : kCommonCodes) {
    if (entry.type == type) return entry.code;
  }
  return type;
}

}  // namespace millrace::aws
