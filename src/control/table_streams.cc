#include "control/table_streams.h"

namespace millrace::control {

using dynamodb::stream::StreamPtr;

std::vector<StreamPtr> streams_of_table(const dynamodb::stream::StreamStore& streams,
                                        std::string_view table, std::string_view region,
                                        std::string_view account) {
  std::vector<StreamPtr> found = streams.list_all();
  std::erase_if(found, [&](const StreamPtr& stream) {
    return stream->table_name != table || (!region.empty() && stream->region != region) ||
           (!account.empty() && stream->account != account);
  });
  return found;
}

}  // namespace millrace::control
