#include "lambda/operation/function/code_links.h"

#include "base/encoding.h"
#include "base/log.h"

namespace millrace::lambda::operation {
namespace {

constexpr std::string_view kPath = "/_millrace/function-code/";
constexpr std::chrono::minutes kLifetime{10};
constexpr int kKeyDigits = 64;

}  // namespace

CodeLinks::CodeLinks(Random& random, const Clock& clock)
    : key_(random.hex(kKeyDigits)), clock_(clock) {}

std::string CodeLinks::make(std::string_view host, const std::string& sha256) const {
  std::string digest = to_hex(from_base64(sha256).value_or(""));
  std::string expires = std::to_string(to_unix_seconds(clock_.now() + kLifetime));
  return "http://" + std::string(host) + std::string(kPath) + digest + "?expires=" + expires +
         "&signature=" + signature(digest, expires);
}

std::string CodeLinks::open(const aws::HttpRequest& request) const {
  std::string_view digest = request.path().substr(kPath.size());
  aws::NameValues query = aws::parse_name_values(request.query(), false);
  std::string expires = aws::find_value(query, "expires").value_or("");
  std::string given = aws::find_value(query, "signature").value_or("");
  if (!equal_constant_time(given, signature(digest, expires))) return "";
  // The signature says that the number is ours.
  if (std::stoll(expires) < to_unix_seconds(clock_.now())) return "";
  return to_base64(from_hex(digest).value_or(""));
}

std::string CodeLinks::signature(std::string_view digest, std::string_view expires) const {
  std::string text = std::string(digest) + ' ' + std::string(expires);
  return to_hex(as_view(hmac_sha256(key_, text)));
}

void add_code_route(aws::AdminRoutes& routes, const CodeLinks& links, CodeStore& code,
                    Executor& workers) {
  auto serve = [&links, &code, &workers](const aws::HttpRequest& request,
                                         aws::HttpRespond respond) {
    std::string sha256 = links.open(request);
    if (sha256.empty()) {
      return respond(aws::json_response(R"({"message":"The link is not valid any more"})", 403));
    }
    workers.post([&code, sha256, respond = std::move(respond)]() mutable {
      auto archive = code.read(sha256);
      if (!archive) {
        log_warning("function code not read",
                    {{"code", sha256}, {"reason", archive.error().message}});
        return respond(aws::json_response(R"({"message":"The code is gone"})", 404));
      }
      aws::HttpResponse response;
      response.content_type = "application/zip";
      response.body = *std::move(archive);
      respond(std::move(response));
    });
  };
  // Not for those with credentials only: the link itself is one.
  routes.add("GET", std::string(kPath), aws::AdminAccess::kOpen, serve);
}

}  // namespace millrace::lambda::operation
