// The server's own HTTP paths, beside those of AWS: health, metrics, and what services add for
// operators and tests ("/_millrace/..."). Filled while the server is wired, read-only afterwards.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/http_message.h"

namespace millrace::aws {

// Runs on an I/O thread: must not block.
using AdminHandler = std::function<void(const HttpRequest& request, HttpRespond respond)>;

enum class AdminAccess {
  kOpen,        // anyone: says nothing that a stranger must not know
  kCredentials  // when the server checks signatures: signed, or HTTP Basic with an access key
};

class AdminRoutes {
 public:
  // A path that ends in '/' stands for all paths below it, unless a longer route matches.
  void add(std::string method, std::string path, AdminAccess access, AdminHandler handler);

  struct Route {
    std::string method;
    std::string path;
    AdminAccess access;
    AdminHandler handler;
  };
  // Null if there is none.
  const Route* find(std::string_view method, std::string_view path) const;
  // Whether some method has this path.
  bool has_path(std::string_view path) const;

 private:
  std::vector<Route> routes_;
};

HttpResponse json_response(std::string body, int status = 200);
HttpResponse text_response(std::string body, int status = 200);

}  // namespace millrace::aws
