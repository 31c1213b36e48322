#include "cli/http_client.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cstdlib>

#include "base/encoding.h"

namespace millrace::cli {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace ssl = boost::asio::ssl;
using boost::asio::ip::tcp;

struct Address {
  std::string host;
  std::string port;
  bool is_encrypted = false;
};

Result<Address, std::string> parse_endpoint(std::string_view endpoint) {
  constexpr std::string_view kPlain = "http://", kEncrypted = "https://";
  bool is_encrypted = endpoint.starts_with(kEncrypted);
  if (!is_encrypted && !endpoint.starts_with(kPlain)) {
    return Unexpected(
        "The endpoint must be of the form http://HOST:PORT or https://HOST:PORT, not '" +
        std::string(endpoint) + "'.");
  }
  endpoint.remove_prefix(is_encrypted ? kEncrypted.size() : kPlain.size());
  endpoint = endpoint.substr(0, endpoint.find('/'));
  size_t colon = endpoint.rfind(':');
  if (colon == std::string_view::npos) {
    return Address{std::string(endpoint), is_encrypted ? "443" : "80", is_encrypted};
  }
  return Address{std::string(endpoint.substr(0, colon)), std::string(endpoint.substr(colon + 1)),
                 is_encrypted};
}

// Sends the request and reads the answer on a stream that is ready for it.
template <class Stream>
void exchange(Stream& stream, const http::request<http::string_body>& request,
              http::response_parser<http::string_body>& parser, beast::error_code& error) {
  http::write(stream, request, error);
  beast::flat_buffer buffer;
  if (!error) http::read(stream, buffer, parser, error);
}

// The authorities that the system trusts, or those of the file that AWS_CA_BUNDLE names, as other
// clients of AWS have it.
void exchange_encrypted(tcp::socket& socket, const std::string& host,
                        const http::request<http::string_body>& request,
                        http::response_parser<http::string_body>& parser,
                        beast::error_code& error) {
  ssl::context context(ssl::context::tls_client);
  const char* bundle = std::getenv("AWS_CA_BUNDLE");
  if (bundle != nullptr && *bundle != 0) {
    context.load_verify_file(bundle, error);
  } else {
    context.set_default_verify_paths(error);
  }
  if (error) return;
  ssl::stream<tcp::socket&> stream(socket, context);
  SSL_set_tlsext_host_name(stream.native_handle(), host.c_str());
  stream.set_verify_mode(ssl::verify_peer);
  stream.set_verify_callback(ssl::host_name_verification(host));
  stream.handshake(ssl::stream_base::client, error);
  if (!error) exchange(stream, request, parser, error);
}

// What a server with access keys asks for on its own paths; others do not look at it. Empty without
// keys in the environment.
std::string basic_credentials() {
  const char* id = std::getenv("AWS_ACCESS_KEY_ID");
  const char* secret = std::getenv("AWS_SECRET_ACCESS_KEY");
  if (id == nullptr || secret == nullptr) return "";
  return "Basic " + to_base64(std::string(id) + ':' + secret);
}

}  // namespace

std::string default_endpoint() {
  const char* variable = std::getenv("AWS_ENDPOINT_URL");
  return variable != nullptr && *variable != 0 ? variable : "http://127.0.0.1:4566";
}

Result<HttpAnswer, std::string> http_request(std::string_view endpoint, std::string_view method,
                                             std::string_view target, std::string body) {
  MILLRACE_TRY(auto address, parse_endpoint(endpoint));
  boost::asio::io_context context;
  beast::error_code error;
  tcp::resolver resolver(context);
  auto found = resolver.resolve(address.host, address.port, error);
  tcp::socket socket(context);
  if (!error) boost::asio::connect(socket, found, error);
  if (error) {
    return Unexpected("No server answers at " + std::string(endpoint) + " (" + error.message() +
                      "). Start one with `millrace serve`, or name it with --endpoint or "
                      "AWS_ENDPOINT_URL.");
  }
  http::request<http::string_body> request;
  request.method_string(method);
  request.target(target);
  request.version(11);
  request.set(http::field::host, address.host + ':' + address.port);
  request.set(http::field::content_type, "application/json");
  request.set(http::field::connection, "close");
  std::string credentials = basic_credentials();
  if (!credentials.empty()) request.set(http::field::authorization, credentials);
  request.body() = std::move(body);
  request.prepare_payload();
  http::response_parser<http::string_body> parser;
  parser.body_limit(256 * 1024 * 1024);
  if (address.is_encrypted) {
    exchange_encrypted(socket, address.host, request, parser, error);
  } else {
    exchange(socket, request, parser, error);
  }
  if (error && error != http::error::end_of_stream) {
    return Unexpected("The server at " + std::string(endpoint) + " ended the connection (" +
                      error.message() + ").");
  }
  return HttpAnswer{static_cast<int>(parser.get().result_int()), std::move(parser.get().body())};
}

}  // namespace millrace::cli
