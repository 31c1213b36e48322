// All functions of all accounts and regions. Reads answer from memory and never wait; changes are
// durable when they return. Layout of the rows: docs/formats/function-catalog.md.
//
// Reads are thread-safe. The changing methods block on the engine: call them on one thread that is
// allowed to wait (the functions executor), one at a time.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "aws/api_error.h"
#include "base/random.h"
#include "engine/engine.h"
#include "lambda/function/code_store.h"
#include "lambda/function/function.h"
#include "lambda/function/function_directory.h"

namespace millrace::lambda {

class FunctionCatalog final : public FunctionDirectory {
 public:
  // Reads what is stored and forgets code that no function uses. Fails with kCorrupt on rows that
  // it cannot read.
  static engine::Result<std::unique_ptr<FunctionCatalog>> open(engine::Engine& engine,
                                                               CodeStore& code, const Clock& clock,
                                                               Random& random);

  // Null if it does not exist. The reference's qualifier is not looked at.
  FunctionPtr get(const FunctionReference& function) const;
  // Also checks the qualifier: "$LATEST" or none. ResourceNotFoundException in AWS's words.
  aws::Result<FunctionPtr> find_or_error(const FunctionReference& function) const;
  std::optional<FunctionSummary> find(const FunctionReference& function) const override;
  // By name.
  std::vector<FunctionPtr> list(const std::string& account, const std::string& region) const;

  // Sets last_modified and revision_id. ResourceConflictException if the name is taken.
  aws::Result<FunctionPtr> create(Function function);
  // Runs `change` on a copy; its error leaves everything as it was.
  // `restart`: workers have to start anew. Sets last_modified (not for tags and the like, which do
  // not restart) and revision_id. ResourceNotFoundException.
  using Change = std::function<aws::Result<void>(Function&)>;
  aws::Result<FunctionPtr> update(const FunctionReference& function, bool restart,
                                  const Change& change);
  aws::Result<void> remove(const FunctionReference& function);

  // Calls `listener` after every change, on the thread that makes it: with the new state, or null
  // when it is gone. After remove_listener() has returned it is not called again. A listener must
  // not add or remove any.
  using Listener = std::function<void(const FunctionReference& function, const FunctionPtr& now)>;
  using ListenerId = uint64_t;
  ListenerId on_change(Listener listener);
  void remove_listener(ListenerId id);

 private:
  FunctionCatalog(engine::Engine& engine, CodeStore& code, const Clock& clock, Random& random)
      : engine_(engine), code_(code), clock_(clock), random_(random) {}
  engine::Result<void> load();
  aws::Result<void> store(const Function& function, bool must_be_new);
  void publish(const FunctionReference& reference, FunctionPtr function);
  // Forgets the archive unless some function still has it.
  void forget_code(const std::string& sha256);

  engine::Engine& engine_;
  CodeStore& code_;
  const Clock& clock_;
  Random& random_;
  std::mutex listeners_mutex_;
  std::map<ListenerId, Listener> listeners_;
  ListenerId next_listener_ = 1;
  mutable std::mutex mutex_;
  std::map<std::string, FunctionPtr> functions_;  // by stored key: account, region, name
};

}  // namespace millrace::lambda
