#include "base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>

namespace millrace {
namespace {

struct PrometheusCounter final : Counter {
  explicit PrometheusCounter(prometheus::Counter& c) : inner(c) {}
  void add(double amount) override { inner.Increment(amount); }
  double value() const override { return inner.Value(); }
  prometheus::Counter& inner;
};

struct PrometheusGauge final : Gauge {
  explicit PrometheusGauge(prometheus::Gauge& g) : inner(g) {}
  void set(double value) override { inner.Set(value); }
  void add(double amount) override { inner.Increment(amount); }
  double value() const override { return inner.Value(); }
  prometheus::Gauge& inner;
};

struct PrometheusHistogram final : Histogram {
  explicit PrometheusHistogram(prometheus::Histogram& h) : inner(h) {}
  void observe(double value) override { inner.Observe(value); }
  prometheus::Histogram& inner;
};

const prometheus::Histogram::BucketBoundaries kDurationBuckets = {
    0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
    0.1,     0.25,   0.5,     1,      2.5,   5,      10,    25,   50};

}  // namespace

struct MetricsRegistry::Implementation {
  using Key = std::pair<std::string, MetricLabels>;
  std::mutex mutex;
  prometheus::Registry registry;
  std::map<Key, std::unique_ptr<PrometheusCounter>> counters;
  std::map<Key, std::unique_ptr<PrometheusGauge>> gauges;
  std::map<Key, std::unique_ptr<PrometheusHistogram>> histograms;
  std::mutex collectors_mutex;  // held while they run
  std::map<CollectorId, std::function<void()>> collectors;
  CollectorId next_collector = 1;
};

MetricsRegistry::MetricsRegistry() : implementation_(std::make_unique<Implementation>()) {}
MetricsRegistry::~MetricsRegistry() = default;

Counter& MetricsRegistry::counter(const std::string& name, const std::string& help,
                                  const MetricLabels& labels) {
  std::lock_guard lock(implementation_->mutex);
  auto& slot = implementation_->counters[{name, labels}];
  if (!slot) {
    auto& family =
        prometheus::BuildCounter().Name(name).Help(help).Register(implementation_->registry);
    slot = std::make_unique<PrometheusCounter>(family.Add(labels));
  }
  return *slot;
}

Gauge& MetricsRegistry::gauge(const std::string& name, const std::string& help,
                              const MetricLabels& labels) {
  std::lock_guard lock(implementation_->mutex);
  auto& slot = implementation_->gauges[{name, labels}];
  if (!slot) {
    auto& family =
        prometheus::BuildGauge().Name(name).Help(help).Register(implementation_->registry);
    slot = std::make_unique<PrometheusGauge>(family.Add(labels));
  }
  return *slot;
}

Histogram& MetricsRegistry::duration_seconds(const std::string& name, const std::string& help,
                                             const MetricLabels& labels) {
  std::lock_guard lock(implementation_->mutex);
  auto& slot = implementation_->histograms[{name, labels}];
  if (!slot) {
    auto& family =
        prometheus::BuildHistogram().Name(name).Help(help).Register(implementation_->registry);
    slot = std::make_unique<PrometheusHistogram>(family.Add(labels, kDurationBuckets));
  }
  return *slot;
}

MetricsRegistry::CollectorId MetricsRegistry::add_collector(std::function<void()> collect) {
  std::lock_guard lock(implementation_->collectors_mutex);
  CollectorId id = implementation_->next_collector++;
  implementation_->collectors.emplace(id, std::move(collect));
  return id;
}

void MetricsRegistry::remove_collector(CollectorId id) {
  std::lock_guard lock(implementation_->collectors_mutex);
  implementation_->collectors.erase(id);
}

std::string MetricsRegistry::text() const {
  {
    std::lock_guard lock(implementation_->collectors_mutex);
    for (auto& [id, collect] : implementation_->collectors) collect();
  }
  return prometheus::TextSerializer().Serialize(implementation_->registry.Collect());
}

}  // namespace millrace
