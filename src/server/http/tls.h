// TLS for the server's connections: TLS 1.2 and later, HTTP/1.1 inside. Internal to the HTTP
// server: includes Boost.Asio.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "base/result.h"

namespace millrace::server {

// With the certificate chain and the private key of two PEM files. Thread-safe once made. The error
// is one sentence for the user.
Result<std::unique_ptr<boost::asio::ssl::context>, std::string> load_tls_context(
    const std::string& certificate_file, const std::string& key_file);

}  // namespace millrace::server
