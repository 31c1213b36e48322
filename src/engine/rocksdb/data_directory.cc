#include "engine/rocksdb/data_directory.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "engine/rocksdb/format.h"

namespace millrace::engine::rocks {

namespace {

Error unavailable(const std::string& message) {
  return {ErrorCode::kUnavailable, message};
}

bool sync_path(const std::string& path, int flags) {
  int file = ::open(path.c_str(), flags | O_CLOEXEC);
  if (file < 0) return false;
  bool synced = ::fsync(file) == 0;
  ::close(file);
  return synced;
}

// Written under another name first, so that a crash leaves the whole file or none.
bool write_format_file(const std::string& directory) {
  std::string path = directory + "/" + std::string(kFormatFile);
  std::string temporary = path + ".new";
  {
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    file << format_file_text();
    if (!file.flush()) return false;
  }
  if (!sync_path(temporary, O_RDONLY)) return false;
  if (std::rename(temporary.c_str(), path.c_str()) != 0) return false;
  return sync_path(directory, O_RDONLY | O_DIRECTORY);
}

}  // namespace

Result<void> prepare_data_directory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    return Unexpected(
        unavailable("the data directory " + path + " cannot be made: " + error.message()));
  }
  if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0) {
    return Unexpected(unavailable("the data directory " + path +
                                  " is not writable: " + std::string(std::strerror(errno))));
  }
  std::string format_path = path + "/" + std::string(kFormatFile);
  if (std::filesystem::exists(format_path, error)) {
    std::ifstream file(format_path, std::ios::binary);
    std::string text(256, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<size_t>(file.gcount()));
    if (text == format_file_text()) return {};
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return Unexpected(
        Error{ErrorCode::kCorrupt, "the data directory " + path + " has the format \"" + text +
                                       "\", but this millrace reads only format version " +
                                       std::to_string(kFormatVersion)});
  }
  if (std::filesystem::exists(path + "/CURRENT", error)) {
    return Unexpected(
        Error{ErrorCode::kCorrupt, "the data directory " + path +
                                       " holds a database that millrace did not write (" +
                                       std::string(kFormatFile) + " is missing)"});
  }
  if (!write_format_file(path)) {
    return Unexpected(unavailable("the data directory " + path +
                                  " cannot be written: " + std::string(std::strerror(errno))));
  }
  return {};
}

}  // namespace millrace::engine::rocks
