// Function code as users upload it: zip archives, which come from outside and are not trusted.
#pragma once

#include <string>
#include <string_view>

#include "aws/api_error.h"
#include "base/limits.h"

namespace millrace::lambda {

// Writes the archive's files into `directory`, which must exist and be empty, with their modes.
// Blocks. On failure the directory's contents are undefined. Refuses, with AWS's errors
// (InvalidParameterValueException): what is not a zip, entries that would land outside the
// directory (also through a symbolic link), and more than limits::kCodeUnzippedBytesMax bytes in
// all.
aws::Result<void> unpack_zip(std::string_view archive, const std::string& directory,
                             size_t bytes_max = limits::kCodeUnzippedBytesMax);

}  // namespace millrace::lambda
