#include "control/change_routes.h"

#include <deque>

#include "base/encoding.h"
#include "base/limits.h"
#include "base/log.h"
#include "control/control_request.h"
#include "control/record_history.h"
#include "control/table_streams.h"

namespace millrace::control {
namespace {

using dynamodb::stream::ChangeSearch;
using dynamodb::stream::FoundRecord;
using dynamodb::stream::KeyPattern;
using dynamodb::stream::RecordView;
using dynamodb::stream::StreamPtr;
using dynamodb::stream::StreamStore;

constexpr std::string_view kPath = "/_millrace/changes/";
// A search of more would keep a thread busy for minutes.
constexpr uint64_t kSearchedRecordsMax = 10'000'000;

struct ChangeQuery {
  std::string table, region, account;
  std::optional<KeyPattern> key;
  std::string event_id;
  std::optional<engine::Position> position;
};

Result<ChangeQuery> parse_query(const aws::HttpRequest& request) {
  ChangeQuery query;
  query.table = percent_decode(request.path().substr(kPath.size()));
  auto values = aws::parse_name_values(request.query(), true);
  auto text = [&](std::string_view name) { return aws::find_value(values, name).value_or(""); };
  query.region = text("region");
  query.account = text("account");
  query.event_id = text("eventId");
  std::string key = text("key"), number = text("sequenceNumber");
  int given = (key.empty() ? 0 : 1) + (number.empty() ? 0 : 1) + (query.event_id.empty() ? 0 : 1);
  if (query.table.empty() || given != 1) {
    return Unexpected(std::string(
        "Ask for /_millrace/changes/TABLE with one of ?key=, ?eventId= and ?sequenceNumber=."));
  }
  if (!key.empty()) {
    MILLRACE_TRY(query.key, KeyPattern::parse(key));
  }
  if (!number.empty()) {
    query.position = dynamodb::stream::parse_sequence_number(number);
    if (!query.position) {
      return Unexpected(std::string("sequenceNumber must be one that a stream record has."));
    }
  }
  return query;
}

struct Found {
  StreamPtr stream;
  ExaminedRecord record;
};

// One question on its way, a page of the stream at a time, so that others get the thread too.
class Question : public std::enable_shared_from_this<Question> {
 public:
  Question(const StreamStore& streams, const lambda::MappingManager& mappings,
           std::shared_ptr<Executor> executor, const Clock& clock, ChangeQuery query,
           aws::HttpRespond respond)
      : streams_(streams),
        mappings_(mappings),
        executor_(std::move(executor)),
        clock_(clock),
        query_(std::move(query)),
        respond_(std::move(respond)) {}

  void begin() {
    auto streams = streams_of_table(streams_, query_.table, query_.region, query_.account);
    asked_.assign(streams.begin(), streams.end());
    if (asked_.empty()) {
      respond_(error_answer(
          "There is no table " + query_.table + " whose stream still has records.", 404));
      return;
    }
    if (query_.key) return go_on();
    for (const StreamPtr& stream : asked_) look_up(stream);
    answer();
  }

 private:
  void look_up(const StreamPtr& stream) {
    if (query_.position) {
      for (FoundRecord& found : find_by_position(streams_, *stream, *query_.position)) {
        keep(stream, std::move(found));
      }
      return;
    }
    auto found = find_by_event_id(streams_, *stream, query_.event_id);
    if (found) keep(stream, std::move(*found));
  }

  void go_on() {
    executor_->post([self = shared_from_this()] { self->step(); });
  }

  void step() {
    if (!search_ && !asked_.empty()) {
      StreamPtr stream = asked_.front();
      asked_.pop_front();
      search_.emplace(streams_, stream, [this, stream](const auto& shard, const auto& record) {
        if (query_.key->matches(record.change.keys)) keep(stream, {shard, record});
        return true;
      });
    }
    if (!search_) return answer();
    uint64_t before = search_->records_seen();
    bool more = search_->step();
    searched_ += search_->records_seen() - before;
    if (searched_ >= kSearchedRecordsMax) {
      complete_ = false;
      return answer();
    }
    if (!more) search_.reset();
    go_on();
  }

