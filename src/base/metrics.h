// Counters, gauges and histograms, shown as Prometheus text at /_millrace/metrics. Thread-safe.
// The returned references live as long as the registry; look a metric up once and keep it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace millrace {

using MetricLabels = std::map<std::string, std::string>;

class Counter {
 public:
  virtual ~Counter() = default;
  virtual void add(double amount = 1) = 0;
  virtual double value() const = 0;
};

class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void set(double value) = 0;
  virtual void add(double amount) = 0;
  virtual double value() const = 0;
};

class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void observe(double value) = 0;
};

class MetricsRegistry {
 public:
  MetricsRegistry();
  ~MetricsRegistry();
  MetricsRegistry(const MetricsRegistry&) = delete;

  // Names are Prometheus names with their unit last: millrace_requests_total,
  // millrace_request_duration_seconds. The same name and labels give the same metric.
  Counter& counter(const std::string& name, const std::string& help, const MetricLabels& labels = {});
  Gauge& gauge(const std::string& name, const std::string& help, const MetricLabels& labels = {});
  // Buckets from 50 microseconds to 50 seconds.
  Histogram& duration_seconds(const std::string& name, const std::string& help,
                              const MetricLabels& labels = {});

  // `collect` sets gauges that are only worth knowing when somebody looks; it runs inside text(), on
  // any thread, and not after remove_collector() has returned.
  using CollectorId = uint64_t;
  CollectorId add_collector(std::function<void()> collect);
  void remove_collector(CollectorId id);

  // The text exposition format, version 0.0.4.
  std::string text() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace millrace
