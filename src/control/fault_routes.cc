#include "control/fault_routes.h"

#include <memory>
#include <utility>

#include "control/fault_request.h"

namespace millrace::control {
namespace {

// As the fault stands now.
aws::HttpResponse describe(const FaultPlan& plan, uint64_t number) {
  for (const auto& description : plan.list()) {
    if (description.number == number) return json_answer(describe_fault(description));
  }
  return error_answer("All faults have been ended meanwhile.", 409);
}

aws::HttpResponse list(const FaultPlan& plan) {
  json rows = json::array();
  for (const auto& description : plan.list()) rows.push_back(describe_fault(description));
  return json_answer({{"faults", std::move(rows)}});
}

// Rotates or splits one time after another, and answers after the last or at the first error.
class Reshaping : public std::enable_shared_from_this<Reshaping> {
 public:
  Reshaping(FaultPlan& plan, const FaultActions& actions, uint64_t number, Fault fault,
            aws::HttpRespond respond)
      : plan_(plan),
        reshape_(actions.reshape),
        number_(number),
        fault_(std::move(fault)),
        respond_(std::move(respond)) {}

  void next() {
    while (tried_ < fault_.count) {
      ++tried_;
      if (!plan_.happens(number_)) continue;
      return reshape_(fault_.table_name, std::string(to_string(fault_.kind)),
                      [self = shared_from_this()](aws::HttpResponse answer) {
                        if (answer.status >= 400) return self->respond_(std::move(answer));
                        self->next();
                      });
    }
    respond_(describe(plan_, number_));
  }

 private:
  FaultPlan& plan_;
  const decltype(FaultActions::reshape) reshape_;
  const uint64_t number_;
  const Fault fault_;
  aws::HttpRespond respond_;
  uint64_t tried_ = 0;
};

void add_fault(FaultPlan& plan, const FaultActions& actions, const std::string& body,
               aws::HttpRespond respond) {
  auto fault = parse_fault(body);
  if (!fault) return respond(error_answer(fault.error()));
  auto number = plan.add(*fault);
  if (!number) {
    return respond(error_answer("There are " + std::to_string(FaultPlan::kFaultsMax) +
                                " faults already. DELETE /_millrace/faults ends all."));
  }
  if (fault->kind == FaultKind::kRotate || fault->kind == FaultKind::kSplit) {
    return std::make_shared<Reshaping>(plan, actions, *number, *fault, std::move(respond))->next();
  }
  if (fault->kind == FaultKind::kExpireIterators && plan.happens(*number)) {
    actions.expire_iterators();
  }
  respond(describe(plan, *number));
}

}  // namespace

void add_fault_routes(aws::AdminRoutes& routes, FaultPlan& plan, FaultActions actions) {
  constexpr auto kAccess = aws::AdminAccess::kCredentials;
  constexpr const char* kPath = "/_millrace/faults";
  routes.add("POST", kPath, kAccess,
             [&plan, actions = std::move(actions)](const aws::HttpRequest& request,
                                                   aws::HttpRespond respond) {
               add_fault(plan, actions, request.body, std::move(respond));
             });
  routes.add("GET", kPath, kAccess,
             [&plan](const aws::HttpRequest&, aws::HttpRespond respond) { respond(list(plan)); });
  routes.add("DELETE", kPath, kAccess, [&plan](const aws::HttpRequest&, aws::HttpRespond respond) {
    plan.clear();
    respond(list(plan));
  });
}

}  // namespace millrace::control
