#include "server/http/response_head.h"

#include <ctime>

namespace millrace::server {
namespace {

std::string_view reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Payload Too Large";
    case 415:
      return "Unsupported Media Type";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    default:
      return "Status";
  }
}

// Formatting a date costs more than the rest of the head, and it changes once a second.
const std::string& http_date(Timestamp now) {
  thread_local int64_t formatted_second = -1;
  thread_local std::string text;
  int64_t second = to_unix_seconds(now);
  if (second != formatted_second) {
    std::time_t seconds = second;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char buffer[64];
    text.assign(buffer, strftime(buffer, sizeof buffer, "%a, %d %b %Y %H:%M:%S GMT", &parts));
    formatted_second = second;
  }
  return text;
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  out.append(value.substr(0, value.find_first_of("\r\n"))).append("\r\n");
}

}  // namespace

std::string response_head(const aws::HttpResponse& response, Timestamp now, bool keep_alive) {
  std::string head;
  head.reserve(320);
  head.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  head.append(reason(response.status)).append("\r\nServer: millrace\r\n");
  append_header(head, "Date", http_date(now));
  if (!response.content_type.empty()) append_header(head, "Content-Type", response.content_type);
  for (const auto& [name, value] : response.headers) append_header(head, name, value);
  if (response.status != 204 && response.status != 304) {
    append_header(head, "Content-Length", std::to_string(response.body.size()));
  }
  head.append(keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
  return head;
}

}  // namespace millrace::server
