#include "control/mapping_gauges.h"

#include <algorithm>

#include "control/mapping_report.h"

namespace millrace::control {

MappingGauges::MappingGauges(MetricsRegistry& metrics, StatusSource status,
                             const dynamodb::stream::StreamStore& streams, const Clock& clock)
    : metrics_(metrics),
      status_(std::move(status)),
      streams_(streams),
      clock_(clock),
      collector_(metrics.add_collector([this] { collect(); })) {}

MappingGauges::~MappingGauges() {
  metrics_.remove_collector(collector_);
}

void MappingGauges::collect() {
  // A mapping that is gone has nothing left to do.
  for (auto& [labels, gauges] : gauges_) {
    gauges.behind.set(0);
    gauges.blocked.set(0);
    gauges.oldest.set(0);
  }
  Timestamp now = clock_.now();
  for (const lambda::MappingStatus& status : status_()) {
    const lambda::Mapping& mapping = *status.view.mapping;
    MetricLabels labels = {{"mapping", mapping.uuid}, {"function", mapping.settings.function.name}};
    Gauges gauges{metrics_.gauge("millrace_mapping_behind_records",
                                 "Records of the stream that are not handled yet", labels),
                  metrics_.gauge("millrace_mapping_blocked_shards",
                                 "Shards with a record that the function fails on", labels),
                  metrics_.gauge("millrace_mapping_oldest_unhandled_seconds",
                                 "Age of the oldest record that is not handled yet", labels)};
    Duration oldest{0};
    for (const lambda::ShardStatus& shard : status.shards) {
      gauges.behind.add(static_cast<double>(records_behind(shard)));
      if (!shard.progress.blocked.empty()) gauges.blocked.add(1);
      oldest = std::max(oldest,
                        oldest_unhandled_age(status, shard, streams_, now).value_or(Duration(0)));
    }
    gauges.oldest.set(to_seconds(oldest));
    gauges_.emplace(labels, gauges);
  }
}

}  // namespace millrace::control
