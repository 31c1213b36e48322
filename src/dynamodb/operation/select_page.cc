#include "dynamodb/operation/select_page.h"

#include <utility>

#include "dynamodb/item/item_codec.h"
#include "dynamodb/item/item_json.h"
#include "dynamodb/operation/item_answer.h"
#include "dynamodb/operation/key_range.h"
#include "dynamodb/operation/key_schema.h"
#include "dynamodb/operation/page.h"
#include "dynamodb/operation/page_select.h"
#include "dynamodb/operation/start_key.h"
#include "dynamodb/operation/throughput_meter.h"
#include "dynamodb/partiql/key_plan.h"

namespace millrace::dynamodb::operation {
namespace {

// Collects a page while the store reads it, range after range.
class SelectPage : public std::enable_shared_from_this<SelectPage> {
 public:
  SelectPage(table::ItemStore& items, SelectPlan plan, aws::Respond respond)
      : items_(items),
        plan_(std::move(plan)),
        respond_(std::move(respond)),
        at_(plan_.first_read) {}

  void read_next() {
    items_.range(
        std::move(plan_.reads[at_]),
        [page = shared_from_this()](std::string_view encoded) { return page->visit(encoded); },
        [page = shared_from_this()](aws::Result<bool> read) { page->finish_range(read); });
  }

 private:
  bool visit(std::string_view encoded);
  void finish_range(const aws::Result<bool>& read);
  aws::Output answer();

