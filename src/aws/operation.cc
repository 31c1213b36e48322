#include "aws/operation.h"

#include <nlohmann/json.hpp>

#include "aws/json_text.h"
#include "base/log.h"

namespace millrace::aws {
namespace {

using nlohmann::json;

Result<json> parse_input(const RequestContext& context, const std::string& body) {
  if (is_nested_too_deeply(body)) {
    return api_error(400, "SerializationException", "The request body is nested too deeply");
  }
  json input = body.empty() ? json::object() : json::parse(body, nullptr, false);
  if (!input.is_object()) {
    return api_error(400, "SerializationException", "The request body is not a JSON object");
  }
  // They win over members of the body that have their names: a path says what is asked for.
  for (const auto& [name, value] : context.parameters) input[name] = value;
  return input;
}

Unexpected<ApiError> wrong_type(const RequestContext& context, const json::exception& exception) {
  log_debug("input member of a wrong type", {{"operation", context.operation},
                                             {"request", context.request_id},
                                             {"reason", exception.what()}});
  return api_error(400, "SerializationException", "A member of the input has a wrong type");
}

// Invalid UTF-8 inside strings is replaced rather than thrown over.
std::string dump(const json& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Output> to_output(Result<json> result) {
  MILLRACE_TRY(auto document, std::move(result));
  Output output;
  output.body = dump(document);
  return output;
}

}  // namespace

OperationHandler json_operation(JsonFunction function) {
  return [function = std::move(function)](ContextPtr context, std::string body, Respond respond) {
    auto run = [&]() -> Result<json> {
      MILLRACE_TRY(auto input, parse_input(*context, body));
      try {
        return function(*context, input);
      } catch (const json::exception& exception) {
        return wrong_type(*context, exception);
      }
    };
    respond(to_output(run()));
  };
}

OperationHandler async_json_operation(AsyncJsonFunction function) {
  return [function = std::move(function)](ContextPtr context, std::string body, Respond respond) {
    auto input = parse_input(*context, body);
    if (!input) {
      respond(Unexpected(std::move(input).error()));
      return;
    }
    // Shared, so that a function which throws before it took the answer over can still be answered.
    auto pending = std::make_shared<Respond>(std::move(respond));
    try {
      function(context, std::move(input).value(),
               [pending](Result<json> result) { (*pending)(to_output(std::move(result))); });
    } catch (const json::exception& exception) {
      (*pending)(wrong_type(*context, exception));
    }
  };
}

void OperationRegistry::add(std::string service, std::string operation, OperationHandler handler) {
  operations_[{std::move(service), std::move(operation)}] = std::move(handler);
}

const OperationHandler* OperationRegistry::find(std::string_view service,
                                                std::string_view operation) const {
  auto found = operations_.find(std::pair(std::string(service), std::string(operation)));
  return found == operations_.end() ? nullptr : &found->second;
}

void OperationRegistry::call(const RequestContext& context, std::string service,
                             std::string operation, const json& input, JsonRespond respond) const {
  const OperationHandler* handler = find(service, operation);
  if (handler == nullptr) {
    respond(api_error(400, "UnknownOperationException",
                      "There is no operation " + operation + " of " + service));
    return;
  }
  auto inner = std::make_shared<RequestContext>(context);
  inner->service = std::move(service);
  inner->operation = std::move(operation);
  inner->parameters.clear();
  (*handler)(inner, dump(input), [respond = std::move(respond)](Result<Output> result) mutable {
    if (!result) {
      respond(Unexpected(std::move(result).error()));
      return;
    }
    respond(json::parse(result->body, nullptr, false));
  });
}

std::vector<std::pair<std::string, std::string>> OperationRegistry::list() const {
  std::vector<std::pair<std::string, std::string>> names;
  for (const auto& [name, handler] : operations_) names.push_back(name);
  return names;
}

}  // namespace millrace::aws
