#include "lambda/function/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/log.h"

namespace millrace::lambda {
namespace {
constexpr uint64_t kWakeToken = 0;
}

EventLoop::EventLoop() {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kWakeToken;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event);
  thread_ = std::thread([this] { run(); });
}

EventLoop::~EventLoop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  uint64_t one = 1;
  if (write(wake_, &one, sizeof one) < 0) log_error("event loop not woken");
  thread_.join();
  close(wake_);
  close(epoll_);
}

EventLoop::Watch EventLoop::watch(int descriptor, uint32_t events, Handler handler) {
  std::lock_guard lock(mutex_);
  Watch watch = next_watch_++;
  handlers_[watch] = std::make_shared<Handler>(std::move(handler));
  epoll_event event{};
  event.events = events;
  event.data.u64 = watch;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) < 0) {
    log_error("descriptor not watched", {{"reason", strerror(errno)}});
    handlers_.erase(watch);
    return 0;
  }
  return watch;
}

void EventLoop::change(Watch watch, int descriptor, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = watch;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event);
}

void EventLoop::unwatch(Watch watch, int descriptor) {
  std::lock_guard lock(mutex_);
  if (handlers_.erase(watch) == 0) return;
  epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
}

void EventLoop::run() {
  std::array<epoll_event, 64> ready;
  for (;;) {
    int count = epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), -1);
    for (int i = 0; i < count; ++i) {
      std::shared_ptr<Handler> handler;
      {
        std::lock_guard lock(mutex_);
        if (stopping_) return;
        auto found = handlers_.find(ready[i].data.u64);
        if (found != handlers_.end()) handler = found->second;
      }
      if (handler) (*handler)(ready[i].events);
    }
  }
}

}  // namespace millrace::lambda
