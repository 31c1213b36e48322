#include "engine/rocksdb/failure.h"

namespace millrace::engine::rocks {

std::string describe_failure(const ::rocksdb::Status& status) {
  std::string text = status.ToString();
  // Only the system's words are kept of some.
  auto says = [&text](const char* words) { return text.find(words) != std::string::npos; };
  if (status.IsNoSpace() || says("No space left on device") || says("Disk quota exceeded")) {
    return text +
           ". The disk is full: make room and start the server again; it has everything that it "
           "acknowledged";
  }
  if (says("Too many open files")) {
    return text +
           ". This process may not open more files: raise the limit (ulimit -n) and start the "
           "server again; it has everything that it acknowledged";
  }
  if (status.IsCorruption()) {
    return text + ". The disk has damaged this file: restore the data directory from a copy";
  }
  return text;
}

}  // namespace millrace::engine::rocks