  table::ItemStore& items_;
  SelectPlan plan_;
  aws::Respond respond_;
  size_t at_;  // among the reads
  std::string rows_;
  std::string last_key_;  // encoded; empty: everything has been read
  size_t read_ = 0, bytes_ = 0;
  double fetch_units_ = 0;
};

ReadConsistency consistency_of(const SelectInput& input) {
  return input.consistent ? ReadConsistency::kStrong : ReadConsistency::kEventual;
}

// Whether the page goes on after this item.
bool SelectPage::visit(std::string_view encoded) {
  ++read_;
  size_t item_bytes = encoded_item_size_bytes(encoded);
  if (plan_.fetches) {
    fetch_units_ += read_units(item_bytes, consistency_of(plan_.input));
    item_bytes = index_row_bytes(*plan_.index, encoded);
  }
  bytes_ += item_bytes;
  if (plan_.filter == nullptr || plan_.filter->evaluate_encoded(encoded)) {
    if (!rows_.empty()) rows_ += ',';
    plan_.columns.append_item(rows_, encoded);
  }
  if (read_ < plan_.input.limit && bytes_ < plan_.page_bytes) return true;
  Item key;
  for (const auto& attribute : start_key_attributes(*plan_.table, plan_.index)) {
    if (auto value = find_attribute(encoded, attribute.name)) {
      key.emplace(attribute.name, std::move(*value));
    }
  }
  last_key_ = encode_item(key);
  return false;
}

void SelectPage::finish_range(const aws::Result<bool>& read) {
  if (!read) {
    respond_(Unexpected(read.error()));
    return;
  }
  if (last_key_.empty() && ++at_ < plan_.reads.size()) {
    read_next();
    return;
  }
  respond_(answer());
}

aws::Output SelectPage::answer() {
  ObjectWriter answer;
  answer.member("Items") += '[' + rows_ + ']';
  if (!last_key_.empty()) {
    PagePlace place{at_, decode_item(last_key_).value_or(Item())};
    append_json_string(answer.member("NextToken"), encode_next_token(plan_.input.request, place));
    append_json(answer.member("LastEvaluatedKey"), place.start_key);
  }
  ConsumedCapacity capacity;
  ReadConsistency consistency = consistency_of(plan_.input);
  capacity.add_page(plan_.index, read_units(bytes_, consistency), fetch_units_);
  plan_.meter->settle_read(*plan_.table, plan_.index, capacity, read_units(0, consistency));
  if (plan_.input.capacity != CapacityDetail::kNone) {
    capacity.append_json(answer.member("ConsumedCapacity"), plan_.table->name,
                         plan_.input.capacity);
  }
  return to_output(std::move(answer));
}

aws::Result<const table::Index*> find_source_index(const partiql::Statement& statement,
                                                   const table::Table& table, bool consistent) {
  if (!statement.source.index) return nullptr;
  const table::Index* index = table.find_index(*statement.source.index);
  if (index == nullptr) {
    return aws::validation_error("The table does not have the specified index");
  }
  MILLRACE_CHECK_OK(check_single_attribute_keys(*index));
  if (index->global && consistent) {
    return aws::validation_error(
        "Strongly consistent read is not supported on Global Secondary Indexes");
  }
  // Also not while it is being filled.
  PageInput lookup{};
  lookup.index_name = statement.source.index;
  return find_index(lookup, table);
}

// Whether rows have to be completed from the table; local indexes reach back to it, global ones
// cannot.
aws::Result<bool> check_attributes(const SelectPlan& plan, bool keyed, bool has_branches) {
  if (plan.index == nullptr) return false;
  auto columns = unprojected(plan.columns.paths(), *plan.table, *plan.index);
  std::vector<std::string> filtered;
  if (plan.filter != nullptr) {
    filtered = unprojected(plan.filter->paths(), *plan.table, *plan.index);
  }
  if (!plan.index->global) return !columns.empty() || !filtered.empty();
  if (!columns.empty()) {
    return invalid_parameter("Global secondary index " + plan.index->name + " does not project " +
                             bracketed(columns));
  }
  if (keyed && !has_branches && !filtered.empty()) {
    return invalid_parameter(
        "Secondary index " + plan.index->name +
        " does not project one or more filter attributes: " + bracketed(filtered));
  }
  return false;
}

// Goes on where the token says, if it says a place that this statement reads.
aws::Result<void> set_start(SelectPlan& plan, const std::vector<expression::KeyRange>& ranges) {
  if (!plan.input.next_token) return {};
  MILLRACE_TRY(PagePlace place, decode_next_token(plan.input.request, *plan.input.next_token));
  if (place.range >= plan.reads.size()) return invalid_next_token();
  auto kind = ranges.empty() ? PageKind::kScan : PageKind::kQuery;
  if (!check_start_key(kind, place.start_key, *plan.table, plan.index)) return invalid_next_token();
  if (!ranges.empty() &&
      !check_start_key_in_range(place.start_key, *plan.table, plan.index, ranges[place.range])) {
    return invalid_next_token();
  }
  plan.first_read = place.range;
  plan.reads[place.range].exclusive_start_key = std::move(place.start_key);
  return {};
}

}  // namespace

aws::Result<SelectPlan> plan_select(const Dependencies& dependencies, table::TablePtr table,
                                    partiql::Statement statement, SelectInput input,
                                    const std::string& request_id) {
  SelectPlan plan;
  plan.input = std::move(input);
  plan.table = table;
  plan.page_bytes = dependencies.page_bytes;
  plan.meter = dependencies.meter;
  MILLRACE_TRY(plan.index, find_source_index(statement, *table, plan.input.consistent));
  auto schema = key_schema(*table, plan.index);
  MILLRACE_TRY(auto ranges, partiql::plan_ranges(statement.where.get(), schema));
  MILLRACE_TRY(bool reverse, partiql::order_ranges(ranges, schema, statement));
  bool has_branches =
      statement.where != nullptr && statement.where->kind == expression::ConditionKind::kOr;
  plan.columns = Columns(std::move(statement.columns));
  if (statement.where != nullptr) {
    plan.filter = std::make_shared<const expression::Condition>(std::move(statement.where));
  }
  MILLRACE_TRY(plan.fetches, check_attributes(plan, !ranges.empty(), has_branches));
  table::RangeRead read;
  read.table = std::move(table);
  read.index = plan.index;
  read.reverse = reverse;
  read.fetch_from_table = plan.fetches;
  read.request_id = request_id;
  if (ranges.empty()) plan.reads.push_back(read);
  for (const auto& range : ranges) {
    plan.reads.push_back(read);
    set_key_range(plan.reads.back(), range);
  }
  MILLRACE_CHECK_OK(set_start(plan, ranges));
  return plan;
}

void run_select(table::ItemStore& items, SelectPlan plan, aws::Respond respond) {
  auto taken =
      plan.meter->take_read(*plan.table, plan.index, read_units(0, consistency_of(plan.input)));
  if (!taken) {
    respond(Unexpected(std::move(taken).error()));
    return;
  }
  std::make_shared<SelectPage>(items, std::move(plan), std::move(respond))->read_next();
}

}  // namespace millrace::dynamodb::operation
