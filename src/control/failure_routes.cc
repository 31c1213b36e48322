#include "control/failure_routes.h"

#include <charconv>

#include "base/log.h"
#include "control/control_request.h"
#include "control/superseded.h"
#include "dynamodb/stream/change_record.h"
#include "lambda/function/function_name.h"

namespace millrace::control {
namespace {

using lambda::FailureStore;
using lambda::InvokeOutcome;
using lambda::KeptFailure;
using lambda::KeptFailures;
using lambda::MappingManager;
using MappingPtr = std::shared_ptr<const lambda::Mapping>;

constexpr std::string_view kPath = "/_millrace/failures/";
constexpr std::string_view kRedrive = "/redrive";
constexpr size_t kListedMax = 1000;

// What the routes work with; outlives them.
struct Services {
  const dynamodb::stream::StreamStore& streams;
  MappingManager& mappings;
  std::shared_ptr<Executor> executor;
};

aws::HttpResponse storage_answer(const engine::Error& error) {
  log_error("kept failures cannot be reached", {{"detail", error.message}});
  return error_answer("The storage does not answer; see the server's log.", 500);
}

json describe(const lambda::Mapping& mapping, const KeptFailure& failure) {
  bool aged = failure.reason == lambda::GiveUpReason::kRecordAgeExceeded;
  return {
      {"id", std::to_string(mapping.number) + '-' + std::to_string(failure.number)},
      {"uuid", mapping.uuid},
      {"functionArn", failure.function_arn},
      {"streamArn", failure.stream_arn},
      {"shardId", failure.shard_id},
      {"firstSequenceNumber", dynamodb::stream::sequence_number(failure.first)},
      {"lastSequenceNumber", dynamodb::stream::sequence_number(failure.last)},
      {"recordCount", failure.records},
      {"reason", aged ? "RecordAgeExceeded" : "RetryAttemptsExhausted"},
      {"invokeCount", failure.invoke_count},
      {"requestId", failure.request_id},
      {"error", failure.error},
      {"time", to_iso8601(failure.time)},
      {"destination", failure.destination},
      {"bytes", failure.payload_bytes},
  };
}

struct FailureId {
  uint64_t mapping, number;
};

std::optional<FailureId> parse_id(std::string_view text) {
  FailureId id{};
  auto [dash, error] = std::from_chars(text.data(), text.data() + text.size(), id.mapping);
  if (error != std::errc() || dash == text.data() + text.size() || *dash != '-') return {};
  auto [end, second] = std::from_chars(dash + 1, text.data() + text.size(), id.number);
  if (second != std::errc() || end != text.data() + text.size()) return {};
  return id;
}

MappingPtr find_mapping(const MappingManager& mappings, uint64_t number) {
  for (const auto& status : mappings.status()) {
    if (status.view.mapping->number == number) return status.view.mapping;
  }
  return nullptr;
}

void answer_not_found(aws::HttpRespond& respond) {
  respond(error_answer("There is no such failure. GET /_millrace/failures lists them.", 404));
}

// The failures of several mappings, one after the other.
class Listing : public std::enable_shared_from_this<Listing> {
 public:
  Listing(std::vector<MappingPtr> mappings, std::shared_ptr<FailureStore> store,
          aws::HttpRespond respond)
      : mappings_(std::move(mappings)), store_(std::move(store)), respond_(std::move(respond)) {}

  void step() {
    if (mappings_.empty()) return answer();
    MappingPtr mapping = mappings_.back();
    mappings_.pop_back();
    store_->list(mapping->number, kListedMax,
                 [self = shared_from_this(), mapping](engine::Result<KeptFailures> kept) {
                   if (!kept) {
                     self->respond_(storage_answer(kept.error()));
                     return;
                   }
                   for (const KeptFailure& failure : kept->failures) {
                     self->found_.emplace_back(failure.time, describe(*mapping, failure));
                   }
                   self->count_ += kept->count;
                   self->pushed_out_ += kept->pushed_out;
                   self->step();
                 });
  }

