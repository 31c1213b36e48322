// What has gone wrong underneath, in words for the operator: RocksDB's, and what to do about it.
#pragma once

#include <rocksdb/status.h>

#include <string>

namespace millrace::engine::rocks {

std::string describe_failure(const ::rocksdb::Status& status);

}  // namespace millrace::engine::rocks
