// Function code beside a template: found, packed and put into the deployment, so that templates
// deploy as they are. The SAM CLI and `aws cloudformation package` upload code to S3 at this point.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cloudformation/template.h"

namespace millrace::cloudformation {

// Takes the place of a local path in AWS::Lambda::Function's Code: an object of "Sha256" and "Zip",
// both in base64.
inline constexpr const char* kPackagedCodeMember = "MillracePackaged";

// The local path of each function's code, by logical id of the (serverless or plain) function.
// `document` is the template before transforms. Paths are relative to the template's folder.
std::map<std::string, std::string> local_code_paths(const json& document);

// A zip of a folder's contents, or of one file; a .zip file is taken as it is. Errors: no such
// path, unreadable files, larger than Lambda allows.
aws::Result<std::string> zip_path(const std::filesystem::path& path);
aws::Result<std::string> zip_one_file(const std::string& name, const std::string& contents);

// Puts packed code (zip bytes by local path) into a template, so that it deploys without the files:
// before the transform as an S3 location that the translator passes through, afterwards as
// kPackagedCodeMember. `zips` is keyed by the path as the template writes it.
void mark_packaged_code(json& document, const std::map<std::string, std::string>& zips);
aws::Result<void> insert_packaged_code(json& document,
                                       const std::map<std::string, std::string>& zips);

// A value that changes when any file below the path does: names, sizes and modification times.
std::string change_stamp(const std::filesystem::path& path);

}  // namespace millrace::cloudformation
