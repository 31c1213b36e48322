#include "dynamodb/operation/page.h"

#include "dynamodb/item/item_codec.h"
#include "dynamodb/operation/item_answer.h"
#include "dynamodb/operation/key_validation.h"
#include "dynamodb/operation/page_select.h"
#include "dynamodb/operation/start_key.h"
#include "dynamodb/operation/throughput_meter.h"
#include "dynamodb/table/index_rows.h"

namespace millrace::dynamodb::operation {
namespace {

// Collects a page while the store reads it. The text of the items is made on the way.
class Page {
 public:
  explicit Page(const PagePlan& plan)
      : table_(plan.read.table),
        index_(plan.read.index),
        fetches_(plan.read.fetch_from_table),
        filter_(plan.filter),
        projection_(plan.projection),
        count_only_(plan.count_only),
        limit_(plan.limit),
        page_bytes_(plan.page_bytes),
        consistency_(plan.consistency),
        capacity_(plan.capacity),
        meter_(plan.meter) {}

  // Whether the page goes on after this item. Limit and size count what is read, not what passes.
  bool visit(std::string_view encoded);
  aws::Output answer();

 private:
  const table::TablePtr table_;
  const table::Index* const index_;
  const bool fetches_;
  const expression::ConditionPtr filter_;
  const expression::ProjectionPtr projection_;
  const bool count_only_;
  const size_t limit_;
  const size_t page_bytes_;
  const ReadConsistency consistency_;
  const CapacityDetail capacity_;
  const std::shared_ptr<ThroughputMeter> meter_;

  std::string items_;
  std::string last_evaluated_key_;  // empty: the range has been read to its end
  size_t count_ = 0;
  size_t scanned_ = 0;
  size_t bytes_ = 0;
  double fetch_units_ = 0;
};

bool Page::visit(std::string_view encoded) {
  ++scanned_;
  size_t item_bytes = encoded_item_size_bytes(encoded);
  if (fetches_) {
    fetch_units_ += read_units(item_bytes, consistency_);
    item_bytes = index_row_bytes(*index_, encoded);
  }
  bytes_ += item_bytes;
  if (filter_ == nullptr || filter_->evaluate_encoded(encoded)) {
    ++count_;
    if (!count_only_) {
      if (count_ > 1) items_ += ',';
      append_projected(items_, encoded, projection_);
    }
  }
  if (scanned_ < limit_ && bytes_ < page_bytes_) return true;
  append_last_evaluated_key(last_evaluated_key_, encoded, *table_, index_);
  return false;
}

aws::Output Page::answer() {
  ObjectWriter answer;
  if (!count_only_) {
    std::string& text = answer.member("Items");
    text += '[';
    text += items_;
    text += ']';
  }
  answer.member("Count") += std::to_string(count_);
  answer.member("ScannedCount") += std::to_string(scanned_);
  if (!last_evaluated_key_.empty()) answer.member("LastEvaluatedKey") += last_evaluated_key_;
  ConsumedCapacity capacity;
  capacity.add_page(index_, read_units(bytes_, consistency_), fetch_units_);
  meter_->settle_read(*table_, index_, capacity, read_units(0, consistency_));
  if (capacity_ != CapacityDetail::kNone) {
    capacity.append_json(answer.member("ConsumedCapacity"), table_->name, capacity_);
  }
  return to_output(std::move(answer));
}

}  // namespace

size_t index_row_bytes(const table::Index& index, std::string_view encoded) {
  if (index.projection == table::ProjectionType::kAll) return encoded_item_size_bytes(encoded);
  return encoded_item_size_bytes(project_encoded_item(encoded, index.projected_attributes));
}

aws::Result<const table::Index*> find_index(const PageInput& input, const table::Table& table) {
  if (!input.index_name) return nullptr;
  const table::Index* index = table.find_index(*input.index_name);
  if (index != nullptr && index->status == table::IndexStatus::kCreating) {
    return aws::validation_error("Cannot read from backfilling global secondary index: " +
                                 index->name);
  }
  if (index == nullptr || index->status == table::IndexStatus::kDeleting) {
    return aws::validation_error("The table does not have the specified index: " +
                                 *input.index_name);
  }
  if (index->global && input.consistent.value_or(false)) {
    return aws::validation_error("Consistent reads are not supported on global secondary indexes");
  }
  return index;
}

aws::Result<void> check_page_attributes(const PageInput& input, const PageExpressions& expressions,
                                        const table::Table& table, const table::Index* index) {
  MILLRACE_CHECK_OK(check_projection(table, expressions.projection));
  if (input.kind == PageKind::kQuery && expressions.filter != nullptr) {
    auto keys = index == nullptr ? key_names(table) : key_names(*index);
    MILLRACE_CHECK_OK(expression::check_no_key_attributes(
        *expressions.filter, keys, input.filter ? "QueryFilter" : "Filter Expression"));
  }
  MILLRACE_CHECK_OK(check_select(input, expressions.projection, table, index));
  if (expressions.filter == nullptr) return {};
  MILLRACE_CHECK_OK(
      expression::check_key_paths(expressions.filter->paths(), key_names(table), "Key"));
  if (index == nullptr) return {};
  return expression::check_key_paths(expressions.filter->paths(), key_names(*index), "IndexKey");
}

PagePlan plan_page(const Dependencies& dependencies, table::TablePtr table,
                   const table::Index* index, PageInput& input, PageExpressions expressions,
                   std::string request_id) {
  PagePlan plan;
  plan.read.fetch_from_table = fetches_from_table(input, expressions.projection, *table, index);
  plan.read.table = std::move(table);
  plan.read.index = index;
  plan.read.request_id = std::move(request_id);
  if (input.start_key) plan.read.exclusive_start_key = std::move(input.start_key->item);
  plan.filter = std::move(expressions.filter);
  plan.projection = std::move(expressions.projection);
  plan.count_only = input.select == "COUNT";
  if (input.limit) plan.limit = static_cast<size_t>(*input.limit);
  plan.page_bytes = dependencies.page_bytes;
  plan.consistency =
      input.consistent.value_or(false) ? ReadConsistency::kStrong : ReadConsistency::kEventual;
  plan.capacity = capacity_detail(input.return_consumed_capacity);
  plan.meter = dependencies.meter;
  return plan;
}

namespace {

void read_page(table::ItemStore& items, PagePlan plan, aws::Respond respond) {
  auto taken =
      plan.meter->take_read(*plan.read.table, plan.read.index, read_units(0, plan.consistency));
  if (!taken) {
    respond(Unexpected(std::move(taken).error()));
    return;
  }
  auto page = std::make_shared<Page>(plan);
  items.range(
      std::move(plan.read), [page](std::string_view encoded) { return page->visit(encoded); },
      [page, respond = std::move(respond)](aws::Result<bool> read) mutable {
        if (!read) {
          respond(Unexpected(std::move(read).error()));
          return;
        }
        respond(page->answer());
      });
}

}  // namespace

aws::OperationHandler page_operation(const Dependencies& dependencies, PreparePage prepare) {
  return [dependencies, prepare](aws::ContextPtr context, const std::string& body,
                                 aws::Respond respond) {
    auto plan = prepare(dependencies, *context, body);
    if (!plan) {
      respond(Unexpected(std::move(plan).error()));
      return;
    }
    read_page(dependencies.items, std::move(*plan), std::move(respond));
  };
}

}  // namespace millrace::dynamodb::operation
