#include "dynamodb/operation/table_update_effects.h"

#include <algorithm>

#include "dynamodb/operation/kept_settings.h"
#include "dynamodb/operation/table_settings.h"
#include "dynamodb/operation/throughput_history.h"
#include "dynamodb/operation/throughput_rules.h"
#include "dynamodb/operation/warm_throughput.h"

namespace millrace::dynamodb::operation {
namespace {

using table::Index;
using table::Table;
using table::Throughput;

void add(std::map<std::string, ThroughputInput>& all, const std::string& index,
         const std::optional<ThroughputInput>& input) {
  if (input && input->says_something()) all[index] = *input;
}

// A limit that was taken away before is none any more.
void settle(std::optional<Throughput>& limits) {
  if (!limits) return;
  limits->read_units = std::max<int64_t>(limits->read_units, 0);
  limits->write_units = std::max<int64_t>(limits->write_units, 0);
  if (*limits == Throughput{}) limits.reset();
}

Index* find_index(Table& table, const std::string& name) {
  auto found = std::find_if(table.indexes.begin(), table.indexes.end(),
                            [&](const Index& index) { return index.name == name; });
  return found == table.indexes.end() ? nullptr : &*found;
}

}  // namespace

TableUpdateEffects::TableUpdateEffects(const UpdateTableInput& input, Timestamp now)
    : now_(now), changes_class_(input.table_class.has_value()) {
  add(limits_, "", input.on_demand_limits);
  add(warm_, "", input.warm_throughput);
  for (const auto& change : input.global_index_updates.value_or(std::vector<IndexUpdateInput>{})) {
    if (change.create) {
      created_index_ = *change.create->name;
      add(warm_, created_index_, change.create->warm_throughput);
    }
    if (change.update) {
      add(limits_, *change.update->index_name, change.update->on_demand_limits);
      add(warm_, *change.update->index_name, change.update->warm_throughput);
    }
    if (change.remove) deleted_index_ = *change.remove->index_name;
  }
}

aws::Result<void> TableUpdateEffects::apply(const Table& before, Table& after) const {
  // Another change may have ended an index that was there when the request came.
  for (const auto* inputs : {&limits_, &warm_}) {
    for (const auto& [name, input] : *inputs) {
      if (name.empty() || after.find_index(name) != nullptr) continue;
      return aws::api_error(
          400, "ResourceNotFoundException",
          "Requested resource not found: Index " + name + " for table " + after.name);
    }
  }
  for (const std::string* name : {&created_index_, &deleted_index_}) {
    if (!name->empty()) forget_index_settings(after, *name);
  }
  MILLRACE_CHECK_OK(change_limits(after));
  MILLRACE_CHECK_OK(note_changes(before, after));
  return change_warm_throughput(before, after);
}

aws::Result<void> TableUpdateEffects::change_limits(Table& after) const {
  bool on_demand = after.billing_mode == table::BillingMode::kPayPerRequest;
  settle(after.on_demand_limits);
  for (auto& index : after.indexes) settle(index.on_demand_limits);
  for (const auto& [name, input] : limits_) {
    Index* index = name.empty() ? nullptr : find_index(after, name);
    auto& limits = index == nullptr ? after.on_demand_limits : index->on_demand_limits;
    MILLRACE_TRY(limits, changed_limits(input, on_demand, name, limits.value_or(Throughput{})));
  }
  if (on_demand) return {};
  after.on_demand_limits.reset();
  for (auto& index : after.indexes) index.on_demand_limits.reset();
  return {};
}

aws::Result<void> TableUpdateEffects::note_changes(const Table& before, Table& after) const {
  if (changes_class_) MILLRACE_CHECK_OK(note_class_change(after, now_));
  bool was_provisioned = before.billing_mode == table::BillingMode::kProvisioned;
  if (!was_provisioned || after.billing_mode != table::BillingMode::kProvisioned) return {};
  MILLRACE_CHECK_OK(note_throughput_change(after, "", before.throughput, after.throughput, now_));
  for (const auto& index : before.indexes) {
    const Index* changed = after.find_index(index.number);
    if (changed == nullptr || !index.throughput || !changed->throughput) continue;
    MILLRACE_CHECK_OK(
        note_throughput_change(after, index.name, *index.throughput, *changed->throughput, now_));
  }
  return {};
}

aws::Result<void> TableUpdateEffects::change_warm_throughput(const Table& before,
                                                             Table& after) const {
  keep_warm(before, after);
  for (const auto& [name, input] : warm_) {
    const Index* created =
        name == created_index_ && !name.empty() ? find_index(after, name) : nullptr;
    if (created == nullptr) {
      MILLRACE_CHECK_OK(raise_warm_throughput(after, name, input));
      continue;
    }
    bool on_demand = after.billing_mode == table::BillingMode::kPayPerRequest;
    MILLRACE_CHECK_OK(add_warm_setting(input, name, on_demand ? nullptr : &*created->throughput,
                                       after.kept_settings));
  }
  return {};
}

}  // namespace millrace::dynamodb::operation
