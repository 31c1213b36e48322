// The stored mappings: rows in kMappingCatalogCell, written whole. What runs because of them is the
// MappingManager's business, which also keeps them in memory.
//
// Thread-safe. Completions run as those of the engine do.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "lambda/trigger/mapping.h"

namespace millrace::lambda {

// Why a change of the catalog was not made.
struct CatalogFailure {
  enum class Kind { kNotFound, kBusy, kDuplicate, kTooMany, kStorage };
  Kind kind;
  std::string uuid;  // kDuplicate: of the mapping that has the same source and function
};
template <class T>
using CatalogResult = Result<T, CatalogFailure>;

class MappingCatalog {
 public:
  explicit MappingCatalog(engine::Engine& engine) : engine_(engine) {}

  // All mappings. Waits: for start-up.
  engine::Result<std::vector<Mapping>> load();

  using Done = UniqueFunction<void(CatalogResult<Mapping>)>;
  // Stores a new mapping and numbers it. kDuplicate if another one has its source and function.
  void create(Mapping mapping, Done done);
  // Changes the stored mapping by `change`, which may run more than once. The change of a mapping
  // that is being deleted is refused as kBusy. Marking it so frees its source and function.
  void update(const std::string& uuid, std::function<void(Mapping&)> change, Done done);
  // Removes the row of a mapping that is marked as being deleted.
  void erase(const Mapping& mapping, Done done);

 private:
  engine::Engine& engine_;
};

}  // namespace millrace::lambda
