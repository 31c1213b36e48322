#include "lambda/trigger/tumbling_window.h"

#include <nlohmann/json.hpp>

namespace millrace::lambda {

TumblingWindow window_at(Timestamp time, Duration length) {
  int64_t since_epoch = time.time_since_epoch().count();
  int64_t into = since_epoch % length.count();
  if (into < 0) into += length.count();
  Timestamp start = time - Duration(into);
  return {start, start + length};
}

void OpenWindow::take_state(std::string state) {
  call.state = std::move(state);
  call.is_terminated_early = call.state.size() > kWindowStateBytesMax;
}

std::string window_members(const WindowCall& call, std::string_view shard_id,
                           std::string_view stream_arn) {
  using nlohmann::json;
  auto flag = [](bool set) { return set ? "true" : "false"; };
  std::string text = R"(,"window":{"start":")" + to_iso8601(call.bounds.start, 0) + R"(","end":")" +
                     to_iso8601(call.bounds.end, 0) + R"("},"state":)" + call.state;
  text += R"(,"shardId":)" + json(shard_id).dump();
  text += R"(,"eventSourceARN":)" + json(stream_arn).dump();
  text += R"(,"isFinalInvokeForWindow":)";
  text += flag(call.is_final);
  text += R"(,"isWindowTerminatedEarly":)";
  text += flag(call.is_terminated_early);
  return text;
}

}  // namespace millrace::lambda
