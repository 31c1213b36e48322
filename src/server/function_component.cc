#include "server/function_component.h"

#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "aws/arn.h"
#include "aws/signature/session.h"
#include "lambda/function/asynchronous_invoker.h"
#include "lambda/function/local_invoker.h"
#include "lambda/operation/function/code_links.h"
#include "lambda/operation/function/function_tags.h"
#include "lambda/operation/function/operations.h"
#include "logs/log_store.h"
#include "server/installation.h"

namespace millrace::server {
namespace {

namespace fs = std::filesystem;

constexpr int kAccessKeyIdLength = 16;  // after the four letters, as AWS's
constexpr int kSecretDigits = 40;
// A worker may live as long as the server, with which the key behind its session ends.
constexpr std::chrono::hours kHandlerSessionLifetime{10 * 365 * 24};

// Where code is unpacked and functions run. It holds nothing that cannot be made again, so a server
// that keeps nothing removes it when it ends.
class WorkFolder {
 public:
  static Result<WorkFolder, std::string> make(const Configuration& configuration) {
    if (!configuration.in_memory) {
      return WorkFolder(fs::absolute(configuration.data_directory).string() + "/functions", false);
    }
    std::error_code error;
    std::string name = (fs::temp_directory_path(error) / "millrace-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) return Unexpected("Cannot make the folder " + name + '.');
    return WorkFolder(name, true);
  }
  WorkFolder(WorkFolder&& other) noexcept
      : path_(std::move(other.path_)), temporary_(std::exchange(other.temporary_, false)) {}
  ~WorkFolder() {
    std::error_code error;
    if (temporary_) fs::remove_all(path_, error);
  }
  const std::string& path() const { return path_; }

 private:
  WorkFolder(std::string path, bool temporary) : path_(std::move(path)), temporary_(temporary) {}
  std::string path_;
  bool temporary_ = false;
};

lambda::Credentials role_session(Platform& platform, const lambda::Function& function,
                                 const lambda::Credentials& pair) {
  std::string role = function.role.substr(function.role.rfind('/') + 1);
  std::string partition = aws::Arn::parse(function.role).value_or(aws::Arn{"aws"}).partition;
  aws::Session session{
      aws::make_session_key_id(platform.random),
      pair.access_key_id,
      function.reference.account,
      "arn:" + partition + ":sts::" + function.reference.account + ":assumed-role/" + role + '/' +
          function.reference.name,
      "AROA" + platform.random.upper_alphanumeric(17) + ':' + function.reference.name,
      platform.machine_clock.now() + kHandlerSessionLifetime};
  aws::SessionCredentials made = aws::make_credentials(session, pair.secret_access_key);
  return {made.access_key_id, made.secret, made.token};
}

// What handlers sign with. Without configured access keys nothing is checked, and the account's
// number as key id names the account. With them, a handler must not see the users' own keys, so
// each account gets a pair for its handlers: made at every start, known to this server only.
// Where there are policies, a handler gets a session of its function's role instead.
std::function<lambda::Credentials(const lambda::Function&)> handler_credentials(
    Platform& platform) {
  if (platform.access_keys.empty()) return nullptr;
  std::map<std::string, lambda::Credentials> pairs;
  std::set<std::string> accounts = platform.access_keys.accounts();
  accounts.insert(platform.configuration.account);
  for (const std::string& account : accounts) {
    lambda::Credentials pair{"AKIA" + platform.random.upper_alphanumeric(kAccessKeyIdLength),
                             platform.random.hex(kSecretDigits), ""};
    platform.access_keys.add(pair.access_key_id, {pair.secret_access_key, account});
    pairs[account] = std::move(pair);
  }
  // Functions of an account whose keys were taken away since sign with what is refused.
  return [pairs = std::move(pairs), &platform](const lambda::Function& function) {
    const std::string& account = function.reference.account;
    auto found = pairs.find(account);
    if (found == pairs.end()) return lambda::Credentials{account, "none", ""};
    return platform.configuration.policies.empty()
               ? found->second
               : role_session(platform, function, found->second);
  };
}

lambda::WorkerSettings worker_settings(Platform& platform, const std::string& folder) {
  Installation installation = find_installation();
  lambda::WorkerSettings settings;
  settings.work_directory = folder;
  settings.runtimes_directory = installation.runtimes.string();
  settings.python_packages = installation.python_packages.string();
  settings.node_modules = installation.node_modules.string();
  settings.endpoint_url = platform.endpoint;
  settings.runtimes = platform.configuration.runtimes;
  settings.credentials = handler_credentials(platform);
  return settings;
}

std::string search_path() {
  const char* path = std::getenv("PATH");
  return path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path;
}

// Members in the order of their dependencies: they end in the opposite one.
class Functions final : public FunctionComponent {
 public:
  Functions(Platform& platform, WorkFolder folder, lambda::WorkerSettings settings)
      : platform_(platform),
        folder_(std::move(folder)),
        settings_(std::move(settings)),
        code_(*platform.engine, lambda::code_directory(settings_)),
        interpreters_(settings_.runtimes, search_path()),
        links_(platform.random, platform.clock) {}

