#include "server/http/tls.h"

#include <string_view>

namespace millrace::server {
namespace ssl = boost::asio::ssl;
using boost::system::error_code;

namespace {

// ALPN's list holds names that each begin with their length. A client that offers other protocols
// only is answered as one that offers none.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
  constexpr std::string_view kHttp1 = "http/1.1";
  for (unsigned int at = 0; at < offered_size; at += offered[at] + 1u) {
    if (at + 1u + offered[at] > offered_size) break;
    std::string_view name(reinterpret_cast<const char*>(offered) + at + 1, offered[at]);
    if (name != kHttp1) continue;
    *chosen = offered + at + 1;
    *chosen_size = offered[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

Result<std::unique_ptr<ssl::context>, std::string> load_tls_context(
    const std::string& certificate_file, const std::string& key_file) {
  auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
  error_code error;
  context->use_certificate_chain_file(certificate_file, error);
  if (error) {
    return Unexpected("Can not use the certificate in " + certificate_file + ": " +
                      error.message() + ". It must be a PEM file.");
  }
  context->use_private_key_file(key_file, ssl::context::pem, error);
  if (error || SSL_CTX_check_private_key(native) != 1) {
    return Unexpected("Can not use the private key in " + key_file + " with the certificate in " +
                      certificate_file + ". It must be its key, in a PEM file without password.");
  }
  return context;
}

}  // namespace millrace::server
