#include "lambda/function/worker_launch.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/log.h"
#include "lambda/function/function_name.h"

namespace millrace::lambda {
namespace {

namespace fs = std::filesystem;

using Environment = std::map<std::string, std::string>;

// Share of the memory that Node.js may fill with objects; the rest is for itself and buffers.
constexpr int kNodeHeapPercent = 90;

// For tools that handlers start; the interpreter's own folder comes first.
std::string search_path(const std::string& program) {
  std::string path = "/usr/local/bin:/usr/bin:/bin:/opt/bin";
  fs::path folder = fs::path(program).parent_path();
  return folder.empty() ? path : folder.string() + ':' + path;
}

Credentials default_credentials(const std::string& account) {
  return {account, "millrace", ""};
}

void add_credentials(Environment& environment, const Function& function,
                     const WorkerSettings& settings) {
  Credentials credentials = settings.credentials ? settings.credentials(function)
                                                 : default_credentials(function.reference.account);
  environment["AWS_ACCESS_KEY_ID"] = credentials.access_key_id;
  environment["AWS_SECRET_ACCESS_KEY"] = credentials.secret_access_key;
  if (!credentials.session_token.empty()) {
    environment["AWS_SESSION_TOKEN"] = credentials.session_token;
  }
  if (!settings.endpoint_url.empty()) environment["AWS_ENDPOINT_URL"] = settings.endpoint_url;
}

void add_function(Environment& environment, const LaunchRequest& request, const std::string& task) {
  const Function& function = *request.function;
  environment["_HANDLER"] = function.handler;
  environment["AWS_REGION"] = function.reference.region;
  environment["AWS_DEFAULT_REGION"] = function.reference.region;
  environment["AWS_LAMBDA_FUNCTION_NAME"] = function.reference.name;
  environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = std::to_string(function.memory_megabytes);
  environment["AWS_LAMBDA_FUNCTION_VERSION"] = kLatestVersion;
  environment["AWS_LAMBDA_INITIALIZATION_TYPE"] = "on-demand";
  environment["AWS_LAMBDA_LOG_GROUP_NAME"] = function.log_group;
  environment["AWS_LAMBDA_LOG_STREAM_NAME"] = request.log_stream;
  environment["AWS_LAMBDA_LOG_FORMAT"] = function.log_format;
  if (!function.application_log_level.empty()) {
    environment["AWS_LAMBDA_LOG_LEVEL"] = function.application_log_level;
  }
  environment["AWS_LAMBDA_RUNTIME_API"] = "127.0.0.1:" + std::to_string(request.runtime_api_port);
  environment["LAMBDA_TASK_ROOT"] = task;
  environment["TZ"] = ":UTC";
  environment["LANG"] = "en_US.UTF-8";
  environment["LD_LIBRARY_PATH"] = task + ':' + task + "/lib";
  environment["TMPDIR"] = request.temporary_directory;
  // Not the server's home: its ~/.aws is not the function's.
  environment["HOME"] = request.temporary_directory;
}

void add_runtime(Environment& environment, const Function& function, const std::string& task,
                 const WorkerSettings& settings, RuntimeFamily family) {
  if (family == RuntimeFamily::kPython || family == RuntimeFamily::kNode) {
    environment["AWS_EXECUTION_ENV"] = "AWS_Lambda_" + function.runtime;
  }
  // Both also for custom runtimes, which may be a Python or Node.js program with the official
  // client. A handler's own packages are found first: Python's starter and Node.js see to that.
  if (!settings.python_packages.empty()) {
    environment["PYTHONPATH"] = family == RuntimeFamily::kPython
                                    ? settings.python_packages
                                    : task + ':' + settings.python_packages;
  }
  if (!settings.node_modules.empty()) environment["NODE_PATH"] = settings.node_modules;
}

std::vector<std::string> arguments(const Function& function, const Interpreter& interpreter,
                                   const WorkerSettings& settings, const std::string& task,
                                   RuntimeFamily family) {
  if (interpreter.is_bootstrap) {
    return {interpreter.path.empty() ? task + "/bootstrap" : interpreter.path, function.handler};
  }
  if (family == RuntimeFamily::kNode) {
    int heap = function.memory_megabytes * kNodeHeapPercent / 100;
    return {interpreter.path, "--max-old-space-size=" + std::to_string(heap),
            settings.runtimes_directory + "/node/bootstrap.mjs"};
  }
  return {interpreter.path, settings.runtimes_directory + "/python/bootstrap.py"};
}

}  // namespace

std::string code_directory(const WorkerSettings& settings) {
  return settings.work_directory + "/code";
}

Result<void, std::string> prepare_work_directory(const WorkerSettings& settings) {
  std::error_code error;
  fs::remove_all(settings.work_directory + "/tmp", error);
  for (const std::string& folder : {code_directory(settings), settings.work_directory + "/tmp"}) {
    fs::create_directories(folder, error);
    if (error) return Unexpected("Cannot make the folder " + folder + ": " + error.message());
  }
  // Node.js looks for modules in the folders above a file, for ES modules only there. The code of
  // all functions is below this folder.
  std::string link = code_directory(settings) + "/node_modules";
  fs::remove(link, error);
  if (!settings.node_modules.empty()) {
    fs::create_directory_symlink(fs::absolute(settings.node_modules), link, error);
    if (error) return Unexpected("Cannot make the link " + link + ": " + error.message());
  }
  return {};
}

Result<Launch, LaunchFailure> plan_launch(const LaunchRequest& request,
                                          const WorkerSettings& settings, CodeStore& code,
                                          Interpreters& interpreters) {
  const Function& function = *request.function;
  auto interpreter = interpreters.find(function.runtime);
  if (!interpreter) {
    return Unexpected(LaunchFailure{"Runtime.InvalidEntrypoint", interpreter.error()});
  }
  auto task = code.unpacked(function.code_sha256);
  if (!task) {
    return Unexpected(LaunchFailure{"Runtime.Unknown", "The function's code cannot be read"});
  }
  RuntimeFamily family = runtime_family(function.runtime);
  Launch launch;
  launch.process.arguments = arguments(function, *interpreter, settings, *task, family);
  const std::string& program = launch.process.arguments.front();
  if (access(program.c_str(), X_OK) != 0) {
    std::string reason = fs::exists(program)
                             ? program + " is not executable"
                             : "Couldn't find valid bootstrap(s): [" + program + ']';
    return Unexpected(LaunchFailure{"Runtime.InvalidEntrypoint", reason});
  }
  std::error_code error;
  fs::create_directories(request.temporary_directory, error);
  Environment environment;
  add_credentials(environment, function, settings);
  add_function(environment, request, *task);
  add_runtime(environment, function, *task, settings, family);
  environment["PATH"] = search_path(interpreter->path);
  environment["LAMBDA_RUNTIME_DIR"] = settings.runtimes_directory;
  for (const auto& [name, value] : function.environment) environment[name] = value;
  for (const auto& [name, value] : environment) {
    launch.process.environment.push_back(name + '=' + value);
  }
  launch.process.directory = *task;
  launch.process.file_bytes_max = static_cast<uint64_t>(function.ephemeral_megabytes) << 20;
  launch.interpreter = program;
  return launch;
}

}  // namespace millrace::lambda
