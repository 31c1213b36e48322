// Creating, reading, changing and deleting functions.
#include "lambda/operation/function/function_settings.h"
#include "lambda/operation/function/operation_fixture.h"

namespace millrace::lambda::operation {
namespace {

using nlohmann::json;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class FunctionTest : public OperationFixture {
 protected:
  std::string create_error(const json& more) {
    json input = function_input("f");
    input.merge_patch(more);  // null takes a member away
    return error("CreateFunction", input);
  }
};

TEST_F(FunctionTest, CreatesWithTheDefaultsOfAws) {
  json created = create_function("f");
  EXPECT_EQ(created["FunctionArn"], arn("f"));
  EXPECT_EQ(created["Timeout"], 3);
  EXPECT_EQ(created["MemorySize"], 128);
  EXPECT_EQ(created["Description"], "");
  EXPECT_EQ(created["Version"], "$LATEST");
  EXPECT_EQ(created["PackageType"], "Zip");
  EXPECT_EQ(created["Architectures"], json({"x86_64"}));
  EXPECT_EQ(created["EphemeralStorage"], json({{"Size", 512}}));
  EXPECT_EQ(created["TracingConfig"], json({{"Mode", "PassThrough"}}));
  EXPECT_EQ(created["LoggingConfig"], json({{"LogFormat", "Text"}, {"LogGroup", "/aws/lambda/f"}}));
  EXPECT_EQ(created["SnapStart"], json({{"ApplyOn", "None"}, {"OptimizationStatus", "Off"}}));
  EXPECT_EQ(created["State"], "Active");
  EXPECT_EQ(created["LastUpdateStatus"], "Successful");
  EXPECT_EQ(created["LastModified"], "2023-11-14T22:13:20.000+0000");
  std::string archive = *from_base64(zip().get<std::string>());
  EXPECT_EQ(created["CodeSize"], archive.size());
  EXPECT_EQ(created["CodeSha256"], to_base64(as_view(sha256(archive))));
  EXPECT_FALSE(created.contains("Environment"));
  EXPECT_FALSE(created.contains("VpcConfig"));
  EXPECT_EQ(call("GetFunctionConfiguration", {{"FunctionName", "f"}}), created);
}

TEST_F(FunctionTest, KeepsEverySetting) {
  json settings = {{"Timeout", 900},
                   {"MemorySize", 10240},
                   {"Description", "text"},
                   {"Environment", {{"Variables", {{"NAME", "value"}}}}},
                   {"EphemeralStorage", {{"Size", 1024}}},
                   {"TracingConfig", {{"Mode", "Active"}}},
                   {"Architectures", {"arm64"}},
                   {"KMSKeyArn", "arn:aws:kms:eu-west-1:123456789012:key/k"},
                   {"LoggingConfig",
                    {{"LogFormat", "JSON"},
                     {"ApplicationLogLevel", "WARN"},
                     {"SystemLogLevel", "DEBUG"},
                     {"LogGroup", "/mine"}}}};
  json created = create_function("f", settings);
  for (const auto& [name, value] : settings.items()) EXPECT_EQ(created[name], value) << name;
  create_function("g", {{"VpcConfig", {{"SubnetIds", {"s"}}, {"SecurityGroupIds", {"g"}}}},
                        {"SnapStart", {{"ApplyOn", "PublishedVersions"}}}});
  json g = call("GetFunctionConfiguration", {{"FunctionName", "g"}});
  EXPECT_EQ(g["VpcConfig"]["SubnetIds"], json({"s"}));
  EXPECT_EQ(g["SnapStart"]["ApplyOn"], "PublishedVersions");
}

TEST_F(FunctionTest, ReportsAllBrokenConstraintsAtOnce) {
  EXPECT_EQ(
      create_error({{"Timeout", 901}, {"MemorySize", 64}}),
      "400 ValidationException: 2 validation errors detected: Value '901' at 'timeout' failed "
      "to satisfy constraint: Member must have value less than or equal to 900; Value '64' at "
      "'memorySize' failed to satisfy constraint: Member must have value greater than or "
      "equal to 128");
  EXPECT_EQ(create_error({{"Role", "r"}}),
            "400 ValidationException: 1 validation error detected: Value 'r' at 'role' failed to "
            "satisfy constraint: Member must satisfy regular expression pattern: "
            R"(arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+)");
  EXPECT_EQ(create_error({{"Code", nullptr}}),
            "400 ValidationException: 1 validation error detected: Value null at 'code' failed to "
            "satisfy constraint: Member must not be null");
  EXPECT_THAT(create_error({{"TracingConfig", {{"Mode", "On"}}}}),
              EndsWith("Value 'On' at 'tracingConfig.mode' failed to satisfy constraint: Member "
                       "must satisfy enum value set: [Active, PassThrough]"));
  EXPECT_THAT(create_error({{"Architectures", {"mips"}}}),
              HasSubstr("Value '[mips]' at 'architectures' failed to satisfy constraint"));
  EXPECT_THAT(create_error({{"Environment", {{"Variables", {{"a-b", "1"}}}}}}),
              HasSubstr("Value at 'environment.variables' failed to satisfy constraint: Map keys"));
  EXPECT_THAT(create_error({{"Handler", "a b"}}), HasSubstr("'handler' failed"));
  EXPECT_THAT(create_error({{"FunctionName", std::string(65, 'n')}}),
              EndsWith("at 'functionName' failed to satisfy constraint: Member must have length "
                       "less than or equal to 64"));
  EXPECT_THAT(create_error({{"FunctionName", "a.b"}}), HasSubstr("'functionName' failed"));
  EXPECT_THAT(create_error({{"Timeout", "long"}}), StartsWith("400 SerializationException"));
}

TEST_F(FunctionTest, AcceptsAndRefusesRolesAsThePatternSays) {
  for (const char* role :
       {"arn:aws:iam::123456789012:role/a/b", "arn:aws-cn:iam::123456789012:role/x",
        "arn::iam::123456789012:role/x"}) {
    create_function("f", {{"Role", role}});
    call("DeleteFunction", {{"FunctionName", "f"}});
  }
  for (const char* role :
       {"", "arn:aws:iam::12345678901:role/x", "arn:aws:iam::123456789012:user/x",
        "arn:aws:iam::123456789012:role/x y", "arn:gcp:iam::123456789012:role/x"}) {
    EXPECT_THAT(create_error({{"Role", role}}), HasSubstr("'role' failed")) << role;
  }
}

TEST_F(FunctionTest, RefusesWhatAFunctionCanNotBe) {
  EXPECT_THAT(create_error({{"Runtime", "cobol"}}),
              StartsWith("400 InvalidParameterValueException: Value cobol at 'runtime' failed to "
                         "satisfy constraint: Member must satisfy enum value set: [nodejs"));
  EXPECT_EQ(create_error({{"Runtime", nullptr}}),
            "400 InvalidParameterValueException: Runtime and Handler are mandatory parameters for "
            "functions created with deployment packages.");
  EXPECT_THAT(create_error({{"Environment", {{"Variables", {{"AWS_REGION", "x"}}}}}}),
              EndsWith("Reserved keys used in this request: AWS_REGION"));
  EXPECT_THAT(create_error({{"Environment", {{"Variables", {{"NAME", std::string(4096, 'x')}}}}}}),
              HasSubstr("exceeded the 4KB limit. String measured: {\"NAME\":\"xxx"));
  EXPECT_THAT(create_error({{"LoggingConfig", {{"SystemLogLevel", "INFO"}}}}),
              HasSubstr("LogLevel is not supported when LogFormat is set to \"Text\""));
}

TEST_F(FunctionTest, RefusesWhatItDoesNotSupportInsteadOfIgnoringIt) {
  for (const json& more : std::vector<json>{
           {{"Layers", {"arn:aws:lambda:eu-west-1:123456789012:layer:l:1"}}},
           {{"DeadLetterConfig", {{"TargetArn", "arn:aws:sqs:eu-west-1:123456789012:q"}}}},
           {{"FileSystemConfigs", {{{"Arn", "a"}, {"LocalMountPath", "/mnt/a"}}}}},
           {{"CodeSigningConfigArn", "a"}}}) {
    EXPECT_THAT(create_error(more), HasSubstr("is not supported by millrace")) << more;
  }
  EXPECT_THAT(create_error({{"Code", {{"S3Bucket", "b"}, {"S3Key", "k"}, {"ZipFile", nullptr}}}}),
              HasSubstr("Code in S3 is not supported"));
  EXPECT_THAT(create_error({{"Code", {{"ImageUri", "i"}, {"ZipFile", nullptr}}}}),
              HasSubstr("ImageUri is not supported"));
  EXPECT_THAT(create_error({{"PackageType", "Image"}}), HasSubstr("Container images"));
  EXPECT_THAT(error("PublishVersion", {{"FunctionName", "f"}}), HasSubstr("not supported"));
  EXPECT_THAT(error("CreateAlias", {{"FunctionName", "f"}}), HasSubstr("not supported"));
  create_function("f", {{"Layers", json::array()}, {"DeadLetterConfig", json::object()}});
}

TEST_F(FunctionTest, RefusesBadArchives) {
  EXPECT_EQ(create_error({{"Code", {{"ZipFile", to_base64("no zip")}}}}),
            "400 InvalidParameterValueException: Could not unzip uploaded file. Please check your "
            "file, then try to upload again.");
  EXPECT_THAT(create_error({{"Code", {{"ZipFile", "?"}}}}),
              StartsWith("400 SerializationException"));
  EXPECT_EQ(create_error({{"Code", {{"ZipFile", nullptr}}}}),
            "400 InvalidParameterValueException: Please provide a source for function code.");
  EXPECT_EQ(read_code({{"ZipFile", to_base64("12345")}}, 5).value(), "12345");
  EXPECT_EQ(read_code({{"ZipFile", to_base64("123456")}}, 5).error().message,
            "Zipped size must be smaller than 5 bytes");
  EXPECT_EQ(error("GetFunction", {{"FunctionName", "f"}}),
            "404 ResourceNotFoundException: Function not found: " + arn("f"));
}

TEST_F(FunctionTest, RefusesANameThatIsTaken) {
  create_function("f");
  EXPECT_EQ(create_error(json::object()),
            "409 ResourceConflictException: Function already exist: f");
}

TEST_F(FunctionTest, AnswersWithCodeTagsAndConcurrency) {
  create_function("f", {{"Tags", {{"team", "a"}}}});
  json function = call("GetFunction", {{"FunctionName", arn("f")}, {"Qualifier", "$LATEST"}});
  EXPECT_EQ(function["Configuration"]["FunctionArn"], arn("f") + ":$LATEST");
  EXPECT_EQ(function["Tags"], json({{"team", "a"}}));
  EXPECT_FALSE(function.contains("Concurrency"));
  EXPECT_EQ(function["Code"]["RepositoryType"], "S3");
  EXPECT_THAT(function["Code"]["Location"].get<std::string>(),
              StartsWith("http://localhost:4566/_millrace/function-code/"));
  EXPECT_EQ(error("GetFunction", {{"FunctionName", "f"}, {"Qualifier", "1"}}),
            "404 ResourceNotFoundException: Function not found: " + arn("f") + ":1");
}

TEST_F(FunctionTest, ServesTheCodeUnderALinkForTenMinutes) {
  create_function("f");
  std::string location = call("GetFunction", {{"FunctionName", "f"}})["Code"]["Location"];
  aws::AdminRoutes routes;
  add_code_route(routes, links_, *code_, workers_);
  auto get = [&](const std::string& url) {
    aws::HttpRequest request;
    request.method = "GET";
    request.target = url.substr(url.find("/_millrace"));
    aws::HttpResponse answer;
    routes.find("GET", request.path())->handler(request, [&](aws::HttpResponse response) {
      answer = std::move(response);
    });
    workers_.run_all();
    return answer;
  };
  aws::HttpResponse answer = get(location);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "application/zip");
  EXPECT_EQ(to_base64(answer.body), zip());
  std::string forged = location;
  forged[forged.find("expires=") + 8] = '9';
  EXPECT_EQ(get(forged).status, 403);
  EXPECT_EQ(get(location.substr(0, location.find('?'))).status, 403);
  clock_.advance(std::chrono::minutes(11));
  EXPECT_EQ(get(location).status, 403);
}

TEST_F(FunctionTest, ListsByNameInPages) {
  for (const char* name : {"b", "c", "a"}) create_function(name);
  auto names = [](const json& answer) {
    std::string text;
    for (const json& function : answer["Functions"]) text += function["FunctionName"];
    return text;
  };
  json first = call("ListFunctions", {{"MaxItems", "2"}});
  EXPECT_EQ(names(first), "ab");
  json second = call("ListFunctions", {{"MaxItems", "2"}, {"Marker", first["NextMarker"]}});
  EXPECT_EQ(names(second), "c");
  EXPECT_FALSE(second.contains("NextMarker"));
  EXPECT_FALSE(first["Functions"][0].contains("State"));
  json all = call("ListFunctions", {{"FunctionVersion", "ALL"}});
  EXPECT_EQ(all["Functions"][0]["FunctionArn"], arn("a") + ":$LATEST");
  EXPECT_THAT(error("ListFunctions", {{"MaxItems", "0"}}), HasSubstr("'maxItems' failed"));
  EXPECT_THAT(error("ListFunctions", {{"Marker", "?"}}), HasSubstr("Marker"));
  context_.region = "us-east-1";
  EXPECT_EQ(names(call("ListFunctions", json::object())), "");
}

TEST_F(FunctionTest, HasOneVersion) {
  create_function("f");
  json versions = call("ListVersionsByFunction", {{"FunctionName", "f"}})["Versions"];
  ASSERT_EQ(versions.size(), 1u);
  EXPECT_EQ(versions[0]["Version"], "$LATEST");
  EXPECT_EQ(versions[0]["FunctionArn"], arn("f") + ":$LATEST");
  EXPECT_THAT(error("ListVersionsByFunction", {{"FunctionName", "g"}}),
              StartsWith("404 ResourceNotFoundException"));
}

TEST_F(FunctionTest, UpdatesCode) {
  json before = create_function("f");
  json after = call("UpdateFunctionCode", {{"FunctionName", "f"}, {"ZipFile", zip("new")}});
  EXPECT_NE(after["CodeSha256"], before["CodeSha256"]);
  EXPECT_NE(after["RevisionId"], before["RevisionId"]);
  EXPECT_EQ(after["LastUpdateStatus"], "Successful");
  json dry =
      call("UpdateFunctionCode", {{"FunctionName", "f"}, {"ZipFile", zip()}, {"DryRun", true}});
  EXPECT_EQ(dry["CodeSha256"], before["CodeSha256"]);
  EXPECT_EQ(call("GetFunctionConfiguration", {{"FunctionName", "f"}}), after);
  std::string stale = before["RevisionId"];
  EXPECT_THAT(error("UpdateFunctionCode",
                    {{"FunctionName", "f"}, {"ZipFile", zip()}, {"RevisionId", stale}}),
              StartsWith("412 PreconditionFailedException: The Revision Id provided does not"));
  EXPECT_THAT(error("UpdateFunctionCode", {{"FunctionName", "g"}, {"ZipFile", zip()}}),
              StartsWith("404 ResourceNotFoundException"));
  EXPECT_THAT(error("UpdateFunctionCode", {{"FunctionName", "f"}, {"ZipFile", to_base64("x")}}),
              HasSubstr("Could not unzip"));
  EXPECT_EQ(call("GetFunctionConfiguration", {{"FunctionName", "f"}}), after);
}

TEST_F(FunctionTest, UpdatesWhatIsGivenAndKeepsTheRest) {
  create_function("f", {{"Timeout", 7}, {"Environment", {{"Variables", {{"AA", "1"}}}}}});
  clock_.advance(std::chrono::seconds(5));
  json after = call("UpdateFunctionConfiguration", {{"FunctionName", "f"}, {"MemorySize", 256}});
  EXPECT_EQ(after["MemorySize"], 256);
  EXPECT_EQ(after["Timeout"], 7);
  EXPECT_EQ(after["Environment"]["Variables"], json({{"AA", "1"}}));
  EXPECT_EQ(after["LastModified"], "2023-11-14T22:13:25.000+0000");
  after = call("UpdateFunctionConfiguration",
               {{"FunctionName", "f"}, {"Environment", {{"Variables", json::object()}}}});
  EXPECT_FALSE(after.contains("Environment"));
  EXPECT_THAT(error("UpdateFunctionConfiguration", {{"FunctionName", "f"}, {"Timeout", 0}}),
              HasSubstr("'timeout' failed"));
  EXPECT_THAT(error("UpdateFunctionConfiguration", {{"FunctionName", "f"}, {"RevisionId", "old"}}),
              StartsWith("412 PreconditionFailedException"));
  EXPECT_EQ(call("GetFunctionConfiguration", {{"FunctionName", "f"}}), after);
}

TEST_F(FunctionTest, DeletesOnce) {
  create_function("f");
  EXPECT_THAT(error("DeleteFunction", {{"FunctionName", "f"}, {"Qualifier", "$LATEST"}}),
              HasSubstr("cannot be deleted without deleting the function"));
  call("DeleteFunction", {{"FunctionName", "f"}});
  EXPECT_EQ(error("DeleteFunction", {{"FunctionName", "f"}}),
            "404 ResourceNotFoundException: Function not found: " + arn("f"));
}

TEST_F(FunctionTest, ReservesConcurrency) {
  create_function("f");
  create_function("g");
  EXPECT_EQ(call("GetFunctionConcurrency", {{"FunctionName", "f"}}), json::object());
  call("PutFunctionConcurrency", {{"FunctionName", "f"}, {"ReservedConcurrentExecutions", 600}});
  EXPECT_EQ(call("GetFunction", {{"FunctionName", "f"}})["Concurrency"],
            json({{"ReservedConcurrentExecutions", 600}}));
  EXPECT_THAT(error("PutFunctionConcurrency",
                    {{"FunctionName", "g"}, {"ReservedConcurrentExecutions", 301}}),
              EndsWith("below its minimum value of [100]."));
  EXPECT_THAT(error("PutFunctionConcurrency",
                    {{"FunctionName", "g"}, {"ReservedConcurrentExecutions", -1}}),
              StartsWith("400 ValidationException"));
  json settings = call("GetAccountSettings", json::object());
  EXPECT_EQ(settings["AccountLimit"]["UnreservedConcurrentExecutions"], 400);
  EXPECT_EQ(settings["AccountUsage"]["FunctionCount"], 2);
  call("DeleteFunctionConcurrency", {{"FunctionName", "f"}});
  EXPECT_EQ(call("GetFunctionConcurrency", {{"FunctionName", "f"}}), json::object());
}

TEST_F(FunctionTest, AnswersWhatDeployToolsRead) {
  create_function("f");
  EXPECT_EQ(call("GetFunctionCodeSigningConfig", {{"FunctionName", "f"}}),
            json({{"FunctionName", "f"}}));
  EXPECT_EQ(call("GetRuntimeManagementConfig", {{"FunctionName", "f"}}),
            json({{"UpdateRuntimeOn", "Auto"}, {"FunctionArn", arn("f")}}));
  EXPECT_EQ(call("GetFunctionRecursionConfig", {{"FunctionName", "f"}}),
            json({{"RecursiveLoop", "Terminate"}}));
  call("PutFunctionRecursionConfig", {{"FunctionName", "f"}, {"RecursiveLoop", "Allow"}});
  EXPECT_EQ(call("GetFunctionRecursionConfig", {{"FunctionName", "f"}}),
            json({{"RecursiveLoop", "Allow"}}));
}

TEST_F(FunctionTest, RefusesChangesBeyondItsBound) {
  create_function("f");
  const auto* handler = registry_.find("lambda", "DeleteFunction");
  int refused = 0;
  for (int i = 0; i < limits::kFunctionChangesWaitingMax + 1; ++i) {
    auto context = std::make_shared<aws::RequestContext>(context_);
    (*handler)(context, R"({"FunctionName":"g"})", [&](aws::Result<aws::Output> answer) {
      if (answer.error().type == "TooManyRequestsException") ++refused;
    });
  }
  EXPECT_EQ(refused, 1);
  changes_.run_all();
  EXPECT_EQ(refused, 1);
}

}  // namespace
}  // namespace millrace::lambda::operation
