// Python handlers in real processes.
#include <gmock/gmock.h>

#include "base/encoding.h"
#include "lambda/function/invoker_fixture.h"

namespace millrace::lambda {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;
using Outcome = InvocationResult::Outcome;

class PythonHandler : public InvokerFixture {
 protected:
  void create_python(const std::string& source,
                     const std::function<void(Function&)>& adjust = nullptr) {
    create("python3.12", "app.handler", {{"app.py", source}}, adjust);
  }
};

TEST_F(PythonHandler, ReturnsWhatItIsGiven) {
  create_python("def handler(event, context):\n    return {'got': event, 'text': 'grüße'}\n");
  InvocationResult result = invoke(R"({"a":[1,2.5,null,"ü"]})");
  EXPECT_EQ(result.outcome, Outcome::kSuccess);
  EXPECT_EQ(result.function_error, "");
  EXPECT_EQ(result.executed_version, "$LATEST");
  EXPECT_EQ(parse(result), json::parse(R"({"got":{"a":[1,2.5,null,"ü"]},"text":"grüße"})"));
}

TEST_F(PythonHandler, ReusesItsProcess) {
  create_python(
      "import os\ncount = 0\n"
      "def handler(event, context):\n    global count\n    count += 1\n"
      "    return [os.getpid(), count]\n");
  json first = parse(invoke()), second = parse(invoke());
  EXPECT_EQ(first[0], second[0]);
  EXPECT_EQ(second[1], 2);
}

TEST_F(PythonHandler, ReturnsNullForNothing) {
  create_python("def handler(event, context):\n    pass\n");
  EXPECT_EQ(invoke().payload, "null");
}

TEST_F(PythonHandler, ReportsWhatItRaises) {
  create_python("def handler(event, context):\n    raise KeyError('missing')\n");
  InvocationResult result = invoke();
  EXPECT_EQ(result.outcome, Outcome::kFunctionError);
  EXPECT_EQ(result.function_error, "Unhandled");
  json error = parse(result);
  EXPECT_EQ(error["errorMessage"], "'missing'");
  EXPECT_EQ(error["errorType"], "KeyError");
  EXPECT_EQ(error["requestId"], result.request_id);
  ASSERT_EQ(error["stackTrace"].size(), 1u);
  std::string frame = error["stackTrace"][0];
  EXPECT_THAT(frame, StartsWith("  File \""));
  EXPECT_THAT(frame, HasSubstr("app.py\", line 2, in handler\n    raise KeyError('missing')\n"));
  // The worker lives on.
  EXPECT_EQ(parse(invoke())["errorType"], "KeyError");
}

TEST_F(PythonHandler, ReportsWhatCannotBeImported) {
  create_python("import no_such_module\n");
  json error = parse(invoke());
  EXPECT_EQ(error["errorType"], "Runtime.ImportModuleError");
  EXPECT_EQ(error["errorMessage"],
            "Unable to import module 'app': No module named 'no_such_module'");
  EXPECT_EQ(error["requestId"], "");
  EXPECT_EQ(error["stackTrace"], json::array());
}

TEST_F(PythonHandler, ReportsErrorsOfStartingUp) {
  create_python("raise RuntimeError('not today')\n");
  json error = parse(invoke());
  EXPECT_EQ(error["errorType"], "RuntimeError");
  EXPECT_EQ(error["errorMessage"], "not today");
  EXPECT_THAT(error["stackTrace"][0], HasSubstr("app.py"));
}

TEST_F(PythonHandler, ReportsSyntaxErrors) {
  create_python("def handler(:\n");
  EXPECT_EQ(parse(invoke())["errorType"], "Runtime.UserCodeSyntaxError");
}

TEST_F(PythonHandler, ReportsAMissingHandler) {
  create_python("x = 1\n");
  json error = parse(invoke());
  EXPECT_EQ(error["errorType"], "Runtime.HandlerNotFound");
  EXPECT_EQ(error["errorMessage"], "Handler 'handler' missing on module 'app'");
}

TEST_F(PythonHandler, ReportsResultsThatAreNoJson) {
  create_python("def handler(event, context):\n    return {1, 2}\n");
  json error = parse(invoke());
  EXPECT_EQ(error["errorType"], "Runtime.MarshalError");
  EXPECT_EQ(error["errorMessage"],
            "Unable to marshal response: Object of type set is not JSON serializable");
}

TEST_F(PythonHandler, TimesOutAndStartsAnew) {
  create_python(
      "import time\nfresh = True\n"
      "def handler(event, context):\n    global fresh\n"
      "    if event.get('hang'):\n        fresh = False\n        time.sleep(600)\n"
      "    return fresh\n",
      [](Function& function) { function.timeout_seconds = 1; });
  InvocationResult result = invoke(R"({"hang":true})");
  EXPECT_EQ(result.function_error, "Unhandled");
  EXPECT_EQ(result.payload, R"({"errorType":"Sandbox.Timedout","errorMessage":"RequestId: )" +
                                result.request_id +
                                R"( Error: Task timed out after 1.00 seconds"})");
  EXPECT_GE(result.duration, std::chrono::seconds(1));
  EXPECT_EQ(invoke().payload, "true");
}

TEST_F(PythonHandler, ReportsExits) {
  create_python("import os\ndef handler(event, context):\n    os._exit(event['code'])\n");
  InvocationResult result = invoke(R"({"code":0})");
  EXPECT_EQ(result.payload, R"({"errorType":"Runtime.ExitError","errorMessage":"RequestId: )" +
                                result.request_id +
                                R"( Error: Runtime exited without providing a reason"})");
  result = invoke(R"({"code":3})");
  EXPECT_EQ(parse(result)["errorMessage"],
            "RequestId: " + result.request_id + " Error: Runtime exited with error: exit status 3");
}

