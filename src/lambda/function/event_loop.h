// One thread that waits for file descriptors (epoll) and calls their handlers: the sockets, pipes
// and exits of all function workers. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

namespace millrace::lambda {

class EventLoop {
 public:
  // `events` are EPOLLIN and the like.
  using Handler = std::function<void(uint32_t events)>;
  using Watch = uint64_t;  // 0 is none

  EventLoop();
  // Joins the thread.
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;

  // Calls `handler` on the loop's thread whenever one of `events` holds (level-triggered). The
  // caller keeps the descriptor open until unwatch(). 0 if the kernel refuses.
  Watch watch(int descriptor, uint32_t events, Handler handler);
  void change(Watch watch, int descriptor, uint32_t events);
  // The handler is not called again, except that a call which has begun goes on.
  void unwatch(Watch watch, int descriptor);

 private:
  void run();

  int epoll_ = -1;
  int wake_ = -1;
  std::mutex mutex_;
  std::unordered_map<Watch, std::shared_ptr<Handler>> handlers_;
  Watch next_watch_ = 1;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace millrace::lambda
