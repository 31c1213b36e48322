#include "server/http/http_server.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace millrace::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::seconds;

class Client {
 public:
  explicit Client(uint16_t port) {
    socket_.connect(tcp::endpoint(asio::ip::make_address("127.0.0.1"), port));
  }
  void send(std::string_view text) { asio::write(socket_, asio::buffer(text)); }
  // The next response, whose body ends with '.'.
  std::string receive() {
    size_t size = asio::read_until(socket_, asio::dynamic_buffer(received_), "\r\n\r\n");
    std::string response = received_.substr(0, size);
    received_.erase(0, size);
    if (response.find("Content-Length: 0\r\n") == std::string::npos) {
      size = asio::read_until(socket_, asio::dynamic_buffer(received_), '.');
      response += received_.substr(0, size);
      received_.erase(0, size);
    }
    return response;
  }
  void close() { socket_.close(); }
  // What comes until the server closes.
  std::string receive_all() {
    boost::system::error_code error;
    asio::read(socket_, asio::dynamic_buffer(received_), error);
    return std::move(received_);
  }

 private:
  asio::io_context context_;
  tcp::socket socket_{context_};
  std::string received_;
};

// The time of the sockets stands still until a test moves it.
class HttpServerTest : public ::testing::Test {
 protected:
  HttpServerTest() {
    options_.port = 0;
    options_.threads = 1;
    options_.body_bytes_max = [](const aws::HttpRequest&) { return size_t{1000}; };
    options_.timeout_check_interval = std::chrono::milliseconds(1);
    options_.stopwatch = [this] {
      std::lock_guard lock(mutex_);
      ++looks_;
      looked_.notify_all();
      return now_;
    };
  }
  ~HttpServerTest() override { stop(); }

  Client& connect() {
    clients_.push_back(std::make_unique<Client>(server_->port()));
    return *clients_.back();
  }
  void start() {
    auto handler = [this](aws::HttpRequest request, aws::HttpRespond respond) {
      if (request.path() == "/held") {
        std::lock_guard lock(mutex_);
        held_ = std::move(respond);
        looked_.notify_all();
        return;
      }
      aws::HttpResponse response;
      response.body = request.method + ' ' + request.body + '.';
      respond(std::move(response));
    };
    server_ = std::make_unique<HttpServer>(options_, handler, clock_);
    ASSERT_TRUE(server_->start());
  }
  void stop() {
    if (server_ != nullptr) server_->stop(std::chrono::milliseconds(0));
    server_.reset();
  }
  // Lets the server's one thread come round, so that it has seen whatever was sent or is due.
  void settle() {
    std::unique_lock lock(mutex_);
    int enough = looks_ + 20;
    looked_.wait(lock, [&] { return looks_ >= enough; });
  }
  // Also says how many connections are left afterwards.
  int after(seconds time) {
    settle();
    {
      std::lock_guard lock(mutex_);
      now_ += time;
    }
    settle();
    return server_->connections();
  }
  aws::HttpRespond take_held() {
    std::unique_lock lock(mutex_);
    looked_.wait(lock, [&] { return static_cast<bool>(held_); });
    return std::move(held_);
  }

  HttpServerOptions options_;
  ManualClock clock_;
  std::mutex mutex_;
  std::condition_variable looked_;
  int looks_ = 0;
  std::chrono::steady_clock::time_point now_{seconds(1000)};
  aws::HttpRespond held_;
  std::unique_ptr<HttpServer> server_;
  std::vector<std::unique_ptr<Client>> clients_;
};

TEST_F(HttpServerTest, AnswersAndDatesByTheServersClock) {
  start();
  Client& client = connect();
  client.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab");
  std::string response = client.receive();
  EXPECT_TRUE(response.starts_with("HTTP/1.1 200 OK\r\n")) << response;
  EXPECT_NE(response.find("Date: Tue, 14 Nov 2023 22:13:20 GMT\r\n"), std::string::npos);
  EXPECT_TRUE(response.ends_with("POST ab."));
}

TEST_F(HttpServerTest, ASlowHeadIsCutOffHoweverOftenAByteComes) {
  start();
  Client& client = connect();
  client.send("GET / HTTP/1.1\r\nHo");
  EXPECT_EQ(after(seconds(20)), 1);
  client.send("s");
  EXPECT_EQ(after(seconds(10)), 1);
  client.send("t");
  EXPECT_EQ(after(seconds(1)), 0);
  EXPECT_EQ(client.receive_all(), "");
}

