#include "aws/admin_routes.h"

namespace millrace::aws {
namespace {

bool matches(const AdminRoutes::Route& route, std::string_view path) {
  return route.path.back() == '/' ? path.starts_with(route.path) : path == route.path;
}

}  // namespace

void AdminRoutes::add(std::string method, std::string path, AdminAccess access,
                      AdminHandler handler) {
  routes_.push_back({std::move(method), std::move(path), access, std::move(handler)});
}

const AdminRoutes::Route* AdminRoutes::find(std::string_view method, std::string_view path) const {
  const Route* best = nullptr;
  for (const Route& route : routes_) {
    if (route.method != method || !matches(route, path)) continue;
    if (best == nullptr || route.path.size() > best->path.size()) best = &route;
  }
  return best;
}

bool AdminRoutes::has_path(std::string_view path) const {
  for (const Route& route : routes_) {
    if (matches(route, path)) return true;
  }
  return false;
}

HttpResponse json_response(std::string body, int status) {
  HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.body = std::move(body);
  return response;
}

HttpResponse text_response(std::string body, int status) {
  HttpResponse response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(body);
  return response;
}

}  // namespace millrace::aws
