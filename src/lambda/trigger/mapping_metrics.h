// The counts of one mapping, kept in memory and as Prometheus metrics:
//
//   millrace_mapping_{polled,filtered,invoked,failed_invoke,succeeded,dropped,expired}_events_total
//   millrace_mapping_destination_events_total, millrace_mapping_destination_failures_total
//   millrace_mapping_iterator_age_seconds
//
// Thread-safe.
#pragma once

#include <functional>
#include <mutex>
#include <string>

#include "base/metrics.h"
#include "lambda/trigger/shard_consumer.h"

namespace millrace::lambda {

class MappingMetrics final : public ConsumerObserver {
 public:
  // `on_progress` is called on any thread whenever a consumer got ahead. `registry` must outlive
  // it.
  MappingMetrics(MetricsRegistry& registry, const std::string& mapping_uuid,
                 const std::string& function_name, std::function<void()> on_progress);

  void on_counts(const ConsumerCounts& added) override;
  void on_iterator_age(Duration age) override;
  void on_outcome(const InvokeOutcome& outcome) override;
  void on_progress() override { on_progress_(); }

  ConsumerCounts totals() const;
  // As GetEventSourceMapping shows it.
  std::string last_processing_result() const;

 private:
  MappingMetrics(MetricsRegistry& registry, const MetricLabels& labels,
                 std::function<void()> on_progress);
  Counter& polled_;
  Counter& filtered_;
  Counter& invoked_;
  Counter& failed_invoke_;
  Counter& succeeded_;
  Counter& dropped_;
  Counter& expired_;
  Counter& sent_;
  Counter& send_failures_;
  Gauge& iterator_age_;
  const std::function<void()> on_progress_;
  mutable std::mutex mutex_;
  ConsumerCounts totals_;
  std::string last_processing_result_ = "No records processed";
};

}  // namespace millrace::lambda