TEST_F(HttpServerTest, ASlowHeadAfterOtherRequestsIsCutOffToo) {
  start();
  Client& client = connect();
  client.send("GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nHo");
  client.receive();
  EXPECT_EQ(after(seconds(30)), 1);
  EXPECT_EQ(after(seconds(1)), 0);
}

TEST_F(HttpServerTest, ABodyMayBeSlowAsLongAsItComes) {
  start();
  Client& client = connect();
  client.send("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(after(seconds(20)), 1);
  client.send("a");
  EXPECT_EQ(after(seconds(20)), 1);
  client.send("b");
  EXPECT_EQ(after(seconds(30)), 1);
  EXPECT_EQ(after(seconds(1)), 0);
}

TEST_F(HttpServerTest, IdleConnectionsAreKeptForTwoMinutes) {
  start();
  Client& client = connect();
  client.send("GET / HTTP/1.1\r\n\r\n");
  client.receive();
  EXPECT_EQ(after(seconds(120)), 1);
  client.send("GET / HTTP/1.1\r\n\r\n");
  client.receive();
  EXPECT_EQ(after(seconds(120)), 1);
  EXPECT_EQ(after(seconds(1)), 0);
}

TEST_F(HttpServerTest, WhoWaitsForAnAnswerIsNotTimedOut) {
  start();
  Client& client = connect();
  client.send("GET /held HTTP/1.1\r\n\r\n");
  aws::HttpRespond respond = take_held();
  EXPECT_EQ(after(seconds(900)), 1);
  respond(aws::HttpResponse{});
  EXPECT_TRUE(client.receive().starts_with("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, AnswersAfterTheEndGoNowhere) {
  start();
  Client& client = connect();
  client.send("GET /held HTTP/1.1\r\n\r\n");
  aws::HttpRespond respond = take_held();
  stop();
  EXPECT_EQ(client.receive_all(), "");
  respond(aws::HttpResponse{});
}

TEST_F(HttpServerTest, StoppingWaitsForAnswersButNotForClientsThatStay) {
  start();
  Client& idle = connect();
  idle.send("GET / HTTP/1.1\r\n\r\n");
  idle.receive();
  Client& answered = connect();
  answered.send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
  answered.receive();
  settle();
  Client& waiting = connect();
  waiting.send("GET /held HTTP/1.1\r\n\r\n");
  aws::HttpRespond respond = take_held();
  std::thread stopping([&] { server_->stop(std::chrono::hours(1)); });
  EXPECT_EQ(idle.receive_all(), "");  // so the server has begun to stop
  respond(aws::HttpResponse{});
  EXPECT_TRUE(waiting.receive().starts_with("HTTP/1.1 200"));
  waiting.close();
  stopping.join();
  EXPECT_EQ(server_->connections(), 0);
}

TEST_F(HttpServerTest, TooManyConnectionsAreClosed) {
  options_.connections_max = 1;
  start();
  Client& first = connect();
  first.send("GET / HTTP/1.1\r\n\r\n");
  first.receive();
  EXPECT_EQ(connect().receive_all(), "");
  first.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(first.receive().starts_with("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, AllBodiesTogetherHaveABound) {
  options_.total_body_bytes_max = 1500;
  start();
  Client& first = connect();
  first.send("POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n");
  settle();
  Client& second = connect();
  second.send("POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n");
  EXPECT_TRUE(second.receive_all().starts_with("HTTP/1.1 503"));
  first.send(std::string(1000, 'x'));
  EXPECT_TRUE(first.receive().starts_with("HTTP/1.1 200"));
  Client& third = connect();
  third.send("POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x'));
  EXPECT_TRUE(third.receive().starts_with("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, HeaderValuesCannotSplitTheResponse) {
  start();
  Client& client = connect();
  client.send("GET /held HTTP/1.1\r\n\r\n");
  aws::HttpResponse response;
  response.headers.emplace_back("X-Name", "value\r\nX-Evil: 1");
  take_held()(std::move(response));
  std::string head = client.receive();
  EXPECT_NE(head.find("X-Name: value\r\n"), std::string::npos);
  EXPECT_EQ(head.find("X-Evil"), std::string::npos);
}

}  // namespace
}  // namespace millrace::server
