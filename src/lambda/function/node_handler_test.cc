// Node.js handlers in real processes.
#include <gmock/gmock.h>

#include <fstream>

#include "lambda/function/invoker_fixture.h"

namespace millrace::lambda {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;
using Outcome = InvocationResult::Outcome;

class NodeHandler : public InvokerFixture {
 protected:
  void create_node(const std::string& source, const std::string& file = "index.js",
                   const std::function<void(Function&)>& adjust = nullptr) {
    create("nodejs20.x", "index.handler", {{file, source}}, adjust);
  }
};

TEST_F(NodeHandler, TakesEveryStyle) {
  create("nodejs20.x", "index.handler",
         {{"index.js",
           "exports.handler = (event, context, callback) => {\n"
           "  switch (event.style) {\n"
           "    case 'promise': return Promise.resolve('p');\n"
           "    case 'callback': setTimeout(() => callback(null, 'c'), 1); return;\n"
           "    case 'callback with work left':\n"
           "      context.callbackWaitsForEmptyEventLoop = false;\n"
           "      setTimeout(() => {}, 600000); callback(null, 'w'); return;\n"
           "    case 'succeed': context.succeed('s'); return;\n"
           "    case 'done': context.done(null, 'd'); return;\n"
           "    case 'fail': context.fail(new TypeError('f')); return;\n"
           "    case 'callback error': callback(new Error('e')); return;\n"
           "    case 'nothing': return;\n"
           "  }\n"
           "};\n"}});
  auto call = [&](const std::string& style) { return invoke("{\"style\":\"" + style + "\"}"); };
  EXPECT_EQ(call("promise").payload, "\"p\"");
  EXPECT_EQ(call("callback").payload, "\"c\"");
  EXPECT_EQ(call("succeed").payload, "\"s\"");
  EXPECT_EQ(call("done").payload, "\"d\"");
  EXPECT_EQ(call("nothing").payload, "null");
  EXPECT_EQ(parse(call("fail"))["errorType"], "TypeError");
  EXPECT_EQ(parse(call("callback error"))["errorMessage"], "e");
  EXPECT_EQ(call("callback with work left").payload, "\"w\"");
}

TEST_F(NodeHandler, WaitsForAnEmptyEventLoopAfterTheCallback) {
  create_node(
      "exports.handler = (event, context, callback) => {\n"
      "  const answer = {};\n"
      "  setTimeout(() => { answer.late = true; }, 5);\n"
      "  callback(null, answer);\n};\n");
  EXPECT_EQ(invoke().payload, R"({"late":true})");
}

TEST_F(NodeHandler, LoadsModulesOfEveryKind) {
  std::string esm = "export const handler = async () => 'esm';";
  create("nodejs20.x", "src/app.handler",
         {{"src/app.mjs", esm},
          {"cjs.cjs", "module.exports.handler = async () => 'cjs';"},
          {"typed/package.json", R"({"type":"module"})"},
          {"typed/index.js", esm},
          {"nested.js", "exports.a = { b: async () => 'nested' };"}});
  auto call = [&](const std::string& handler) {
    auto updated =
        catalog_->update(reference(), true, [&](Function& function) -> aws::Result<void> {
          function.handler = handler;
          return {};
        });
    EXPECT_TRUE(updated);
    return invoke().payload;
  };
  EXPECT_EQ(invoke().payload, "\"esm\"");
  EXPECT_EQ(call("cjs.handler"), "\"cjs\"");
  EXPECT_EQ(call("typed/index.handler"), "\"esm\"");
  EXPECT_EQ(call("nested.a.b"), "\"nested\"");
}

TEST_F(NodeHandler, ReportsWhatItThrows) {
  create_node("exports.handler = async () => { throw new RangeError('too far'); };\n");
  InvocationResult result = invoke();
  EXPECT_EQ(result.outcome, Outcome::kFunctionError);
  EXPECT_EQ(result.function_error, "Unhandled");
  json error = parse(result);
  EXPECT_EQ(error["errorType"], "RangeError");
  EXPECT_EQ(error["errorMessage"], "too far");
  EXPECT_EQ(error["trace"][0], "RangeError: too far");
  EXPECT_THAT(error["trace"][1], HasSubstr("index.js:1:"));
  EXPECT_EQ(parse(invoke())["errorType"], "RangeError");
}

TEST_F(NodeHandler, ReportsThrownValuesThatAreNoErrors) {
  create_node("exports.handler = async () => { throw 'text'; };\n");
  EXPECT_EQ(invoke().payload, R"({"errorType":"string","errorMessage":"text","trace":[]})");
}

TEST_F(NodeHandler, ReportsUnhandledRejections) {
  create_node(
      "exports.handler = () => { Promise.reject(new Error('lost')); "
      "return new Promise(() => {}); };\n");
  json error = parse(invoke());
  EXPECT_EQ(error["errorType"], "Runtime.UnhandledPromiseRejection");
  EXPECT_EQ(error["errorMessage"], "Error: lost");
}

TEST_F(NodeHandler, ReportsUncaughtExceptions) {
  create_node(
      "exports.handler = () => { setTimeout(() => { throw new Error('late'); }, 1); "
      "return new Promise(() => {}); };\n");
  EXPECT_EQ(parse(invoke())["errorMessage"], "late");
  EXPECT_EQ(parse(invoke())["errorMessage"], "late");
}

TEST_F(NodeHandler, ReportsErrorsOfStartingUp) {
  create_node("require('no-such-module'); exports.handler = () => {};\n");
  json error = parse(invoke());
  EXPECT_EQ(error["errorType"], "Runtime.ImportModuleError");
  EXPECT_THAT(std::string(error["errorMessage"]),
              StartsWith("Error: Cannot find module 'no-such-module'"));
}

TEST_F(NodeHandler, ReportsSyntaxErrors) {
  create_node("exports.handler = (\n");
  EXPECT_EQ(parse(invoke())["errorType"], "Runtime.UserCodeSyntaxError");
}

TEST_F(NodeHandler, ReportsAMissingHandler) {
  create_node("exports.other = 1;\n");
  json error = parse(invoke());
  EXPECT_EQ(error["errorType"], "Runtime.HandlerNotFound");
  EXPECT_EQ(error["errorMessage"], "index.handler is undefined or not exported");
}

TEST_F(NodeHandler, ReportsExits) {
  create_node("exports.handler = async () => { process.exit(3); };\n");
  InvocationResult result = invoke();
  EXPECT_EQ(parse(result)["errorMessage"],
            "RequestId: " + result.request_id + " Error: Runtime exited with error: exit status 3");
}

TEST_F(NodeHandler, LogsLikeLambda) {
  create_node(
      "exports.handler = async () => { console.log('two\\nlines', {a: 1}); "
      "console.error('bad'); process.stdout.write('raw\\n'); };\n");
  InvocationResult result = invoke();
  std::vector<std::string> lines = sink_.lines();
  ASSERT_EQ(lines.size(), 7u);
  std::string id = result.request_id;
  EXPECT_THAT(lines[2], testing::MatchesRegex("/aws/lambda/f ....-..-..T..:..:......Z\t" + id +
                                              "\tINFO\ttwo\nlines . a: 1 ."));
  EXPECT_THAT(lines[3], HasSubstr("\t" + id + "\tERROR\tbad"));
  EXPECT_EQ(lines[4], "/aws/lambda/f raw");
}

TEST_F(NodeHandler, HasTheContext) {
  create_node(
      "export const handler = async (event, context) => [context.functionName,\n"
      "  context.functionVersion, context.invokedFunctionArn, context.memoryLimitInMB,\n"
      "  context.awsRequestId, context.getRemainingTimeInMillis() > 20000, event.n];\n",
      "index.mjs");
  InvocationResult result = invoke(R"({"n":1})");
  json expected = {"f",   "$LATEST",         "arn:aws:lambda:eu-west-1:123456789012:function:f",
                   "512", result.request_id, true,
                   1};
  EXPECT_EQ(parse(result), expected);
}

TEST_F(NodeHandler, CollectsStreamedResponses) {
  create_node(
      "export const handler = awslambda.streamifyResponse(async (event, stream) => {\n"
      "  stream.write('{\"a\":'); stream.write('1}'); stream.end();\n});\n",
      "index.mjs");
  EXPECT_EQ(invoke().payload, R"({"a":1})");
}

TEST_F(NodeHandler, FindsItsOwnModulesBeforeTheProvidedOnes) {
  auto provided = work_ / "provided/node_modules";
  for (std::string name : {"given", "both"}) {
    std::filesystem::create_directories(provided / name);
    std::ofstream(provided / name / "index.js") << "exports.origin = 'provided';";
  }
  settings_.node_modules = provided.string();
  create("nodejs20.x", "index.handler",
         {{"index.mjs",
           "import both from 'both'; import given from 'given';\n"
           "import { createRequire } from 'node:module';\n"
           "const require = createRequire(import.meta.url);\n"
           "export const handler = async () =>\n"
           "  [both.origin, given.origin, require('both').origin, require('given').origin];\n"},
          {"node_modules/both/index.js", "exports.origin = 'own';"}});
  EXPECT_EQ(parse(invoke()), (json{"own", "provided", "own", "provided"}));
}

}  // namespace
}  // namespace millrace::lambda
