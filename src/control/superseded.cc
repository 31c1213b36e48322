#include "control/superseded.h"

#include <unordered_map>

namespace millrace::control {
namespace {

using dynamodb::stream::ChangeSearch;
using dynamodb::stream::StreamPtr;
using dynamodb::stream::StreamStore;
using engine::Position;
using nlohmann::json;

// One search through what came after the event, a page at a time.
class NewerChanges : public std::enable_shared_from_this<NewerChanges> {
 public:
  NewerChanges(const StreamStore& streams, std::shared_ptr<Executor> executor,
               UniqueFunction<void(json)> done)
      : streams_(streams), executor_(std::move(executor)), done_(std::move(done)) {}

  void begin(const lambda::FailureStore::Whole& failure) {
    add_records(failure.payload);
    StreamPtr stream = streams_.find(failure.failure.stream_arn);
    const auto* shard = stream ? stream->find_shard(failure.failure.shard_id) : nullptr;
    if (shard != nullptr) {
      known_ = true;
      std::map<std::string, Position> after = {{shard->id, failure.failure.first}};
      for (const std::string& id : descendants(*stream, shard->id)) {
        after[id] = stream->find_shard(id)->after;
      }
      search_.emplace(streams_, stream, std::move(after), [this](const auto&, const auto& record) {
        note(record);
        return true;
      });
    }
    go_on();
  }

 private:
  struct Newest {
    std::vector<Position> changes;  // of the item, in the event
    std::vector<uint64_t> newer;    // than each of them
    Position newest = 0;
  };

  void add_records(const std::string& payload) {
    json event = json::parse(payload, nullptr, false);
    if (!event.is_object() || !event.contains("Records")) return;
    for (const json& record : event["Records"]) {
      std::string number = record.value("/dynamodb/SequenceNumber"_json_pointer, std::string());
      json keys = record.value("/dynamodb/Keys"_json_pointer, json());
      auto position = dynamodb::stream::parse_sequence_number(number);
      auto encoded = dynamodb::stream::encode_keys_json(keys.dump());
      records_.push_back({{"sequenceNumber", number},
                          {"eventName", record.value("eventName", "")},
                          {"keys", std::move(keys)}});
      places_.emplace_back(encoded.value_or(""), position.value_or(0));
      if (!encoded || !position) continue;
      items_[*encoded].changes.push_back(*position);
      items_[*encoded].newer.push_back(0);
    }
  }

  void note(const dynamodb::stream::StreamRecord& record) {
    auto item = items_.find(record.change.keys);
    if (item == items_.end()) return;
    Newest& newest = item->second;
    newest.newest = std::max(newest.newest, record.position);
    for (size_t i = 0; i < newest.changes.size(); i++) {
      if (record.position > newest.changes[i]) newest.newer[i]++;
    }
  }

  void go_on() {
    executor_->post([self = shared_from_this()] {
      if (self->search_ && self->search_->step()) {
        self->go_on();
      } else {
        self->answer();
      }
    });
  }

  void answer() {
    for (size_t i = 0; known_ && i < places_.size(); i++) {
      auto item = items_.find(places_[i].first);
      if (item == items_.end()) continue;
      for (size_t change = 0; change < item->second.changes.size(); change++) {
        if (item->second.changes[change] != places_[i].second) continue;
        records_[i]["newerChanges"] = item->second.newer[change];
        if (item->second.newer[change] == 0) continue;
        records_[i]["supersededBy"] = dynamodb::stream::sequence_number(item->second.newest);
      }
    }
    done_(std::move(records_));
  }

  const StreamStore& streams_;
  const std::shared_ptr<Executor> executor_;
  UniqueFunction<void(json)> done_;
  json records_ = json::array();
  std::vector<std::pair<std::string, Position>> places_;  // keys and position of each record
  std::unordered_map<std::string, Newest> items_;         // by keys
  bool known_ = false;
  std::optional<ChangeSearch> search_;
};

}  // namespace

void describe_kept_records(const StreamStore& streams, std::shared_ptr<Executor> executor,
                           const lambda::FailureStore::Whole& failure,
                           UniqueFunction<void(json)> done) {
  auto search = std::make_shared<NewerChanges>(streams, executor, std::move(done));
  executor->post([search, failure] { search->begin(failure); });
}

}  // namespace millrace::control
