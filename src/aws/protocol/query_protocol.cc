#include "aws/protocol/query_protocol.h"

#include <nlohmann/json.hpp>

#include "aws/protocol/form.h"
#include "aws/protocol/xml.h"

namespace millrace::aws {
namespace {

using nlohmann::json;

HttpResponse xml_response(int status, const std::string& request_id, std::string body) {
  HttpResponse response;
  response.status = status;
  response.content_type = "text/xml";
  response.headers.emplace_back("x-amzn-RequestId", request_id);
  response.body = std::move(body);
  return response;
}

void open_document(std::string& out, std::string_view name, const Service& service) {
  out.append("<?xml version=\"1.0\"?>\n<").append(name);
  out.append(" xmlns=\"").append(service.xml_namespace).append("\">");
}

}  // namespace

Result<std::string> QueryProtocol::input(const Route& route, std::string) const {
  const auto& shapes = shapes_.find(route.service->name, route.operation);
  MILLRACE_TRY(json document, form_to_json(route.form, shapes.input));
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

HttpResponse QueryProtocol::output(const Route& route, const HttpRequest&,
                                   const std::string& request_id, Output output) const {
  json document = json::parse(output.body, nullptr, false);
  const auto& shapes = shapes_.find(route.service->name, route.operation);
  std::string xml;
  open_document(xml, route.operation + "Response", *route.service);
  // Clients look this element up before they look for members: it is there also when it is empty.
  xml.append("<").append(route.operation).append("Result>");
  if (document.is_object()) append_xml_members(xml, document, shapes.output);
  xml.append("</").append(route.operation).append("Result>");
  xml += "<ResponseMetadata>";
  append_xml_element(xml, "RequestId", request_id);
  xml += "</ResponseMetadata></" + route.operation + "Response>";
  HttpResponse response =
      xml_response(output.http_status != 0 ? output.http_status : 200, request_id, std::move(xml));
  for (auto& header : output.headers) response.headers.push_back(std::move(header));
  return response;
}

HttpResponse QueryProtocol::error(const Route& route, const HttpRequest&,
                                  const std::string& request_id, const ApiError& error) const {
  std::string xml;
  open_document(xml, "ErrorResponse", *route.service);
  xml += "<Error>";
  append_xml_element(xml, "Type", error.http_status < 500 ? "Sender" : "Receiver");
  append_xml_element(xml, "Code", query_error_code(*route.service, error.type));
  append_xml_element(xml, "Message", error.message);
  xml += "<Detail/></Error>";
  append_xml_element(xml, "RequestId", request_id);
  xml += "</ErrorResponse>";
  return xml_response(error.http_status, request_id, std::move(xml));
}

}  // namespace millrace::aws