  // Ends the workers before what their last answers need.
  ~Functions() override {
    changes_.stop();
    workers_.stop();
    if (asynchronous_) asynchronous_->stop();
    invoker_.reset();
  }

  Result<void, std::string> open() {
    auto catalog =
        lambda::FunctionCatalog::open(*platform_.engine, code_, platform_.clock, platform_.random);
    if (!catalog) {
      return Unexpected("The stored functions can not be read: " + catalog.error().message + '.');
    }
    catalog_ = *std::move(catalog);
    invoker_ = std::make_unique<lambda::LocalInvoker>(
        lambda::LocalInvokerParts{*catalog_, code_, interpreters_, platform_.timers,
                                  platform_.random, *platform_.log_store, platform_.metrics},
        settings_);
    faulty_ =
        std::make_unique<control::FaultyInvoker>(*invoker_, platform_.faults, platform_.random);
    asynchronous_ = std::make_unique<lambda::AsynchronousInvoker>(
        *catalog_, *faulty_, platform_.timers, platform_.metrics);
    function_tags_ = std::make_unique<lambda::operation::FunctionTags>(*catalog_);
    tag_owners_["function"] = function_tags_.get();
    lambda::operation::register_operations(
        platform_.operations,
        {*catalog_, code_, *faulty_, *asynchronous_, changes_, workers_, links_, tag_owners_});
    lambda::operation::add_code_route(platform_.admin_routes, links_, code_, workers_);
    return {};
  }

  lambda::FunctionCatalog& catalog() override { return *catalog_; }
  control::FaultyInvoker& invoker() override { return *faulty_; }
  void add_tag_owner(std::string kind, lambda::TagOwner& owner) override {
    tag_owners_[std::move(kind)] = &owner;
  }
  void begin_stop() override { asynchronous_->stop(); }
  void begin_reset() override {
    asynchronous_->stop();
    invoker_->stop();
  }

 private:
  Platform& platform_;
  const WorkFolder folder_;
  const lambda::WorkerSettings settings_;
  lambda::CodeStore code_;
  lambda::Interpreters interpreters_;
  lambda::operation::CodeLinks links_;
  lambda::TagOwners tag_owners_;
  std::unique_ptr<lambda::FunctionCatalog> catalog_;
  std::unique_ptr<lambda::operation::FunctionTags> function_tags_;
  std::unique_ptr<control::FaultyInvoker> faulty_;  // in front of the invoker, for all who call it
  // Waits, when it ends, for answers of the invoker, which is therefore ended before.
  std::unique_ptr<lambda::AsynchronousInvoker> asynchronous_;
  std::unique_ptr<lambda::LocalInvoker> invoker_;
  ThreadPool changes_{"functions", 1};
  // Not the platform's, whose work may come to run when this is gone.
  ThreadPool workers_{"function-work", 2};
};

}  // namespace

Started<FunctionComponent> start_functions(Platform& platform) {
  MILLRACE_TRY(WorkFolder folder, WorkFolder::make(platform.configuration));
  lambda::WorkerSettings settings = worker_settings(platform, folder.path());
  MILLRACE_CHECK_OK(lambda::prepare_work_directory(settings));
  auto functions = std::make_unique<Functions>(platform, std::move(folder), std::move(settings));
  MILLRACE_CHECK_OK(functions->open());
  return std::unique_ptr<FunctionComponent>(std::move(functions));
}

}  // namespace millrace::server
