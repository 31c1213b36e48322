#include "server/http/request_parser.h"

#include <boost/beast/http/error.hpp>

namespace millrace::server {
namespace http = boost::beast::http;

namespace {
std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}
}  // namespace

RequestParser::RequestParser(size_t header_bytes_max, const BodyLimit& body_limit,
                             BodyBudget& budget)
    : body_limit_(body_limit), budget_(budget) {
  this->header_limit(static_cast<uint32_t>(header_bytes_max));
  this->body_limit(boost::none);  // depends on the request, so it is checked here
  this->eager(true);
}

RequestParser::~RequestParser() {
  budget_.give_back(reserved_);
}

void RequestParser::on_request_impl(verb, string_view method_text, string_view target, int,
                                    error_code&) {
  request_.method = view(method_text);
  request_.target = view(target);
}

void RequestParser::on_field_impl(field name, string_view name_text, string_view value,
                                  error_code& error) {
  // Trailers come after all that is decided by headers.
  if (is_header_done()) return;
  if (name == field::transfer_encoding && !aws::equal_ignoring_case(view(value), "chunked")) {
    // Nobody could tell where such a body ends.
    error = http::error::bad_transfer_encoding;
    return;
  }
  request_.add_header(view(name_text), view(value));
  if (name == field::expect && aws::equal_ignoring_case(view(value), "100-continue")) {
    expects_continue_ = true;
  }
}

void RequestParser::on_header_impl(error_code& error) {
  body_bytes_max_ = body_limit_(request_);
  if (auto size = content_length()) reserve(*size, error);
}

void RequestParser::on_body_init_impl(boost::optional<uint64_t> const& size, error_code&) {
  if (size) request_.body.reserve(*size);
}

// Takes room for body bytes before they come.
bool RequestParser::reserve(size_t bytes, error_code& error) {
  if (bytes > body_bytes_max_ || reserved_ > body_bytes_max_ - bytes) {
    rejection_status_ = 413;
    error = http::error::body_limit;
    return false;
  }
  if (!budget_.take(bytes)) {
    rejection_status_ = 503;
    error = http::error::body_limit;
    return false;
  }
  reserved_ += bytes;
  return true;
}

size_t RequestParser::on_body_impl(string_view bytes, error_code&) {
  request_.body.append(bytes.data(), bytes.size());
  return bytes.size();
}

void RequestParser::on_chunk_header_impl(uint64_t size, string_view, error_code& error) {
  reserve(size, error);
}

size_t RequestParser::on_chunk_body_impl(uint64_t, string_view bytes, error_code&) {
  request_.body.append(bytes.data(), bytes.size());
  return bytes.size();
}

void RequestParser::on_finish_impl(error_code&) {}

}  // namespace millrace::server
