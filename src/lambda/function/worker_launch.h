// What is started for a function: program, arguments, environment, folders.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/limits.h"
#include "base/result.h"
#include "lambda/function/code_store.h"
#include "lambda/function/function.h"
#include "lambda/function/runtime.h"
#include "lambda/function/worker_process.h"

namespace millrace::lambda {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // empty: the keys are no temporary ones
};

struct WorkerSettings {
  // Absolute; code is unpacked and temporary folders are made in it. See work_folders.
  std::string work_directory;
  std::string runtimes_directory;  // with python/bootstrap.py and node/bootstrap.mjs
  std::string python_packages;     // a folder with boto3 for handlers without it; empty: none
  std::string node_modules;        // a node_modules folder with @aws-sdk/*; empty: none
  std::string endpoint_url;        // where handlers reach this server; empty: not told
  std::map<std::string, std::string> runtimes;  // runtime name to path
  // The keys that a handler gets. Default: its account's number as the key id, which names the
  // account to the server.
  std::function<Credentials(const Function& function)> credentials;
  int workers_max = limits::kWorkersMax;
  int workers_per_function_max = limits::kWorkersPerFunctionMax;
  // By the injected clock.
  Duration idle_timeout = std::chrono::minutes(10);
};

// Where unpacked code goes (the code store's folder).
std::string code_directory(const WorkerSettings& settings);
// Makes the folders, removes what a crash left, and puts the provided Node.js modules where every
// unpacked function finds them. The error is one sentence.
Result<void, std::string> prepare_work_directory(const WorkerSettings& settings);

struct Launch {
  ProcessSpecification process;
  std::string interpreter;  // for the log
};
struct LaunchFailure {
  std::string error_type;
  std::string reason;
};

// Everything but the port is known before the process starts. Blocks: may unpack code and look for
// an interpreter.
struct LaunchRequest {
  FunctionPtr function;
  std::string log_stream;
  std::string temporary_directory;  // made here
  int runtime_api_port = 0;
};
Result<Launch, LaunchFailure> plan_launch(const LaunchRequest& request,
                                          const WorkerSettings& settings, CodeStore& code,
                                          Interpreters& interpreters);

}  // namespace millrace::lambda