 private:
  void answer() {
    std::stable_sort(found_.begin(), found_.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    json failures = json::array();
    for (auto& [time, failure] : found_) {
      if (failures.size() == kListedMax) break;
      failures.push_back(std::move(failure));
    }
    respond_(json_answer({{"failures", failures}, {"count", count_}, {"pushedOut", pushed_out_}}));
  }

  std::vector<MappingPtr> mappings_;
  const std::shared_ptr<FailureStore> store_;
  aws::HttpRespond respond_;
  std::vector<std::pair<Timestamp, json>> found_;
  uint64_t count_ = 0, pushed_out_ = 0;
};

void list_failures(const Services& services, const aws::HttpRequest& request,
                   aws::HttpRespond respond) {
  auto values = aws::parse_name_values(request.query(), true);
  std::string uuid = aws::find_value(values, "uuid").value_or("");
  std::string function = aws::find_value(values, "functionName").value_or("");
  std::vector<MappingPtr> asked;
  for (const auto& status : services.mappings.status()) {
    const lambda::Mapping& mapping = *status.view.mapping;
    if (!uuid.empty() && mapping.uuid != uuid) continue;
    if (!function.empty() && mapping.settings.function.name != function) continue;
    asked.push_back(status.view.mapping);
  }
  std::make_shared<Listing>(std::move(asked), services.mappings.failures(), std::move(respond))
      ->step();
}

// Gives `done` the failure and its mapping, or answers that there is none.
void with_failure(const Services& services, std::string_view id, aws::HttpRespond respond,
                  UniqueFunction<void(MappingPtr, FailureStore::Whole, aws::HttpRespond)> done) {
  auto parsed = parse_id(id);
  MappingPtr mapping = parsed ? find_mapping(services.mappings, parsed->mapping) : nullptr;
  if (!mapping) return answer_not_found(respond);
  services.mappings.failures()->find(
      parsed->mapping, parsed->number,
      [mapping, respond = std::move(respond),
       done = std::move(done)](engine::Result<std::optional<FailureStore::Whole>> found) mutable {
        if (!found) {
          respond(storage_answer(found.error()));
        } else if (!*found) {
          answer_not_found(respond);
        } else {
          done(mapping, std::move(**found), std::move(respond));
        }
      });
}

void show_failure(const Services& services, std::string_view id, aws::HttpRespond respond) {
  with_failure(
      services, id, std::move(respond),
      [services](MappingPtr mapping, FailureStore::Whole failure, aws::HttpRespond answer) {
        json document = describe(*mapping, failure.failure);
        document["event"] = json::parse(failure.payload, nullptr, false);
        describe_kept_records(
            services.streams, services.executor, failure,
            [document = std::move(document), answer = std::move(answer)](json records) mutable {
              document["records"] = std::move(records);
              answer(json_answer(document));
            });
      });
}

void forget_failure(const Services& services, std::string_view id, aws::HttpRespond respond) {
  auto parsed = parse_id(id);
  if (!parsed || !find_mapping(services.mappings, parsed->mapping)) {
    return answer_not_found(respond);
  }
  services.mappings.failures()->erase(
      parsed->mapping, parsed->number,
      [respond = std::move(respond)](engine::Result<bool> erased) mutable {
        if (!erased) {
          respond(storage_answer(erased.error()));
        } else if (!*erased) {
          answer_not_found(respond);
        } else {
          respond(json_answer(json::object()));
        }
      });
}

struct RedriveRequest {
  bool dry_run = false;
  std::string function_name;
};

Result<RedriveRequest> parse_redrive(const std::string& body) {
  MILLRACE_TRY(json input, parse_object(body));
  MILLRACE_CHECK_OK(check_members(input, {"dryRun", "functionName"}));
  MILLRACE_TRY(auto dry_run, bool_member(input, "dryRun"));
  MILLRACE_TRY(auto function_name, text_member(input, "functionName"));
  return RedriveRequest{dry_run.value_or(false), function_name.value_or("")};
}

void answer_redriven(json document, const engine::Result<InvokeOutcome>& outcome,
                     aws::HttpRespond& respond) {
  if (!outcome) {
    log_error("redriven failure not removed", {{"detail", outcome.error().message}});
    document["message"] = "The function was called, but the failure could not be removed.";
    respond(json_answer(document, 500));
    return;
  }
  bool succeeded = outcome->kind == InvokeOutcome::Kind::kSucceeded;
  document["succeeded"] = succeeded;
  document["requestId"] = outcome->request_id;
  if (!succeeded) document["error"] = outcome->error;
  respond(json_answer(document));
}

void redrive_failure(const Services& services, std::string_view id, const RedriveRequest& request,
                     aws::HttpRespond respond) {
  with_failure(services, id, std::move(respond),
               [services, request](MappingPtr mapping, FailureStore::Whole failure,
                                   aws::HttpRespond answer) {
                 lambda::FunctionReference function = mapping->settings.function;
                 if (!request.function_name.empty()) {
                   aws::RequestContext context;
                   context.account = mapping->account;
                   context.region = mapping->region;
                   auto parsed = lambda::parse_function_name(context, request.function_name);
                   if (!parsed) {
                     answer(error_answer(parsed.error().message));
                     return;
                   }
                   function = *parsed;
                 }
                 json document = describe(*mapping, failure.failure);
                 document["functionArn"] = function.arn();
                 document["dryRun"] = request.dry_run;
                 auto whole = std::make_shared<FailureStore::Whole>(std::move(failure));
                 describe_kept_records(
                     services.streams, services.executor, *whole,
                     [services, mapping, whole, function, document = std::move(document),
                      dry_run = request.dry_run, answer = std::move(answer)](json records) mutable {
                       document["records"] = std::move(records);
                       if (dry_run) {
                         answer(json_answer(document));
                         return;
                       }
                       services.mappings.redrive(
                           {mapping, std::move(*whole), function},
                           [document = std::move(document), answer = std::move(answer)](
                               engine::Result<InvokeOutcome> outcome) mutable {
                             answer_redriven(std::move(document), outcome, answer);
                           });
                     });
               });
}

}  // namespace

void add_failure_routes(aws::AdminRoutes& routes, const dynamodb::stream::StreamStore& streams,
                        lambda::MappingManager& mappings, std::shared_ptr<Executor> executor) {
  Services services{streams, mappings, executor};
  auto id_of = [](const aws::HttpRequest& request) {
    return std::string(request.path().substr(kPath.size()));
  };
  routes.add("GET", "/_millrace/failures", aws::AdminAccess::kCredentials,
             [services](const aws::HttpRequest& request, aws::HttpRespond respond) {
               list_failures(services, request, std::move(respond));
             });
  routes.add("GET", std::string(kPath), aws::AdminAccess::kCredentials,
             [services, id_of](const aws::HttpRequest& request, aws::HttpRespond respond) {
               show_failure(services, id_of(request), std::move(respond));
             });
  routes.add("DELETE", std::string(kPath), aws::AdminAccess::kCredentials,
             [services, id_of](const aws::HttpRequest& request, aws::HttpRespond respond) {
               forget_failure(services, id_of(request), std::move(respond));
             });
  routes.add("POST", std::string(kPath), aws::AdminAccess::kCredentials,
             [services, id_of](const aws::HttpRequest& request, aws::HttpRespond respond) {
               std::string id = id_of(request);
               auto parsed = parse_redrive(request.body);
               if (!parsed || !id.ends_with(kRedrive)) {
                 respond(error_answer(parsed ? "POST is for /_millrace/failures/ID/redrive."
                                             : parsed.error()));
                 return;
               }
               id.resize(id.size() - kRedrive.size());
               redrive_failure(services, id, *parsed, std::move(respond));
             });
}

}  // namespace millrace::control
