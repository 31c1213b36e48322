// Loads a running server with one kind of request and prints one JSON object of results.
//
// Usage: load SCENARIO [--port N] [--connections N] [--requests N] [--rate PER_SECOND] [--keys N]
//             [--bytes N] [--table NAME] [--sort-keys N]
// Scenarios: constant, put_item, get_item, update_item, query, batch_write. The table has a string
// key "pk" (query, and batch_write with so many sort keys a partition: and a string sort key "sk").
// batch_write puts its items one after another, so 40,000 requests fill a table with 1,000,000.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include "load_generator.h"

namespace {

using millrace::bench::dynamodb_request;

struct Settings {
  std::string table = "bench";
  uint64_t keys = 10'000;
  uint64_t sort_keys = 0;  // 0: the table has no sort key
  std::string payload;
};

// A cheap spread of request numbers over keys, the same in every run.
uint64_t key_of(uint64_t n, uint64_t keys) {
  n = (n ^ (n >> 31)) * 0x9e3779b97f4a7c15ull;
  return (n >> 20) % keys;
}

std::string key_json(uint64_t key) {
  return R"({"S":"key-)" + std::to_string(key) + R"("})";
}

// The key attributes of the item with this number, as members of an object.
std::string key_members(const Settings& settings, uint64_t number) {
  if (settings.sort_keys == 0) return R"("pk":)" + key_json(number);
  std::string sort_key = std::to_string(number % settings.sort_keys);
  if (sort_key.size() < 3) sort_key.insert(0, 3 - sort_key.size(), '0');
  return R"("pk":)" + key_json(number / settings.sort_keys) + R"(,"sk":{"S":")" + sort_key +
         R"("})";
}

std::string put_item(const Settings& settings, uint64_t n) {
  return dynamodb_request("PutItem", R"({"TableName":")" + settings.table + R"(","Item":{"pk":)" +
                                         key_json(key_of(n, settings.keys)) + R"(,"n":{"N":")" +
                                         std::to_string(n) + R"("},"data":{"S":")" +
                                         settings.payload + R"("}}})");
}

std::string get_item(const Settings& settings, uint64_t n) {
  return dynamodb_request("GetItem", R"({"TableName":")" + settings.table + R"(","Key":{"pk":)" +
                                         key_json(key_of(n, settings.keys)) + "}}");
}

// Values that put_item never writes: an update that changes nothing writes nothing.
constexpr uint64_t kBeyondPuts = 1'000'000'000;

std::string update_item(const Settings& settings, uint64_t n) {
  return dynamodb_request(
      "UpdateItem",
      R"({"TableName":")" + settings.table + R"(","Key":{"pk":)" +
          key_json(key_of(n, settings.keys)) +
          R"(},"UpdateExpression":"SET n = :n","ExpressionAttributeValues":{":n":{"N":")" +
          std::to_string(kBeyondPuts + n) + R"("}}})");
}

std::string query(const Settings& settings, uint64_t n) {
  return dynamodb_request(
      "Query",
      R"({"TableName":")" + settings.table +
          R"(","Limit":10,"KeyConditionExpression":"pk = :pk","ExpressionAttributeValues":{":pk":)" +
          key_json(key_of(n, settings.keys)) + "}}");
}

std::string batch_write(const Settings& settings, uint64_t n) {
  std::string requests;
  for (uint64_t i = 0; i < 25; ++i) {
    requests += (i == 0 ? "" : ",") + std::string(R"({"PutRequest":{"Item":{)") +
                key_members(settings, n * 25 + i) + R"(,"data":{"S":")" + settings.payload +
                R"("}}}})";
  }
  return dynamodb_request("BatchWriteItem",
                          R"({"RequestItems":{")" + settings.table + "\":[" + requests + "]}}");
}

}  // namespace

int main(int argc, char** argv) {
  static const std::map<std::string, std::string (*)(const Settings&, uint64_t)> kScenarios = {
      {"constant", get_item}, {"put_item", put_item},       {"get_item", get_item},
      {"query", query},       {"update_item", update_item}, {"batch_write", batch_write}};
  auto scenario = kScenarios.find(argc > 1 ? argv[1] : "");
  if (scenario == kScenarios.end()) {
    std::fprintf(stderr,
                 "Usage: load constant|put_item|get_item|update_item|query|batch_write ...\n");
    return 2;
  }
  Settings settings;
  millrace::bench::LoadOptions options;
  size_t bytes = 1024;
  for (int i = 2; i + 1 < argc; i += 2) {
    std::string name = argv[i], value = argv[i + 1];
    if (name == "--port")
      options.port = static_cast<uint16_t>(std::stoi(value));
    else if (name == "--connections")
      options.connections = std::stoi(value);
    else if (name == "--requests")
      options.requests = std::stoull(value);
    else if (name == "--rate")
      options.rate_per_second = std::stod(value);
    else if (name == "--keys")
      settings.keys = std::stoull(value);
    else if (name == "--bytes")
      bytes = std::stoull(value);
    else if (name == "--sort-keys")
      settings.sort_keys = std::stoull(value);
    else if (name == "--table")
      settings.table = value;
    else {
      std::fprintf(stderr, "load: unknown option %s\n", name.c_str());
      return 2;
    }
  }
  settings.payload.assign(bytes, 'x');
  options.request = [&](uint64_t n) { return scenario->second(settings, n); };
  auto result = millrace::bench::run_load(options);
  std::printf(
      R"({"requests":%llu,"failures":%llu,"seconds":%.3f,"per_second":%.0f,"p50_us":%.1f,"p99_us":%.1f,"p999_us":%.1f})"
      "\n",
      static_cast<unsigned long long>(result.requests),
      static_cast<unsigned long long>(result.failures), result.seconds, result.per_second(),
      result.percentile_us(50), result.percentile_us(99), result.percentile_us(99.9));
  if (result.failures > 0) std::fprintf(stderr, "%s\n", result.first_failure.c_str());
  return result.failures > 0 ? 1 : 0;
}
