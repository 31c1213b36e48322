#include "lambda/function/zip_archive.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <system_error>
#include <vector>

#include "base/limits.h"
#include "base/log.h"
#include "lambda/function/lambda_error.h"
#include "lambda/function/worker_process.h"

namespace millrace::lambda {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLinkBytesMax = 4096;

Unexpected<aws::ApiError> not_a_zip() {
  return invalid_parameter(
      "Could not unzip uploaded file. Please check your file, then try to upload again.");
}
Unexpected<aws::ApiError> too_large(size_t bytes_max) {
  return invalid_parameter("Unzipped size must be smaller than " + std::to_string(bytes_max) +
                           " bytes");
}
Unexpected<aws::ApiError> cannot_write(const fs::path& path, const std::string& reason) {
  log_error("function code not unpacked", {{"path", path.string()}, {"reason", reason}});
  return service_exception();
}

struct ArchiveCloser {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
using Archive = std::unique_ptr<zip_t, ArchiveCloser>;
struct FileCloser {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using ArchiveFile = std::unique_ptr<zip_file_t, FileCloser>;

Archive open_archive(std::string_view bytes) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (source == nullptr) return nullptr;
  zip_t* archive = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error);
  if (archive == nullptr) zip_source_free(source);
  zip_error_fini(&error);
  return Archive(archive);
}

// A relative path without "..": the only kind that cannot leave the directory.
bool is_inside(const fs::path& path) {
  if (path.empty() || path.is_absolute()) return false;
  for (const fs::path& part : path) {
    if (part == "..") return false;
  }
  return true;
}

// Whether a link at `path` that points to `target` stays inside the directory.
bool link_stays_inside(const fs::path& path, const fs::path& target) {
  if (target.empty() || target.is_absolute()) return false;
  return is_inside((path.parent_path() / target).lexically_normal());
}

// The Unix mode, or 0 if the archive was made elsewhere.
mode_t entry_mode(zip_t* archive, zip_uint64_t index) {
  zip_uint8_t system = 0;
  zip_uint32_t attributes = 0;
  if (zip_file_get_external_attributes(archive, index, 0, &system, &attributes) != 0) return 0;
  return system == ZIP_OPSYS_UNIX ? static_cast<mode_t>(attributes >> 16) : 0;
}

class Unpacker {
 public:
  Unpacker(zip_t* archive, fs::path root, size_t bytes_max)
      : archive_(archive), root_(std::move(root)), bytes_max_(bytes_max) {}

  aws::Result<void> run() {
    zip_int64_t count = zip_get_num_entries(archive_, 0);
    if (count < 0) return not_a_zip();
    if (static_cast<size_t>(count) > limits::kCodeZipEntriesMax) return too_large(bytes_max_);
    for (zip_int64_t i = 0; i < count; ++i) {
      MILLRACE_CHECK_OK(unpack_entry(static_cast<zip_uint64_t>(i)));
    }
    // Links come last, so that no file is written through one.
    for (const auto& [path, target] : links_) {
      std::error_code error;
      fs::create_directories((root_ / path).parent_path(), error);
      fs::create_symlink(target, root_ / path, error);
      if (error) return not_a_zip();
    }
    // One link may lead through another, which only the finished tree shows.
    fs::path root = fs::canonical(root_);
    for (const auto& [path, target] : links_) {
      std::error_code error;
      fs::path real = fs::weakly_canonical(root / path.parent_path() / target, error);
      if (error || !is_inside(real.lexically_relative(root))) return not_a_zip();
    }
    return {};
  }

 private:
  aws::Result<void> unpack_entry(zip_uint64_t index) {
    const char* name = zip_get_name(archive_, index, ZIP_FL_ENC_GUESS);
    if (name == nullptr) return not_a_zip();
    std::string text = name;
    // Some Windows tools write backslashes against the format's rule.
    if (text.find('\\') != std::string::npos) std::replace(text.begin(), text.end(), '\\', '/');
    fs::path path = fs::path(text).lexically_normal();
    if (path == "." || path == "./") return {};
    if (!is_inside(fs::path(text)) || !is_inside(path)) return not_a_zip();
    mode_t mode = entry_mode(archive_, index);
    if (text.ends_with('/') || S_ISDIR(mode)) return make_directory(path);
    MILLRACE_CHECK_OK(make_directory(path.parent_path()));
    ArchiveFile file(zip_fopen_index(archive_, index, 0));
    if (!file) return not_a_zip();
    if (S_ISLNK(mode)) return remember_link(path, file.get());
    return write_file(path, file.get(), mode);
  }

  aws::Result<void> make_directory(const fs::path& path) {
    if (path.empty()) return {};
    std::error_code error;
    fs::create_directories(root_ / path, error);
    if (error) {
      return error.value() == ENOTDIR || error.value() == EEXIST
                 ? aws::Result<void>(not_a_zip())
                 : aws::Result<void>(cannot_write(path, error.message()));
    }
    return {};
  }

  aws::Result<void> remember_link(const fs::path& path, zip_file_t* file) {
    std::string target(kLinkBytesMax, '\0');
    zip_int64_t count = zip_fread(file, target.data(), target.size());
    if (count <= 0 || count == static_cast<zip_int64_t>(kLinkBytesMax)) return not_a_zip();
    target.resize(static_cast<size_t>(count));
    if (!link_stays_inside(path, target)) return not_a_zip();
    links_.emplace_back(path, target);
    return {};
  }

  // Counts what comes out, not what the archive claims.
  aws::Result<void> write_file(const fs::path& path, zip_file_t* file, mode_t mode) {
    // Code must be readable whatever the archive says; only the execute bits make a difference.
    mode_t file_mode = mode == 0 ? 0644 : ((mode & 0755) | 0444 | 0200);
    std::string full = (root_ / path).string();
    Descriptor output(
        open(full.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, file_mode));
    if (!output)
      return errno == EISDIR ? aws::Result<void>(not_a_zip()) : cannot_write(path, "open");
    fchmod(output.get(), file_mode);
    for (;;) {
      zip_int64_t count = zip_fread(file, buffer_.data(), buffer_.size());
      if (count < 0) return not_a_zip();
      if (count == 0) break;
      total_ += static_cast<uint64_t>(count);
      if (total_ > bytes_max_) return too_large(bytes_max_);
      for (zip_int64_t done = 0; done < count;) {
        ssize_t written =
            write(output.get(), buffer_.data() + done, static_cast<size_t>(count - done));
        if (written < 0) return cannot_write(path, std::generic_category().message(errno));
        done += written;
      }
    }
    // Read to its end, the checksum has been compared.
    zip_error_t* error = zip_file_get_error(file);
    return zip_error_code_zip(error) == ZIP_ER_OK ? aws::Result<void>() : not_a_zip();
  }

  zip_t* archive_;
  fs::path root_;
  const size_t bytes_max_;
  std::vector<char> buffer_ = std::vector<char>(256 * 1024);
  uint64_t total_ = 0;
  std::vector<std::pair<fs::path, fs::path>> links_;
};

}  // namespace

aws::Result<void> unpack_zip(std::string_view bytes, const std::string& directory,
                             size_t bytes_max) {
  Archive archive = open_archive(bytes);
  if (!archive) return not_a_zip();
  if (zip_get_num_entries(archive.get(), 0) == 0) {
    return invalid_parameter("Uploaded file must be a non-empty zip");
  }
  return Unpacker(archive.get(), directory, bytes_max).run();
}

}  // namespace millrace::lambda
