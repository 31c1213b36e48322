#include "control/tail_routes.h"

#include <map>
#include <set>

#include "base/encoding.h"
#include "base/log.h"
#include "control/control_request.h"
#include "control/table_streams.h"
#include "dynamodb/stream/change_record.h"

namespace millrace::control {
namespace {

using dynamodb::stream::Shard;
using dynamodb::stream::StreamPtr;
using dynamodb::stream::StreamStatus;
using dynamodb::stream::StreamStore;

constexpr std::string_view kPath = "/_millrace/tail/";
constexpr size_t kPageRecordsMax = 200;

// Where the reading of each shard stands. Shards that are not named begin at their beginning.
using Cursor = std::map<std::string, engine::Position>;

std::string to_text(const Cursor& cursor) {
  std::string text;
  for (const auto& [shard_id, position] : cursor) {
    if (!text.empty()) text += ',';
    text += shard_id + ':' + dynamodb::stream::sequence_number(position);
  }
  return text;
}

std::optional<Cursor> parse_cursor(std::string_view text) {
  Cursor cursor;
  while (!text.empty()) {
    std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    size_t colon = part.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    auto position = dynamodb::stream::parse_sequence_number(part.substr(colon + 1));
    if (!position) return std::nullopt;
    cursor[std::string(part.substr(0, colon))] = *position;
  }
  return cursor;
}

StreamPtr find_stream(const StreamStore& streams, const std::string& table,
                      const aws::NameValues& query) {
  std::string region = aws::find_value(query, "region").value_or("");
  std::string account = aws::find_value(query, "account").value_or("");
  for (const StreamPtr& stream : streams_of_table(streams, table, region, account)) {
    if (stream->status == StreamStatus::kEnabled) return stream;
  }
  return nullptr;
}

engine::Result<Cursor> end_of(const StreamStore& streams, const StreamPtr& stream) {
  Cursor cursor;
  for (const Shard& shard : stream->shards) {
    MILLRACE_TRY(cursor[shard.id], streams.latest(shard));
  }
  return cursor;
}

// Appends up to a page of records to `records` and moves the cursor past them.
engine::Result<void> read_page(const StreamStore& streams, const StreamPtr& stream, Cursor& cursor,
                               std::string& records) {
  Cursor next;
  std::set<std::string> unfinished;  // closed shards that have more, and what comes after them
  size_t room = kPageRecordsMax;
  for (const Shard& shard : stream->shards) {
    MILLRACE_TRY(engine::Position begin, streams.trim_horizon(shard));
    auto known = cursor.find(shard.id);
    engine::Position& after = next[shard.id];
    after = known == cursor.end() ? begin : std::max(begin, known->second);
    // Parents stand before their children.
    if (room == 0 || unfinished.contains(shard.parent_id.value_or(""))) {
      unfinished.insert(shard.id);
      continue;
    }
    engine::LogReadOptions options;
    options.records_max = room;
    auto page = streams.read(shard, after, options);
    if (!page && page.error().code == engine::ErrorCode::kTooOld) {
      unfinished.insert(shard.id);  // trimmed just now: the next call begins behind that
      continue;
    }
    if (!page) return Unexpected(std::move(page).error());
    for (const auto& record : page->records) {
      if (records.size() > 1) records += ',';
      dynamodb::stream::append_record_json(records, record.change, shard.cell, record.position,
                                           {stream->view_type, stream->region, stream->arn});
    }
    room -= page->records.size();
    after = page->next_after;
    if (!page->shard_finished) unfinished.insert(shard.id);
  }
  cursor = std::move(next);
  return {};
}

aws::HttpResponse answer(const StreamStore& streams, const aws::HttpRequest& request) {
  std::string table = percent_decode(request.path().substr(kPath.size()));
  auto query = aws::parse_name_values(request.query(), true);
  StreamPtr stream = find_stream(streams, table, query);
  if (!stream) {
    return error_answer("No table named " + table + " has a stream that is enabled.", 404);
  }
  auto given = aws::find_value(query, "cursor");
  std::string records = "[";
  Cursor cursor;
  engine::Result<void> done;
  if (!given && aws::find_value(query, "from").value_or("") != "start") {
    auto end = end_of(streams, stream);
    if (end) cursor = std::move(*end);
    if (!end) done = Unexpected(std::move(end).error());
  } else {
    auto parsed = parse_cursor(given.value_or(""));
    if (!parsed) return error_answer("cursor must be one that an earlier answer gave.");
    cursor = std::move(*parsed);
    done = read_page(streams, stream, cursor, records);
  }
  if (!done) {
    log_error("the stream can not be read",
              {{"stream", stream->arn}, {"detail", done.error().message}});
    return error_answer("The stream can not be read; the server's log says why.", 500);
  }
  // The records are JSON already.
  return aws::json_response("{\"cursor\":\"" + to_text(cursor) + "\",\"records\":" + records +
                            "]}");
}

}  // namespace

void add_tail_routes(aws::AdminRoutes& routes, const StreamStore& streams,
                     std::shared_ptr<Executor> executor) {
  routes.add("GET", std::string(kPath), aws::AdminAccess::kCredentials,
             [&streams, executor](const aws::HttpRequest& request, aws::HttpRespond respond) {
               executor->post([&streams, request, respond = std::move(respond)]() mutable {
                 respond(answer(streams, request));
               });
             });
}

}  // namespace millrace::control