TEST_F(PythonHandler, EndsWhenItUsesTooMuchMemory) {
  create_python(
      "def handler(event, context):\n    kept = []\n"
      "    while True:\n        kept.append(bytearray(1 << 20))\n",
      [](Function& function) { function.memory_megabytes = 128; });
  InvocationResult result = invoke();
  EXPECT_EQ(parse(result)["errorMessage"], "RequestId: " + result.request_id +
                                               " Error: Runtime exited with error: signal: killed");
}

TEST_F(PythonHandler, RefusesAResponseThatIsTooLarge) {
  create_python("def handler(event, context):\n    return 'x' * event['size']\n");
  EXPECT_EQ(invoke(R"({"size":6291554})").outcome, Outcome::kSuccess);
  EXPECT_EQ(
      invoke(R"({"size":6291555})").payload,
      R"({"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes)."})");
}

TEST_F(PythonHandler, HasTheContext) {
  create_python(
      "def handler(event, context):\n"
      "    left = context.get_remaining_time_in_millis()\n"
      "    return [context.function_name, context.function_version,\n"
      "            context.invoked_function_arn, context.memory_limit_in_mb,\n"
      "            context.aws_request_id, context.log_group_name, 20000 < left <= 30000,\n"
      "            context.client_context.custom['k'], context.client_context.client.app_title,\n"
      "            context.identity.cognito_identity_id]\n");
  InvocationResult result = invoke("{}", [](Invocation& invocation) {
    invocation.client_context = to_base64(R"({"custom":{"k":"v"},"client":{"app_title":"title"}})");
  });
  json expected = {"f",
                   "$LATEST",
                   "arn:aws:lambda:eu-west-1:123456789012:function:f",
                   "512",
                   result.request_id,
                   "/aws/lambda/f",
                   true,
                   "v",
                   "title",
                   nullptr};
  EXPECT_EQ(parse(result), expected);
}

TEST_F(PythonHandler, HasTheEnvironment) {
  setenv("MILLRACE_TEST_SECRET", "of the server", 1);
  create_python("import os\ndef handler(event, context):\n    return dict(os.environ)\n",
                [](Function& function) {
                  function.environment = {{"MINE", "1=2"}, {"AWS_ENDPOINT_URL", "http://other"}};
                });
  json environment = parse(invoke());
  EXPECT_EQ(environment["MINE"], "1=2");
  EXPECT_EQ(environment["AWS_ENDPOINT_URL"], "http://other");
  EXPECT_EQ(environment["AWS_REGION"], "eu-west-1");
  EXPECT_EQ(environment["AWS_ACCESS_KEY_ID"], "123456789012");
  EXPECT_EQ(environment["_HANDLER"], "app.handler");
  EXPECT_EQ(environment["AWS_EXECUTION_ENV"], "AWS_Lambda_python3.12");
  EXPECT_THAT(environment["_X_AMZN_TRACE_ID"], StartsWith("Root=1-"));
  EXPECT_THAT(environment["AWS_LAMBDA_LOG_STREAM_NAME"], HasSubstr("/[$LATEST]"));
  EXPECT_FALSE(environment.contains("MILLRACE_TEST_SECRET"));
}

TEST_F(PythonHandler, LogsLikeLambda) {
  create_python(
      "import logging\nlogging.getLogger().setLevel(logging.INFO)\n"
      "def handler(event, context):\n"
      "    print('printed')\n    print('no line feed', end='')\n"
      "    logging.info('two\\nlines')\n");
  InvocationResult result =
      invoke("{}", [](Invocation& invocation) { invocation.tail_log = true; });
  std::vector<std::string> lines = sink_.lines();
  ASSERT_EQ(lines.size(), 6u) << result.log_tail;
  const std::string& id = result.request_id;
  EXPECT_THAT(lines[0], StartsWith("/aws/lambda/f INIT_START Runtime Version: python3.12"));
  EXPECT_EQ(lines[1], "/aws/lambda/f START RequestId: " + id + " Version: $LATEST");
  EXPECT_EQ(lines[2], "/aws/lambda/f printed");
  EXPECT_THAT(lines[3], testing::MatchesRegex("/aws/lambda/f no line feed.INFO.\t....-..-..T.*Z\t" +
                                              id + "\ttwo\nlines"));
  EXPECT_EQ(lines[4], "/aws/lambda/f END RequestId: " + id);
  EXPECT_THAT(lines[5], StartsWith("/aws/lambda/f REPORT RequestId: " + id + "\tDuration: "));
  EXPECT_THAT(lines[5], HasSubstr(" MB\tInit Duration: "));
  EXPECT_THAT(result.log_tail, StartsWith("START RequestId: " + id));
  EXPECT_THAT(result.log_tail, HasSubstr("\nprinted\n"));
}

TEST_F(PythonHandler, FindsItsOwnPackagesBeforeTheProvidedOnes) {
  std::filesystem::create_directories(work_ / "provided");
  for (std::string name : {"given", "both"}) {
    FILE* file = fopen((work_ / "provided" / (name + ".py")).c_str(), "w");
    fputs("origin = 'provided'\n", file);
    fclose(file);
  }
  settings_.python_packages = (work_ / "provided").string();
  create("python3.12", "package/app.handler",
         {{"package/app.py",
           "import both, given\ndef handler(event, context):\n"
           "    return [both.origin, given.origin]\n"},
          {"both.py", "origin = 'own'\n"}});
  EXPECT_EQ(parse(invoke()), (json{"own", "provided"}));
}

}  // namespace
}  // namespace millrace::lambda
