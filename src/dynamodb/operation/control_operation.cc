#include "dynamodb/operation/control_operation.h"

#include <nlohmann/json.hpp>

#include "dynamodb/operation/request_reader.h"
#include "dynamodb/operation/table_description.h"

namespace millrace::dynamodb::operation {
namespace {

aws::Output to_output(const nlohmann::json& document) {
  aws::Output output;
  output.body = document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return output;
}

}  // namespace

aws::OperationHandler control_operation(ControlFunction function) {
  return [function = std::move(function)](aws::ContextPtr context, std::string body,
                                          aws::Respond respond) {
    auto run = [&]() -> aws::Result<aws::Output> {
      MILLRACE_TRY(json::Document document, parse_request(body));
      MILLRACE_TRY(nlohmann::json answer, function(*context, document.root()));
      return to_output(answer);
    };
    respond(run());
  };
}

aws::OperationHandler later_operation(LaterFunction function) {
  return [function = std::move(function)](aws::ContextPtr context, std::string body,
                                          aws::Respond respond) {
    auto start = [&]() -> aws::Result<LaterWork> {
      MILLRACE_TRY(json::Document document, parse_request(body));
      return function(*context, document.root());
    };
    auto work = start();
    if (!work) return respond(Unexpected(std::move(work).error()));
    (*work)([respond = std::move(respond)](aws::Result<nlohmann::json> answer) mutable {
      if (!answer) return respond(Unexpected(std::move(answer).error()));
      respond(to_output(*answer));
    });
  };
}

aws::OperationHandler catalog_operation(const table::TableCatalog& catalog, ChangeFunction function,
                                        ChangeAnswer answer) {
  return [&catalog, answer, function = std::move(function)](
             aws::ContextPtr context, std::string body, aws::Respond respond) {
    auto start = [&]() -> aws::Result<CatalogChange> {
      MILLRACE_TRY(json::Document document, parse_request(body));
      return function(*context, document.root());
    };
    auto change = start();
    if (!change) {
      respond(Unexpected(std::move(change).error()));
      return;
    }
    (*change)([&catalog, answer,
               respond = std::move(respond)](aws::Result<table::TablePtr> table) mutable {
      if (!table) {
        respond(Unexpected(std::move(table).error()));
        return;
      }
      if (answer == ChangeAnswer::kNothing) return respond(aws::Output{});
      respond(to_output({{"TableDescription", answer == ChangeAnswer::kDeletedTable
                                                  ? describe_deleted(**table, catalog)
                                                  : describe(**table, catalog)}}));
    });
  };
}

aws::OperationHandler answered_operation(AnsweredChangeFunction function) {
  return [function = std::move(function)](aws::ContextPtr context, std::string body,
                                          aws::Respond respond) {
    auto start = [&]() -> aws::Result<AnsweredChange> {
      MILLRACE_TRY(json::Document document, parse_request(body));
      return function(*context, document.root());
    };
    auto change = start();
    if (!change) return respond(Unexpected(std::move(change).error()));
    change->change([answer = std::move(change->answer),
                    respond = std::move(respond)](aws::Result<table::TablePtr> table) mutable {
      if (!table) return respond(Unexpected(std::move(table).error()));
      aws::Output output;
      output.body = std::move(answer);
      respond(std::move(output));
    });
  };
}

}  // namespace millrace::dynamodb::operation
