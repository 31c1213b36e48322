#include "dynamodb/operation/throughput_history.h"

#include <ctime>
#include <nlohmann/json.hpp>

#include "dynamodb/operation/kept_settings.h"
#include "dynamodb/operation/table_description.h"

namespace millrace::dynamodb::operation {
namespace {

constexpr const char* kSetting = "ThroughputHistory";
constexpr int kFreeDecreasesPerDay = 4;
constexpr auto kPauseAfterDecrease = std::chrono::seconds(3600);

struct History {
  std::optional<Timestamp> increased, decreased;
  int decreases = 0;  // on the day of the last one
};

std::optional<Timestamp> time_from(const nlohmann::json& kept, const char* member) {
  auto millis = kept.find(member);
  if (millis == kept.end() || !millis->is_number_integer()) return std::nullopt;
  return from_unix_millis(millis->get<int64_t>());
}

History kept_history(const table::Table& table, const std::string& index) {
  History history;
  nlohmann::json kept = kept_setting(table, setting_name(kSetting, index));
  if (!kept.is_object()) return history;
  history.increased = time_from(kept, "Increased");
  history.decreased = time_from(kept, "Decreased");
  history.decreases = kept.value("Decreases", 0);
  return history;
}

void keep_history(table::Table& table, const std::string& index, const History& history) {
  nlohmann::json document = {{"Decreases", history.decreases}};
  if (history.increased) document["Increased"] = to_unix_millis(*history.increased);
  if (history.decreased) document["Decreased"] = to_unix_millis(*history.decreased);
  keep_setting(table, setting_name(kSetting, index), document);
}

int decreases_today(const History& history, Timestamp now) {
  auto day = [](Timestamp time) {
    return std::chrono::floor<std::chrono::duration<int64_t, std::ratio<86400>>>(time);
  };
  return history.decreased && day(*history.decreased) == day(now) ? history.decreases : 0;
}

// "Friday, October 9, 2026 at 12:21:34 AM Coordinated Universal Time"
std::string in_words(Timestamp time) {
  std::time_t seconds = to_unix_seconds(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char day[64];
  char clock[64];
  std::strftime(day, sizeof day, "%A, %B ", &parts);
  std::strftime(clock, sizeof clock, "%M:%S %p Coordinated Universal Time", &parts);
  int hour = parts.tm_hour % 12 == 0 ? 12 : parts.tm_hour % 12;
  return day + std::to_string(parts.tm_mday) + ", " + std::to_string(parts.tm_year + 1900) +
         " at " + std::to_string(hour) + ':' + clock;
}

aws::Result<void> check_decrease(const History& history, Timestamp now) {
  int decreases = decreases_today(history, now);
  if (decreases < kFreeDecreasesPerDay || now >= *history.decreased + kPauseAfterDecrease) {
    return {};
  }
  return aws::api_error(
      400, "LimitExceededException",
      "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC "
      "day. After the first 4 decreases, each subsequent decrease in the same UTC day can be "
      "performed at most once every 3600 seconds. Number of decreases today: " +
          std::to_string(decreases) + ". Last decrease at " + in_words(*history.decreased) +
          ". Next decrease can be made at " + in_words(*history.decreased + kPauseAfterDecrease));
}

}  // namespace

nlohmann::json describe_throughput(const table::Table& table, const std::string& index,
                                   const table::Throughput& throughput, Timestamp now) {
  History history = kept_history(table, index);
  nlohmann::json description = {{"NumberOfDecreasesToday", decreases_today(history, now)},
                                {"ReadCapacityUnits", throughput.read_units},
                                {"WriteCapacityUnits", throughput.write_units}};
  if (history.increased) {
    description["LastIncreaseDateTime"] = timestamp_seconds(*history.increased);
  }
  if (history.decreased) {
    description["LastDecreaseDateTime"] = timestamp_seconds(*history.decreased);
  }
  return description;
}

aws::Result<void> note_throughput_change(table::Table& table, const std::string& index,
                                         const table::Throughput& before,
                                         const table::Throughput& after, Timestamp now) {
  if (before == after) return {};
  History history = kept_history(table, index);
  if (after.read_units < before.read_units || after.write_units < before.write_units) {
    MILLRACE_CHECK_OK(check_decrease(history, now));
    history.decreases = decreases_today(history, now) + 1;
    history.decreased = now;
  }
  if (after.read_units > before.read_units || after.write_units > before.write_units) {
    history.increased = now;
  }
  keep_history(table, index, history);
  return {};
}

}  // namespace millrace::dynamodb::operation
