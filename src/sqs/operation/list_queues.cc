#include "base/encoding.h"
#include "sqs/operation/input.h"
#include "sqs/operation/operations.h"

namespace millrace::sqs::operation {
namespace {

constexpr size_t kPageMax = 1000;

struct Page {
  size_t size = kPageMax;
  std::string after;  // the last name of the page before
};

aws::Result<Page> read_page(const json& input) {
  Page page;
  MILLRACE_TRY(auto size, integer_in_range(input, "MaxResults", 1, kPageMax,
                                           "MaxResults must be between 1 and 1000."));
  if (size) page.size = static_cast<size_t>(*size);
  auto token = input.value("NextToken", "");
  if (token.empty()) return page;
  auto name = from_base64(token);
  if (!name) return invalid_value(token, "NextToken", "It was not given by this operation.");
  page.after = *name;
  return page;
}

json page_of(const std::vector<QueuePtr>& queues, const Page& page, bool paged,
             const std::string& host, const char* member) {
  json urls = json::array();
  json output = json::object();
  for (const QueuePtr& queue : queues) {
    if (urls.size() == page.size) break;
    urls.push_back(queue_url(*queue, host));
  }
  // Without MaxResults there is one page of at most a thousand, and no token.
  if (paged && queues.size() > page.size) {
    output["NextToken"] = to_base64(queues[page.size - 1]->name);
  }
  // AWS leaves the member out when there is none.
  if (!urls.empty()) output[member] = std::move(urls);
  return output;
}

}  // namespace

aws::OperationHandler list_queues(QueueService& service) {
  return aws::json_operation(
      [&service](const aws::RequestContext& context, const json& input) -> aws::Result<json> {
        MILLRACE_TRY(Page page, read_page(input));
        auto queues = service.catalog().list(context.account, context.region,
                                             input.value("QueueNamePrefix", ""), page.after);
        return page_of(queues, page, input.contains("MaxResults"), context.host, "QueueUrls");
      });
}

aws::OperationHandler list_dead_letter_source_queues(QueueService& service) {
  return aws::json_operation([&service](const aws::RequestContext& context,
                                        const json& input) -> aws::Result<json> {
    MILLRACE_TRY(QueuePtr target, find_queue(service, context, input));
    MILLRACE_TRY(Page page, read_page(input));
    std::vector<QueuePtr> sources;
    for (const QueuePtr& queue :
         service.catalog().list(context.account, context.region, "", page.after)) {
      auto policy = queue->redrive_policy();
      if (policy && policy->dead_letter_arn == target->arn()) sources.push_back(queue);
    }
    json output = page_of(sources, page, input.contains("MaxResults"), context.host, "queueUrls");
    if (!output.contains("queueUrls")) output["queueUrls"] = json::array();
    return output;
  });
}

aws::OperationHandler get_queue_url(QueueService& service) {
  return aws::json_operation([&service](const aws::RequestContext& context,
                                        const json& input) -> aws::Result<json> {
    if (!input.contains("QueueName")) return missing_parameter("QueueName");
    auto owner = input.value("QueueOwnerAWSAccountId", context.account);
    QueuePtr queue = service.catalog().find(owner, context.region, input.value("QueueName", ""));
    if (queue == nullptr) return queue_does_not_exist();
    return json{{"QueueUrl", queue_url(*queue, context.host)}};
  });
}

}  // namespace millrace::sqs::operation
