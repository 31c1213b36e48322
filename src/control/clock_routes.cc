#include "control/clock_routes.h"

#include <cmath>

#include "control/control_request.h"

namespace millrace::control {
namespace {

// Dates of four digits, so that every answer has the form that clients parse.
constexpr Timestamp kEarliest = Timestamp(std::chrono::seconds(0));
constexpr Timestamp kLatest = Timestamp(std::chrono::seconds(253402300799));  // end of year 9999

struct ClockChange {
  std::optional<bool> freeze;
  std::optional<Timestamp> set;
  Duration advance{0};
};

Result<void> check_time(Timestamp time) {
  if (time >= kEarliest && time <= kLatest) return {};
  return Unexpected(std::string("The clock can be set to the years 1970 to 9999."));
}

Result<ClockChange> parse_change(const std::string& body, Timestamp now) {
  MILLRACE_TRY(json input, parse_object(body));
  MILLRACE_CHECK_OK(check_members(input, {"advanceSeconds", "set", "freeze"}));
  if (input.empty()) {
    return Unexpected(
        std::string("Give advanceSeconds (a number), set (a time as in 2030-01-01T00:00:00Z) or "
                    "freeze (true or false)."));
  }
  ClockChange change;
  MILLRACE_TRY(change.freeze, bool_member(input, "freeze"));
  MILLRACE_TRY(auto set, text_member(input, "set"));
  if (set) {
    change.set = parse_iso8601(*set);
    if (!change.set) {
      return Unexpected("set must be a time as in 2030-01-01T00:00:00Z; not '" + *set + "'.");
    }
    now = *change.set;
    MILLRACE_CHECK_OK(check_time(now));
  }
  MILLRACE_TRY(auto seconds, number_member(input, "advanceSeconds"));
  if (seconds) {
    if (*seconds < 0) {
      return Unexpected(std::string("advanceSeconds can not be negative; use set to go back."));
    }
    if (*seconds > 1e12) return Unexpected(check_time(kLatest + Duration(1)).error());
    change.advance = Duration(std::llround(*seconds * 1e6));
    MILLRACE_CHECK_OK(check_time(now + change.advance));
  }
  return change;
}

aws::HttpResponse describe(const ServerClock& clock) {
  return json_answer({{"now", to_iso8601(clock.now(), 6)}, {"frozen", clock.is_frozen()}});
}

}  // namespace

void add_clock_routes(aws::AdminRoutes& routes, ServerClock& clock) {
  routes.add(
      "GET", "/_millrace/clock", aws::AdminAccess::kCredentials,
      [&clock](const aws::HttpRequest&, aws::HttpRespond respond) { respond(describe(clock)); });
  routes.add("POST", "/_millrace/clock", aws::AdminAccess::kCredentials,
             [&clock](const aws::HttpRequest& request, aws::HttpRespond respond) {
               auto change = parse_change(request.body, clock.now());
               if (!change) {
                 respond(error_answer(change.error()));
                 return;
               }
               if (change->freeze) clock.freeze(*change->freeze);
               if (change->set) clock.set(*change->set);
               if (change->advance > Duration::zero()) clock.advance(change->advance);
               respond(describe(clock));
             });
}

}  // namespace millrace::control
