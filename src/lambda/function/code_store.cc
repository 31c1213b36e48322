#include "lambda/function/code_store.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "base/encoding.h"
#include "base/limits.h"
#include "base/log.h"
#include "engine/cells.h"
#include "lambda/function/lambda_error.h"
#include "lambda/function/zip_archive.h"

namespace millrace::lambda {
namespace {

namespace fs = std::filesystem;
using engine::kFunctionCatalogCell;

constexpr size_t kChunkBytes = 256 * 1024;
// Well below what the engine takes in one transaction (limits::kTransactionBytesMax).
constexpr size_t kChunksPerTransaction = 16;

// kFunction, 'z', digest (32 bytes), then a big-endian chunk number.
std::string chunk_prefix(const std::string& sha256) {
  std::string key(1, static_cast<char>(engine::KeyPrefix::kFunction));
  key += 'z';
  key += from_base64(sha256).value_or("");
  return key;
}

std::string chunk_key(const std::string& prefix, uint32_t number) {
  std::string key = prefix;
  append_u32(key, number);
  return key;
}

std::string end_of(std::string prefix) {
  // A digest of only 0xff bytes does not occur.
  while (static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

std::string digest(std::string_view bytes) {
  return to_base64(as_view(sha256(bytes)));
}

Unexpected<aws::ApiError> logged(std::string_view event, const std::string& sha256,
                                 const engine::Error& error) {
  log_error(event, {{"code", sha256}, {"reason", error.message}});
  return service_exception();
}

}  // namespace

CodeStore::CodeStore(engine::Engine& engine, std::string directory)
    : engine_(engine), directory_(fs::absolute(directory).string()) {
  std::error_code error;
  fs::create_directories(directory_, error);
  if (error)
    log_error("no folder for function code", {{"path", directory_}, {"reason", error.message()}});
}

aws::Result<std::string> CodeStore::put(std::string_view archive) {
  std::string sha256 = digest(archive);
  MILLRACE_CHECK_OK(unpack(archive, task_directory(sha256)));
  std::string prefix = chunk_prefix(sha256);
  for (size_t begin = 0; begin < archive.size(); begin += kChunkBytes * kChunksPerTransaction) {
    std::string_view part = archive.substr(begin, kChunkBytes * kChunksPerTransaction);
    auto committed = engine::transact_and_wait(
        engine_, {{}, {kFunctionCatalogCell}, {}},
        [&](engine::Transaction& transaction) -> engine::Result<bool> {
          for (size_t i = 0; i < part.size(); i += kChunkBytes) {
            auto number = static_cast<uint32_t>((begin + i) / kChunkBytes);
            transaction.put(kFunctionCatalogCell, chunk_key(prefix, number),
                            part.substr(i, kChunkBytes));
          }
          return true;
        });
    if (!committed) return logged("function code not kept", sha256, committed.error());
  }
  return sha256;
}

aws::Result<std::string> CodeStore::check(std::string_view archive) {
  // Beside the folders of what is kept, so that it is in nobody's way.
  std::string folder = directory_ + "/check";
  MILLRACE_CHECK_OK(unpack(archive, folder + "/task"));
  std::error_code error;
  fs::remove_all(folder, error);
  return digest(archive);
}

engine::Result<std::string> CodeStore::read(const std::string& sha256) {
  std::string prefix = chunk_prefix(sha256);
  std::string archive;
  auto complete = engine::snapshot_and_wait(
      engine_, {kFunctionCatalogCell}, [&](engine::Reader& reader) -> engine::Result<void> {
        std::string bytes;
        engine::RangeOptions range{prefix, end_of(prefix)};
        MILLRACE_CHECK_OK(reader.range({kFunctionCatalogCell}, range,
                                       [&](std::string_view, std::string_view value) {
                                         bytes += value;
                                         return true;
                                       }));
        archive = std::move(bytes);
        return {};
      });
  MILLRACE_CHECK_OK(std::move(complete));
  if (digest(archive) != sha256) {
    return Unexpected(engine::Error{engine::ErrorCode::kCorrupt, "function code " + sha256});
  }
  return archive;
}

aws::Result<std::string> CodeStore::unpacked(const std::string& sha256) {
  std::string task = task_directory(sha256);
  if (fs::exists(task)) return task;
  auto archive = read(sha256);
  if (!archive) return logged("function code not read", sha256, archive.error());
  MILLRACE_CHECK_OK(unpack(*archive, task));
  return task;
}

engine::Result<void> CodeStore::erase(const std::string& sha256) {
  std::string prefix = chunk_prefix(sha256);
  for (bool more = true; more;) {
    auto committed = engine::transact_and_wait(
        engine_, {{}, {kFunctionCatalogCell}, {}},
        [&](engine::Transaction& transaction) -> engine::Result<bool> {
          std::vector<std::string> keys;
          engine::RangeOptions range{prefix, end_of(prefix)};
          range.rows_max = kChunksPerTransaction;
          MILLRACE_CHECK_OK(transaction.range({kFunctionCatalogCell}, range,
                                              [&](std::string_view key, std::string_view) {
                                                keys.emplace_back(key);
                                                return true;
                                              }));
          for (const std::string& key : keys) transaction.erase(kFunctionCatalogCell, key);
          more = keys.size() == kChunksPerTransaction;
          return true;
        });
    MILLRACE_CHECK_OK(std::move(committed));
  }
  // Workers that still run from the folder keep their open files and loaded modules.
  std::error_code error;
  fs::remove_all(fs::path(task_directory(sha256)).parent_path(), error);
  return {};
}

std::string CodeStore::task_directory(const std::string& sha256) const {
  return directory_ + '/' + to_hex(from_base64(sha256).value_or("")) + "/task";
}

// Into a folder beside, then renamed: a folder that exists is complete.
aws::Result<void> CodeStore::unpack(std::string_view archive, const std::string& task) {
  std::lock_guard lock(unpack_mutex_);
  if (fs::exists(task)) return {};
  std::string partial = task + ".partial";
  std::error_code error;
  fs::remove_all(partial, error);
  fs::create_directories(partial, error);
  aws::Result<void> result = {};
  if (error) {
    log_error("function code not unpacked", {{"path", partial}, {"reason", error.message()}});
    result = service_exception();
  } else {
    result = unpack_zip(archive, partial);
  }
  if (result) {
    fs::rename(partial, task, error);
    if (error) result = service_exception();
  }
  if (!result) fs::remove_all(fs::path(task).parent_path(), error);
  return result;
}

}  // namespace millrace::lambda
