// Bytes of a connection to one HttpRequest. Internal to the HTTP server: includes Boost.Beast.
#pragma once

#include <atomic>
#include <boost/beast/http/basic_parser.hpp>
#include <string_view>

#include "aws/http_message.h"

namespace millrace::server {

// Body bytes of all requests being received or handled. Thread-safe.
class BodyBudget {
 public:
  explicit BodyBudget(size_t bytes_max) : bytes_max_(bytes_max) {}
  bool take(size_t bytes) {
    if (used_.fetch_add(bytes) + bytes <= bytes_max_) return true;
    used_.fetch_sub(bytes);
    return false;
  }
  void give_back(size_t bytes) { used_.fetch_sub(bytes); }

 private:
  const size_t bytes_max_;
  std::atomic<size_t> used_{0};
};

// Parses one request. put() takes bytes in any pieces; see basic_parser for its results.
class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  using error_code = boost::beast::error_code;
  using BodyLimit = std::function<size_t(const aws::HttpRequest& head)>;

  RequestParser(size_t header_bytes_max, const BodyLimit& body_limit, BodyBudget& budget);
  ~RequestParser() override;

  aws::HttpRequest& request() { return request_; }
  // After an error: what to answer.
  int rejection_status() const { return rejection_status_; }
  bool expects_continue() const { return expects_continue_; }

 private:
  using string_view = boost::beast::string_view;
  using field = boost::beast::http::field;
  using verb = boost::beast::http::verb;
  void on_request_impl(verb method, string_view method_text, string_view target, int version,
                       error_code& error) override;
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(field name, string_view name_text, string_view value,
                     error_code& error) override;
  void on_header_impl(error_code& error) override;
  void on_body_init_impl(boost::optional<uint64_t> const& size, error_code& error) override;
  size_t on_body_impl(string_view bytes, error_code& error) override;
  void on_chunk_header_impl(uint64_t size, string_view extensions, error_code& error) override;
  size_t on_chunk_body_impl(uint64_t left, string_view bytes, error_code& error) override;
  void on_finish_impl(error_code& error) override;

  bool reserve(size_t bytes, error_code& error);

  aws::HttpRequest request_;
  const BodyLimit& body_limit_;
  BodyBudget& budget_;
  size_t body_bytes_max_ = 0;
  size_t reserved_ = 0;
  int rejection_status_ = 400;
  bool expects_continue_ = false;
};

}  // namespace millrace::server
