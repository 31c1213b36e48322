// Workers whatever runs in them: pool, bounds, changes, custom runtimes.
#include "lambda/function/local_invoker.h"

#include <gmock/gmock.h>
#include <signal.h>

#include <thread>

#include "lambda/function/invoker_fixture.h"

namespace millrace::lambda {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using Outcome = InvocationResult::Outcome;

class LocalInvokerTest : public InvokerFixture {
 protected:
  // A handler that says who it is, and waits for a file if it is given one.
  void create_waiting(const std::function<void(Function&)>& adjust = nullptr) {
    create("python3.12", "app.handler",
           {{"app.py",
             "import os, time\n"
             "def handler(event, context):\n"
             "    if 'until' in event:\n"
             "        print('waiting ' + event['until'])\n"
             "        while not os.path.exists(event['until']):\n"
             "            time.sleep(0.001)\n"
             "    return os.getpid()\n"}},
           adjust);
  }
  // Returns when the handler waits.
  std::future<InvocationResult> start_waiting(const std::string& name) {
    auto result = start(json{{"until", gate(name)}}.dump());
    sink_.wait_for("waiting " + gate(name));
    return result;
  }
  void let_go(const std::string& name) { fclose(fopen(gate(name).c_str(), "w")); }
  std::string gate(const std::string& name) { return (work_ / name).string(); }
};

TEST_F(LocalInvokerTest, RunsConcurrentInvocationsInWorkersOfTheirOwn) {
  create_waiting();
  auto a = start_waiting("a"), b = start_waiting("b");
  let_go("a");
  let_go("b");
  std::string first = a.get().payload, second = b.get().payload;
  EXPECT_NE(first, second);
  std::string third = invoke().payload;
  EXPECT_TRUE(third == first || third == second);
}

TEST_F(LocalInvokerTest, LetsInvocationsWaitWhenThereAreNoMoreWorkers) {
  settings_.workers_per_function_max = 1;
  create_waiting();
  auto running = start_waiting("a");
  auto waiting = start();
  let_go("a");
  EXPECT_EQ(running.get().payload, waiting.get().payload);
}

TEST_F(LocalInvokerTest, EndsAFreeWorkerOfAnotherFunctionForOneThatIsNeeded) {
  settings_.workers_max = 1;
  create_waiting();
  ASSERT_EQ(invoke().outcome, Outcome::kSuccess);
  create_waiting([](Function& function) { function.reference.name = "g"; });
  auto of_g = [](Invocation& invocation) { invocation.function.name = "g"; };
  EXPECT_EQ(invoke("{}", of_g).outcome, Outcome::kSuccess);
  EXPECT_EQ(invoke().outcome, Outcome::kSuccess);
}

TEST_F(LocalInvokerTest, ThrottlesAtTheReservedConcurrency) {
  create_waiting([](Function& function) { function.reserved_concurrency = 1; });
  auto running = start_waiting("a");
  EXPECT_EQ(invoke().outcome, Outcome::kThrottled);
  let_go("a");
  EXPECT_EQ(running.get().outcome, Outcome::kSuccess);
  EXPECT_EQ(invoke().outcome, Outcome::kSuccess);
}

TEST_F(LocalInvokerTest, DoesNotFindWhatIsNotThere) {
  create_waiting();
  EXPECT_EQ(invoke("{}", [](Invocation& i) { i.function.name = "g"; }).outcome, Outcome::kNotFound);
  EXPECT_EQ(invoke("{}", [](Invocation& i) { i.function.region = "us-east-1"; }).outcome,
            Outcome::kNotFound);
  EXPECT_EQ(invoke("{}", [](Invocation& i) { i.function.qualifier = "7"; }).outcome,
            Outcome::kNotFound);
  EXPECT_EQ(invoke("{}", [](Invocation& i) { i.function.qualifier = "$LATEST"; }).outcome,
            Outcome::kSuccess);
}

TEST_F(LocalInvokerTest, UsesNewCodeAtOnceAndLetsOldCodeFinish) {
  create_waiting();
  auto running = start_waiting("a");
  std::string code =
      code_->put(make_zip({{"app.py", "def handler(event, context):\n    return 'new'\n"}}))
          .value();
  ASSERT_TRUE(catalog_->update(reference(), true, [&](Function& function) -> aws::Result<void> {
    function.code_sha256 = code;
    return {};
  }));
  EXPECT_EQ(invoke().payload, "\"new\"");
  let_go("a");
  EXPECT_NE(running.get().payload, "\"new\"");
  EXPECT_EQ(invoke().payload, "\"new\"");
}

TEST_F(LocalInvokerTest, EndsTheWorkersOfARemovedFunction) {
  create_waiting();
  ASSERT_EQ(invoke().outcome, Outcome::kSuccess);
  ASSERT_TRUE(catalog_->remove(reference()));
  EXPECT_EQ(invoke().outcome, Outcome::kNotFound);
  create("python3.12", "app.handler",
         {{"app.py", "def handler(event, context):\n    return 'again'\n"}});
  EXPECT_EQ(invoke().payload, "\"again\"");
}

TEST_F(LocalInvokerTest, AnswersEverythingWhenItStops) {
  settings_.workers_per_function_max = 1;
  create_waiting();
  auto running = start_waiting("a");
  auto waiting = start();
  invoker_->stop();
  EXPECT_EQ(running.get().outcome, Outcome::kUnavailable);
  EXPECT_EQ(waiting.get().outcome, Outcome::kUnavailable);
  EXPECT_EQ(invoke().outcome, Outcome::kUnavailable);
}

TEST_F(LocalInvokerTest, EndsIdleWorkers) {
  create_waiting();
  pid_t worker = parse(invoke()).get<pid_t>();
  clock_.advance(std::chrono::minutes(12));
  while (kill(worker, 0) == 0) std::this_thread::yield();
  EXPECT_NE(parse(invoke()).get<pid_t>(), worker);
}

TEST_F(LocalInvokerTest, RunsCustomRuntimes) {
  // A runtime client in a few lines, that uses another connection for every request.
  create(
      "provided.al2023", "my.handler",
      {{"bootstrap",
        "#!/usr/bin/env python3\n"
        "import os, urllib.request as r\n"
        "api = 'http://%s/2018-06-01/runtime/invocation/' % os.environ['AWS_LAMBDA_RUNTIME_API']\n"
        "while True:\n"
        "    with r.urlopen(api + 'next') as event:\n"
        "        id = event.headers['Lambda-Runtime-Aws-Request-Id']\n"
        "        body = event.read()\n"
        "    if body == b'\"error\"':\n"
        "        r.urlopen(api + id + '/error', b'{\"errorType\":\"Mine\"}').close()\n"
        "    else:\n"
        "        answer = b'[' + body + b',\"' + os.environ['_HANDLER'].encode() + b'\"]'\n"
        "        r.urlopen(api + id + '/response', answer).close()\n",
        S_IFREG | 0755}});
  EXPECT_EQ(invoke("1").payload, R"([1,"my.handler"])");
  InvocationResult error = invoke("\"error\"");
  EXPECT_EQ(error.payload, R"({"errorType":"Mine"})");
  EXPECT_EQ(error.function_error, "Unhandled");
  EXPECT_EQ(invoke("2").payload, R"([2,"my.handler"])");
}

TEST_F(LocalInvokerTest, ReportsAMissingOrBrokenBootstrap) {
  create("provided.al2023", "h", {{"other", ""}});
  EXPECT_EQ(parse(invoke())["errorType"], "Runtime.InvalidEntrypoint");
  create("provided.al2023", "h", {{"bootstrap", "#!/bin/sh\nexit 4\n", S_IFREG | 0755}},
         [](Function& function) { function.reference.name = "g"; });
  InvocationResult result =
      invoke("{}", [](Invocation& invocation) { invocation.function.name = "g"; });
  EXPECT_EQ(parse(result)["errorMessage"],
            "RequestId: " + result.request_id + " Error: Runtime exited with error: exit status 4");
}

TEST_F(LocalInvokerTest, SaysWhatIsMissingForOtherRuntimes) {
  create("java21", "com.example.Handler", {{"x", ""}});
  EXPECT_THAT(std::string(parse(invoke())["errorMessage"]), HasSubstr("--runtime java21=PATH"));
}

}  // namespace
}  // namespace millrace::lambda
