#include "control/state_routes.h"

#include <chrono>

#include "base/encoding.h"
#include "base/log.h"
#include "control/control_request.h"

namespace millrace::control {
namespace {

constexpr std::string_view kSnapshotPath = "/_millrace/snapshot/";

class Stopwatch {
 public:
  double milliseconds() const {
    std::chrono::duration<double, std::milli> taken = stopwatch_now() - begin_;
    return static_cast<double>(static_cast<int64_t>(taken.count() * 1000)) / 1000;
  }

 private:
  const std::chrono::steady_clock::time_point begin_ = stopwatch_now();
};

Result<std::string> parse_name(const std::string& body) {
  MILLRACE_TRY(json input, parse_object(body));
  MILLRACE_CHECK_OK(check_members(input, {"name"}));
  MILLRACE_TRY(auto name, text_member(input, "name"));
  if (name && (name->empty() || name->size() > Snapshots::kNameBytesMax)) {
    return Unexpected(std::string("name must have 1 to 255 bytes."));
  }
  return name.value_or("default");
}

aws::HttpResponse take_snapshot(ServerState& state, Snapshots& snapshots, const Clock& clock,
                                const std::string& name) {
  Stopwatch stopwatch;
  auto contents = state.copy(snapshots.room(name));
  if (!contents && contents.error().code == engine::ErrorCode::kTooLarge) {
    return error_answer("The data does not fit: all snapshots together can have " +
                            std::to_string(Snapshots::kBytesMax) + " bytes.",
                        413);
  }
  if (!contents) {
    log_error("snapshot failed", {{"reason", contents.error().message}});
    return error_answer("The stored data can not be read; the server's log says why.", 500);
  }
  json answer = {{"name", name}, {"bytes", contents->bytes}, {"rows", contents->rows.size()}};
  auto added = snapshots.add(name, std::move(*contents), clock.now());
  if (!added) return error_answer(added.error(), 413);
  answer["milliseconds"] = stopwatch.milliseconds();
  return json_answer(answer);
}

aws::HttpResponse restore(ServerState& state, const Snapshots& snapshots, const std::string& name) {
  Stopwatch stopwatch;
  auto contents = snapshots.find(name);
  if (!contents) {
    return error_answer(
        "There is no snapshot named " + name + ". POST /_millrace/snapshot makes one.", 404);
  }
  state.restore(*contents);
  return json_answer({{"name", name}, {"milliseconds", stopwatch.milliseconds()}});
}

aws::HttpResponse list(const Snapshots& snapshots) {
  json rows = json::array();
  for (const auto& snapshot : snapshots.list()) {
    rows.push_back({{"name", snapshot.name},
                    {"made", to_iso8601(snapshot.made)},
                    {"bytes", snapshot.bytes},
                    {"rows", snapshot.rows}});
  }
  return json_answer({{"snapshots", std::move(rows)}});
}

using NamedAction = std::function<aws::HttpResponse(const std::string& name)>;

// A handler that does something with the name in the body, on the state's thread.
aws::AdminHandler named(ServerState& state, NamedAction action) {
  return [&state, action = std::move(action)](const aws::HttpRequest& request,
                                              aws::HttpRespond respond) {
    auto name = parse_name(request.body);
    if (!name) return respond(error_answer(name.error()));
    // The handler and its action are gone when the server has begun anew: the work has its own.
    state.post(
        [action, name = *name, respond = std::move(respond)]() mutable { respond(action(name)); });
  };
}

}  // namespace

void add_state_routes(aws::AdminRoutes& routes, ServerState& state, Snapshots& snapshots,
                      const Clock& clock) {
  constexpr auto kAccess = aws::AdminAccess::kCredentials;
  routes.add("POST", "/_millrace/reset", kAccess,
             [&state](const aws::HttpRequest& request, aws::HttpRespond respond) {
               auto input = parse_object(request.body);
               if (!input || !input->empty()) {
                 return respond(error_answer("reset takes no settings: send no body."));
               }
               state.post([&state, respond = std::move(respond)]() mutable {
                 Stopwatch stopwatch;
                 state.reset();
                 respond(json_answer({{"milliseconds", stopwatch.milliseconds()}}));
               });
             });
  routes.add("POST", "/_millrace/snapshot", kAccess,
             named(state, [&state, &snapshots, &clock](const std::string& name) {
               return take_snapshot(state, snapshots, clock, name);
             }));
  routes.add("POST", "/_millrace/restore", kAccess,
             named(state, [&state, &snapshots](const std::string& name) {
               return restore(state, snapshots, name);
             }));
  routes.add("GET", "/_millrace/snapshot", kAccess,
             [&snapshots](const aws::HttpRequest&, aws::HttpRespond respond) {
               respond(list(snapshots));
             });
  routes.add("DELETE", "/_millrace/snapshot", kAccess,
             [&snapshots](const aws::HttpRequest&, aws::HttpRespond respond) {
               snapshots.clear();
               respond(list(snapshots));
             });
  routes.add("DELETE", std::string(kSnapshotPath), kAccess,
             [&snapshots](const aws::HttpRequest& request, aws::HttpRespond respond) {
               std::string name = percent_decode(request.path().substr(kSnapshotPath.size()));
               if (snapshots.erase(name)) return respond(list(snapshots));
               respond(error_answer("There is no snapshot named " + name + '.', 404));
             });
}

}  // namespace millrace::control
