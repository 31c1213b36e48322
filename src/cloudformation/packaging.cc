#include "cloudformation/packaging.h"

#include <zip.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <sstream>

#include "base/encoding.h"
#include "base/limits.h"

namespace millrace::cloudformation {
namespace {

namespace fs = std::filesystem;

// A bucket that exists only between a template and its transform.
constexpr const char* kLocalBucket = "millrace-local-code";

bool is_function(const json& resource) {
  std::string type = resource.is_object() ? resource.value("Type", "") : "";
  return type == "AWS::Serverless::Function" || type == "AWS::Lambda::Function";
}

bool is_remote(const std::string& text) {
  return text.rfind("s3://", 0) == 0 || text.rfind("https://", 0) == 0 ||
         text.rfind("http://", 0) == 0;
}

// The member that names the code: CodeUri of a serverless function, Code of a plain one.
const char* code_member(const json& resource) {
  return resource.value("Type", "") == "AWS::Serverless::Function" ? "CodeUri" : "Code";
}

std::string global_code_uri(const json& document) {
  json::json_pointer pointer("/Globals/Function/CodeUri");
  if (!document.contains(pointer)) return "";
  const json& value = document[pointer];
  return value.is_string() ? value.get<std::string>() : "";
}

// An open archive that lives in memory; discarded unless finish() is called.
class ZipWriter {
 public:
  ZipWriter() {
    zip_error_init(&error_);
    source_ = zip_source_buffer_create(nullptr, 0, 0, &error_);
    archive_ = zip_open_from_source(source_, ZIP_TRUNCATE, &error_);
    if (archive_ != nullptr) zip_source_keep(source_);
  }
  ~ZipWriter() {
    if (archive_ != nullptr) zip_discard(archive_);
    if (source_ != nullptr) zip_source_free(source_);
    zip_error_fini(&error_);
  }
  ZipWriter(const ZipWriter&) = delete;

  bool add(const std::string& name, std::string contents, unsigned mode) {
    contents_.push_back(std::move(contents));
    const std::string& kept = contents_.back();
    zip_source_t* file = zip_source_buffer(archive_, kept.data(), kept.size(), 0);
    zip_int64_t index =
        file == nullptr ? -1 : zip_file_add(archive_, name.c_str(), file, ZIP_FL_ENC_UTF_8);
    if (index < 0) return false;
    auto position = static_cast<zip_uint64_t>(index);
    zip_file_set_external_attributes(archive_, position, 0, ZIP_OPSYS_UNIX,
                                     static_cast<zip_uint32_t>(mode) << 16);
    // The same files give the same bytes, so that an unchanged function is not deployed again.
    zip_file_set_mtime(archive_, position, 315532800, 0);
    // Quick compression: the archive goes to the machine it was made on.
    zip_set_file_compression(archive_, position, ZIP_CM_DEFLATE, 1);
    return true;
  }

  aws::Result<std::string> finish() {
    if (archive_ == nullptr || zip_close(archive_) != 0) {
      return template_error("The function's code could not be packed");
    }
    archive_ = nullptr;
    std::string bytes;
    zip_source_open(source_);
    zip_source_seek(source_, 0, SEEK_END);
    bytes.resize(static_cast<size_t>(zip_source_tell(source_)));
    zip_source_seek(source_, 0, SEEK_SET);
    zip_int64_t read = zip_source_read(source_, bytes.data(), bytes.size());
    zip_source_close(source_);
    if (read != static_cast<zip_int64_t>(bytes.size())) {
      return template_error("The function's code could not be packed");
    }
    return bytes;
  }

