// Where each mapping stands, as Prometheus gauges with the labels mapping and function:
//
//   millrace_mapping_behind_records            not handled yet
//   millrace_mapping_blocked_shards            shards with a record that fails
//   millrace_mapping_oldest_unhandled_seconds  age of the oldest record that is not handled
//
// The counts are kept by lambda/trigger/mapping_metrics.h. Set when the metrics are asked for.
#pragma once

#include <map>

#include "base/metrics.h"
#include "control/await.h"
#include "dynamodb/stream/stream_store.h"

namespace millrace::control {

class MappingGauges {
 public:
  // All must outlive it.
  MappingGauges(MetricsRegistry& metrics, StatusSource status,
                const dynamodb::stream::StreamStore& streams, const Clock& clock);
  ~MappingGauges();
  MappingGauges(const MappingGauges&) = delete;

 private:
  struct Gauges {
    Gauge& behind;
    Gauge& blocked;
    Gauge& oldest;
  };
  void collect();

  MetricsRegistry& metrics_;
  const StatusSource status_;
  const dynamodb::stream::StreamStore& streams_;
  const Clock& clock_;
  std::map<MetricLabels, Gauges> gauges_;
  MetricsRegistry::CollectorId collector_;
};

}  // namespace millrace::control
