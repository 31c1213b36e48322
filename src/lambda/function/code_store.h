// Function code: zip archives kept in the engine by their digest, and unpacked once into a folder
// from which workers run. Layout of the rows: docs/formats/function-catalog.md. The folder is a
// cache: what is missing there is unpacked again.
//
// Thread-safe, except that put() and erase() of one digest must not overlap: both belong on the one
// thread that changes the catalog. All methods block (disk, engine): never call them on an I/O
// thread.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "aws/api_error.h"
#include "engine/engine.h"

namespace millrace::lambda {

class CodeStore {
 public:
  // `directory` is created; relative paths are made absolute.
  CodeStore(engine::Engine& engine, std::string directory);

  // Checks and keeps an archive; returns its base64 SHA-256 (CodeSha256). Errors: those of
  // unpack_zip, and ServiceException.
  aws::Result<std::string> put(std::string_view archive);
  // The same, without keeping it.
  aws::Result<std::string> check(std::string_view archive);
  // The archive's bytes. kCorrupt if they are not (all) there.
  engine::Result<std::string> read(const std::string& sha256);
  // The folder with the unpacked code. Errors: ServiceException, after it was logged.
  aws::Result<std::string> unpacked(const std::string& sha256);
  engine::Result<void> erase(const std::string& sha256);

 private:
  std::string task_directory(const std::string& sha256) const;
  aws::Result<void> unpack(std::string_view archive, const std::string& task);

  engine::Engine& engine_;
  std::string directory_;
  std::mutex unpack_mutex_;
};

}  // namespace millrace::lambda
