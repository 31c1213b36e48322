#include "control/state_routes.h"

#include <gtest/gtest.h>

#include "base/executor.h"
#include "control/control_request.h"

namespace millrace::control {
namespace {

// A server whose state is one row.
struct FakeServer final : ServerState {
  void post(UniqueFunction<void()> work) override { executor.post(std::move(work)); }
  engine::Result<engine::Contents> copy(size_t bytes_max) override {
    if (bytes > bytes_max) {
      return Unexpected(engine::Error{engine::ErrorCode::kTooLarge, "too large"});
    }
    engine::Contents contents;
    contents.rows.push_back({"state", state});
    contents.bytes = bytes;
    return contents;
  }
  void reset() override { state.clear(); }
  void restore(const engine::Contents& contents) override { state = contents.rows[0].value; }

  ManualExecutor executor;
  std::string state = "first";
  size_t bytes = 5;
};

class StateRoutesTest : public ::testing::Test {
 protected:
  StateRoutesTest() { add_state_routes(routes, server, snapshots, clock); }

  json send(const std::string& method, const std::string& path, const std::string& body = "") {
    aws::HttpRequest request;
    request.method = method;
    request.target = path;
    request.body = body;
    json document;
    routes.find(method, path)->handler(request, [&](aws::HttpResponse response) {
      document = json::parse(response.body);
      document["status"] = response.status;
    });
    server.executor.run_all();
    return document;
  }

  aws::AdminRoutes routes;
  FakeServer server;
  Snapshots snapshots;
  ManualClock clock;
};

TEST_F(StateRoutesTest, ResetForgetsEverything) {
  json answer = send("POST", "/_millrace/reset");
  EXPECT_EQ(answer["status"], 200);
  EXPECT_TRUE(answer["milliseconds"].is_number());
  EXPECT_EQ(server.state, "");
  EXPECT_EQ(send("POST", "/_millrace/reset", R"({"name": "base"})")["status"], 400);
}

TEST_F(StateRoutesTest, RestoreGoesBackToASnapshot) {
  json made = send("POST", "/_millrace/snapshot", R"({"name": "base"})");
  EXPECT_EQ(made["status"], 200);
  EXPECT_EQ(made["rows"], 1);
  server.state = "second";
  EXPECT_EQ(send("POST", "/_millrace/snapshot")["name"], "default");
  EXPECT_EQ(send("POST", "/_millrace/restore", R"({"name": "base"})")["status"], 200);
  EXPECT_EQ(server.state, "first");
  send("POST", "/_millrace/reset");
  EXPECT_EQ(send("POST", "/_millrace/restore")["status"], 200);
  EXPECT_EQ(server.state, "second");
  EXPECT_EQ(send("POST", "/_millrace/restore", R"({"name": "other"})")["status"], 404);
  EXPECT_EQ(send("POST", "/_millrace/restore", R"({"nam": "base"})")["status"], 400);
  EXPECT_EQ(send("POST", "/_millrace/snapshot", R"({"name": ""})")["status"], 400);
  EXPECT_EQ(server.state, "second");
}

TEST_F(StateRoutesTest, SnapshotsAreListedAndDeleted) {
  send("POST", "/_millrace/snapshot", R"({"name": "a b"})");
  send("POST", "/_millrace/snapshot");
  json list = send("GET", "/_millrace/snapshot")["snapshots"];
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0],
            (json{{"name", "a b"}, {"bytes", 5}, {"rows", 1}, {"made", to_iso8601(clock.now())}}));
  EXPECT_EQ(send("DELETE", "/_millrace/snapshot/a%20b")["snapshots"].size(), 1u);
  EXPECT_EQ(send("DELETE", "/_millrace/snapshot/a%20b")["status"], 404);
  EXPECT_EQ(send("DELETE", "/_millrace/snapshot")["snapshots"].size(), 0u);
}

TEST_F(StateRoutesTest, WhatDoesNotFitIsRefused) {
  server.bytes = Snapshots::kBytesMax + 1;
  json answer = send("POST", "/_millrace/snapshot");
  EXPECT_EQ(answer["status"], 413);
  EXPECT_TRUE(snapshots.list().empty());
}

}  // namespace
}  // namespace millrace::control
