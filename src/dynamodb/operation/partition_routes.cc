#include "dynamodb/operation/partition_routes.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "aws/json_text.h"
#include "base/encoding.h"

namespace millrace::dynamodb::operation {
namespace {

using nlohmann::json;

constexpr std::string_view kPath = "/_millrace/tables/";

struct PartitionRequest {
  aws::RequestContext context;
  std::string table_name;
  std::string action;  // "split" or "rotate"
  std::optional<std::string> shard_id;
};

std::string dump(const json& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

aws::HttpResponse error_response(const aws::ApiError& error) {
  return aws::json_response(dump({{"error", error.type}, {"message", error.message}}),
                            error.http_status);
}

aws::Result<std::optional<std::string>> parse_shard_id(const std::string& body) {
  if (body.empty()) return std::optional<std::string>();
  json document = aws::parse_json(body);
  if (!document.is_object()) return aws::validation_error("The body must be a JSON object");
  std::optional<std::string> shard_id;
  for (const auto& [name, value] : document.items()) {
    if (name != "shardId" || !value.is_string()) {
      return aws::validation_error("The body may have shardId, a text; not " + name);
    }
    shard_id = value.get<std::string>();
  }
  return shard_id;
}

aws::Result<PartitionRequest> parse_request(const aws::HttpRequest& request,
                                            const aws::RequestContext& defaults) {
  PartitionRequest parsed;
  parsed.context = defaults;
  auto query = aws::parse_name_values(request.query(), false);
  parsed.context.account = aws::find_value(query, "account").value_or(defaults.account);
  parsed.context.region = aws::find_value(query, "region").value_or(defaults.region);
  std::string_view rest = request.path().substr(kPath.size());
  size_t slash = rest.find('/');
  parsed.action = slash == std::string_view::npos ? "" : rest.substr(slash + 1);
  if (parsed.action != "split" && parsed.action != "rotate") {
    return aws::api_error(404, "UnknownOperationException",
                          "POST goes to " + std::string(kPath) + "NAME/split or .../rotate");
  }
  parsed.table_name = percent_decode(rest.substr(0, slash));
  MILLRACE_TRY(parsed.shard_id, parse_shard_id(request.body));
  return parsed;
}

// The cell of the shard, if the request names one.
aws::Result<std::optional<engine::CellId>> find_cell(const PartitionRequest& request,
                                                     const table::TableCatalog& catalog,
                                                     const stream::StreamStore& streams) {
  if (!request.shard_id) return std::optional<engine::CellId>();
  auto table = catalog.find(request.context.account, request.context.region, request.table_name);
  auto stream = table ? streams.live_stream(table->number) : nullptr;
  const stream::Shard* shard = stream ? stream->find_shard(*request.shard_id) : nullptr;
  if (shard == nullptr || !shard->is_open()) {
    return aws::api_error(400, "ResourceNotFoundException",
                          "Requested resource not found: Table: " + request.table_name +
                              " has no open shard " + *request.shard_id);
  }
  return std::optional(shard->cell);
}

aws::HttpResponse describe(const table::Table& table, const stream::StreamStore& streams) {
  json shards = json::array();
  if (auto stream = streams.live_stream(table.number)) {
    for (const stream::Shard& shard : stream->shards) {
      if (!shard.is_open()) continue;
      json description = {{"shardId", shard.id}};
      if (shard.parent_id) description["parentShardId"] = *shard.parent_id;
      shards.push_back(std::move(description));
    }
  }
  return aws::json_response(dump(
      {{"table", table.name}, {"partitions", table.cells.size()}, {"shards", std::move(shards)}}));
}

}  // namespace

void add_partition_routes(aws::AdminRoutes& routes, table::TableCatalog& catalog,
                          const stream::StreamStore& streams, Random& random,
                          aws::RequestContext defaults) {
  auto handle = [&catalog, &streams, &random, defaults = std::move(defaults)](
                    const aws::HttpRequest& http, aws::HttpRespond respond) {
    auto request = parse_request(http, defaults);
    if (!request) return respond(error_response(request.error()));
    auto cell = find_cell(*request, catalog, streams);
    if (!cell) return respond(error_response(cell.error()));
    request->context.request_id = random.uuid();
    table::TableCatalog::Completion done =
        [&streams, respond = std::move(respond)](aws::Result<table::TablePtr> table) mutable {
          respond(table ? describe(**table, streams) : error_response(table.error()));
        };
    if (request->action == "split") {
      catalog.split(request->context, request->table_name, *cell, std::move(done));
    } else {
      catalog.rotate(request->context, request->table_name, *cell, std::move(done));
    }
  };
  routes.add("POST", std::string(kPath), aws::AdminAccess::kCredentials, std::move(handle));
}

}  // namespace millrace::dynamodb::operation