  void keep(const StreamPtr& stream, FoundRecord found) {
    if (found_.size() == limits::kFoundChangesMax) {
      found_.pop_front();
      complete_ = false;
    }
    ExaminedRecord record{std::move(found), {}};
    append_record_json(record.json, record.found.record.change, record.found.shard.cell,
                       record.found.record.position,
                       RecordView{stream->view_type, stream->region, stream->arn});
    record.json.reserve(record.json.size() + lambda::FilterSet::kPadding);
    found_.push_back({stream, std::move(record)});
  }

  json describe(const Found& found) const {
    const auto& [shard, record] = found.record.found;
    json described = {
        {"streamArn", found.stream->arn},
        {"shardId", shard.id},
        {"sequenceNumber", dynamodb::stream::sequence_number(record.position)},
        {"eventId", dynamodb::stream::event_id(shard.cell, record.position)},
        {"eventName", dynamodb::stream::to_string(record.change.kind)},
        {"time", to_iso8601(record.change.time)},
        {"record", json::parse(found.record.json, nullptr, false)},
        {"mappings", json::array()},
    };
    if (!record.change.trace_id.empty()) described["traceId"] = record.change.trace_id;
    return described;
  }

  // What this mapping did with each of the changes, added to `changes`.
  void add_mapping(const lambda::MappingStatus& status, json& changes) const {
    const lambda::Mapping& mapping = *status.view.mapping;
    RecordHistories histories;
    for (const Found& found : found_) {
      if (found.stream->arn != mapping.event_source_arn) continue;
      histories[{found.record.found.shard.id, found.record.found.record.position}];
    }
    if (histories.empty()) return;
    if (auto log = mappings_.attempts(mapping.uuid)) {
      auto read = read_histories(*log, histories);
      if (!read) {
        log_error("attempts cannot be read",
                  {{"mapping", mapping.uuid}, {"detail", read.error().message}});
      }
    }
    auto filters = lambda::FilterSet::compile(mapping.settings.filters);
    lambda::FilterSet all;
    for (size_t i = 0; i < found_.size(); i++) {
      const ExaminedRecord& record = found_[i].record;
      auto history = histories.find({record.found.shard.id, record.found.record.position});
      if (found_[i].stream->arn != mapping.event_source_arn || history == histories.end()) continue;
      changes[i]["mappings"].push_back(describe_outcome(status, record, history->second,
                                                        filters ? *filters : all, clock_.now()));
    }
  }

  void answer() {
    json changes = json::array();
    for (const Found& found : found_) changes.push_back(describe(found));
    if (!found_.empty()) {
      for (const lambda::MappingStatus& status : mappings_.status()) add_mapping(status, changes);
    }
    respond_(json_answer({{"tableName", query_.table},
                          {"complete", complete_},
                          {"recordsSearched", searched_},
                          {"changes", std::move(changes)}}));
  }

  const StreamStore& streams_;
  const lambda::MappingManager& mappings_;
  const std::shared_ptr<Executor> executor_;
  const Clock& clock_;
  const ChangeQuery query_;
  aws::HttpRespond respond_;
  std::deque<StreamPtr> asked_;
  std::optional<ChangeSearch> search_;
  std::deque<Found> found_;
  uint64_t searched_ = 0;
  bool complete_ = true;
};

}  // namespace

void add_change_routes(aws::AdminRoutes& routes, const StreamStore& streams,
                       const lambda::MappingManager& mappings, std::shared_ptr<Executor> executor,
                       const Clock& clock) {
  routes.add("GET", std::string(kPath), aws::AdminAccess::kCredentials,
             [&streams, &mappings, executor, &clock](const aws::HttpRequest& request,
                                                     aws::HttpRespond respond) {
               auto query = parse_query(request);
               if (!query) {
                 respond(error_answer(query.error()));
                 return;
               }
               auto question = std::make_shared<Question>(streams, mappings, executor, clock,
                                                          std::move(*query), std::move(respond));
               executor->post([question] { question->begin(); });
             });
}

}  // namespace millrace::control