 private:
  zip_error_t error_;
  zip_source_t* source_ = nullptr;
  zip_t* archive_ = nullptr;
  std::deque<std::string> contents_;  // libzip reads them in place: they must not move
};

aws::Result<std::string> read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream contents;
  contents << file.rdbuf();
  if (!file) return template_error("Cannot read " + path.string());
  return contents.str();
}

bool is_left_out(const fs::path& relative) {
  for (const auto& part : relative) {
    if (part == ".git" || part == "__pycache__" || part == ".aws-sam") return true;
  }
  return false;
}

// Regular files below a folder, sorted, so that the archive does not depend on the file system.
std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  auto options = fs::directory_options::follow_directory_symlink |
                 fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator at(folder, options, error), end; at != end && !error;
       at.increment(error)) {
    // Links that lead back up would never end.
    if (at.depth() > 40) at.disable_recursion_pending();
    if (at->is_regular_file(error) && !is_left_out(fs::relative(at->path(), folder, error))) {
      files.push_back(at->path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::map<std::string, std::string> local_code_paths(const json& document) {
  std::map<std::string, std::string> paths;
  const json resources = document.value("Resources", json::object());
  for (const auto& [id, resource] : resources.items()) {
    if (!is_function(resource)) continue;
    const json properties = resource.value("Properties", json::object());
    const char* member = code_member(resource);
    std::string path;
    if (properties.contains(member)) {
      if (properties[member].is_string()) path = properties[member];
    } else if (resource["Type"] == "AWS::Serverless::Function" &&
               !properties.contains("InlineCode")) {
      path = global_code_uri(document);
    }
    if (!path.empty() && !is_remote(path)) paths[id] = path;
  }
  return paths;
}

aws::Result<std::string> zip_one_file(const std::string& name, const std::string& contents) {
  ZipWriter writer;
  if (!writer.add(name, contents, 0100644)) {
    return template_error("The function's code could not be packed");
  }
  return writer.finish();
}

aws::Result<std::string> zip_path(const fs::path& path) {
  std::error_code error;
  if (fs::is_regular_file(path, error)) {
    MILLRACE_TRY(auto contents, read_file(path));
    if (path.extension() == ".zip" || path.extension() == ".jar") return contents;
    return zip_one_file(path.filename().string(), contents);
  }
  if (!fs::is_directory(path, error)) {
    return template_error("There is no folder or file " + path.string() +
                          ", which the template names as a function's code");
  }
  ZipWriter writer;
  size_t total = 0;
  for (const auto& file : files_below(path)) {
    MILLRACE_TRY(auto contents, read_file(file));
    total += contents.size();
    if (total > limits::kCodeUnzippedBytesMax) {
      return template_error("The code in " + path.string() + " is larger than " +
                            std::to_string(limits::kCodeUnzippedBytesMax) + " bytes");
    }
    auto mode = 0100000u | static_cast<unsigned>(fs::status(file, error).permissions());
    if (!writer.add(fs::relative(file, path, error).generic_string(), std::move(contents), mode)) {
      return template_error("The code in " + path.string() + " could not be packed");
    }
  }
  if (total == 0) return template_error("There are no files in " + path.string());
  return writer.finish();
}

void mark_packaged_code(json& document, const std::map<std::string, std::string>& zips) {
  for (const auto& [id, path] : local_code_paths(document)) {
    if (zips.count(path) == 0) continue;
    json& resource = document["Resources"][id];
    const char* member = code_member(resource);
    std::string key = to_hex(path);
    if (std::string_view(member) == "CodeUri") {
      resource["Properties"][member] = "s3://" + std::string(kLocalBucket) + '/' + key;
    } else {
      resource["Properties"][member] = {{"S3Bucket", kLocalBucket}, {"S3Key", key}};
    }
  }
}

aws::Result<void> insert_packaged_code(json& document,
                                       const std::map<std::string, std::string>& zips) {
  if (!document.contains("Resources") || !document["Resources"].is_object()) return {};
  for (auto& [id, resource] : document["Resources"].items()) {
    if (!is_function(resource)) continue;
    json::json_pointer code("/Properties/Code");
    if (!resource.contains(code)) continue;
    if (resource[code].is_string()) {
      return template_error("Resource " + id + ": the code " + resource[code].dump() +
                            " came without its files");
    }
    if (resource[code].value("S3Bucket", json()) != kLocalBucket) continue;
    auto path = from_hex(resource[code].value("S3Key", ""));
    auto zip = path ? zips.find(*path) : zips.end();
    if (zip == zips.end()) {
      return template_error("Resource " + id + ": its code came without its files");
    }
    resource[code] = {
        {kPackagedCodeMember,
         {{"Sha256", to_base64(as_view(sha256(zip->second)))}, {"Zip", to_base64(zip->second)}}}};
  }
  return {};
}

std::string change_stamp(const fs::path& path) {
  std::string stamp;
  std::error_code error;
  auto add = [&](const fs::path& file) {
    stamp += file.string() + ':' + std::to_string(fs::file_size(file, error)) + ':' +
             std::to_string(fs::last_write_time(file, error).time_since_epoch().count()) + '\n';
  };
  if (fs::is_regular_file(path, error)) add(path);
  if (fs::is_directory(path, error)) {
    for (const auto& file : files_below(path)) add(file);
  }
  return to_hex(as_view(md5(stamp)));
}

}  // namespace millrace::cloudformation
