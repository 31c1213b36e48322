#include "lambda/trigger/mapping_metrics.h"

namespace millrace::lambda {
namespace {

Counter& events(MetricsRegistry& registry, const MetricLabels& labels, const std::string& what,
                const std::string& help) {
  return registry.counter("millrace_mapping_" + what + "_total", help, labels);
}

}  // namespace

MappingMetrics::MappingMetrics(MetricsRegistry& registry, const std::string& mapping_uuid,
                               const std::string& function_name, std::function<void()> on_progress)
    : MappingMetrics(registry, MetricLabels{{"mapping", mapping_uuid}, {"function", function_name}},
                     std::move(on_progress)) {}

MappingMetrics::MappingMetrics(MetricsRegistry& registry, const MetricLabels& labels,
                               std::function<void()> on_progress)
    : polled_(events(registry, labels, "polled_events", "Records read from the stream")),
      filtered_(events(registry, labels, "filtered_events", "Records that no filter let through")),
      invoked_(events(registry, labels, "invoked_events", "Records handed over, each attempt")),
      failed_invoke_(events(registry, labels, "failed_invoke_events",
                            "Records of attempts that failed, each attempt")),
      succeeded_(events(registry, labels, "succeeded_events", "Records that the function handled")),
      dropped_(events(registry, labels, "dropped_events",
                      "Records given up without a destination that took them")),
      expired_(events(registry, labels, "expired_events",
                      "Records that left the stream before they were handled")),
      sent_(events(registry, labels, "destination_events",
                   "Records given up whose message the destination took")),
      send_failures_(events(registry, labels, "destination_failures",
                            "Messages that the destination did not take")),
      iterator_age_(registry.gauge("millrace_mapping_iterator_age_seconds",
                                   "Age of the last record handed over", labels)),
      on_progress_(std::move(on_progress)) {}

void MappingMetrics::on_counts(const ConsumerCounts& added) {
  auto add = [](Counter& counter, uint64_t amount) {
    if (amount > 0) counter.add(static_cast<double>(amount));
  };
  add(polled_, added.polled);
  add(filtered_, added.filtered);
  add(invoked_, added.invoked);
  add(failed_invoke_, added.failed_invoke);
  add(succeeded_, added.succeeded);
  add(dropped_, added.dropped);
  add(expired_, added.expired);
  add(sent_, added.sent);
  add(send_failures_, added.send_failures);
  std::lock_guard lock(mutex_);
  totals_ += added;
}

void MappingMetrics::on_iterator_age(Duration age) {
  iterator_age_.set(to_seconds(age));
}

void MappingMetrics::on_outcome(const InvokeOutcome& outcome) {
  bool failed = outcome.kind == InvokeOutcome::Kind::kFailed ||
                outcome.kind == InvokeOutcome::Kind::kNotStarted;
  std::lock_guard lock(mutex_);
  last_processing_result_ = failed ? "PROBLEM: Function call failed" : "OK";
}

ConsumerCounts MappingMetrics::totals() const {
  std::lock_guard lock(mutex_);
  return totals_;
}

std::string MappingMetrics::last_processing_result() const {
  std::lock_guard lock(mutex_);
  return last_processing_result_;
}

}  // namespace millrace::lambda
