#include "dynamodb/operation/item_write.h"

#include "base/limits.h"
#include "dynamodb/item/item_codec.h"
#include "dynamodb/item/item_json.h"
#include "dynamodb/operation/key_validation.h"

namespace millrace::dynamodb::operation {
namespace {

using table::Decision;
using table::StoredItem;

struct Condition {
  expression::ConditionPtr condition;  // null: always holds
  bool return_old = false;             // ReturnValuesOnConditionCheckFailure is ALL_OLD

  aws::Result<void> check(const StoredItem& old) const {
    if (condition == nullptr || condition->evaluate_encoded(old.encoded())) return {};
    auto error =
        aws::api_error(400, "ConditionalCheckFailedException", "The conditional request failed");
    if (return_old && old.exists()) {
      std::string text;
      append_encoded_item_json(text, old.encoded());
      error.error.members.emplace_back("Item", std::move(text));
    }
    return error;
  }
};

Unexpected<aws::ApiError> update_too_large() {
  return aws::validation_error("Item size to update has exceeded the maximum allowed size");
}

// Transactions have a shorter text for an update that nests too deep.
aws::ApiError in_words_of(RequestLayer layer, aws::ApiError error) {
  constexpr const char* kShort = "Nesting Levels have exceeded supported limits";
  bool is_nesting = error.message == nesting_error().error.message;
  if (layer == RequestLayer::kOlder && is_nesting) error.message = kShort;
  return error;
}

auto decide_put(std::string encoded, Condition condition) {
  return [encoded = std::move(encoded),
          condition = std::move(condition)](const StoredItem& old) -> aws::Result<Decision> {
    MILLRACE_CHECK_OK(condition.check(old));
    return Decision{Decision::Action::kPut, encoded};
  };
}

auto decide_delete(Condition condition) {
  return [condition = std::move(condition)](const StoredItem& old) -> aws::Result<Decision> {
    MILLRACE_CHECK_OK(condition.check(old));
    return Decision{old.exists() ? Decision::Action::kErase : Decision::Action::kKeep, {}};
  };
}

auto decide_check(Condition condition) {
  return [condition = std::move(condition)](const StoredItem& old) -> aws::Result<Decision> {
    MILLRACE_CHECK_OK(condition.check(old));
    return Decision{};
  };
}

auto decide_update(table::TablePtr table, Item key, expression::UpdatePtr update,
                   Condition condition, RequestLayer layer) {
  return [layer, table = std::move(table), key = std::move(key), update = std::move(update),
          condition = std::move(condition)](const StoredItem& old) -> aws::Result<Decision> {
    MILLRACE_CHECK_OK(condition.check(old));
    if (update == nullptr) {  // creates the item if it is not there
      if (old.exists()) return Decision{};
      return Decision{Decision::Action::kPut, encode_item(key)};
    }
    auto applied = update->apply(old.item(), key);
    if (!applied) return Unexpected(in_words_of(layer, std::move(applied).error()));
    Item item = std::move(applied).value();
    if (item.empty()) return Decision{};
    std::vector<std::string> touched;
    for (const auto& target : update->targets()) touched.push_back(target.attribute());
    MILLRACE_CHECK_OK(check_updated_index_keys(*table, item, touched));
    if (item_size_bytes(item) > limits::kItemBytesMax) return update_too_large();
    return Decision{Decision::Action::kPut, encode_item(item)};
  };
}

// Conditions and updates must not reach below key attributes, which are scalars.
aws::Result<void> check_paths(const table::Table& table,
                              const std::vector<expression::DocumentPath>& paths) {
  MILLRACE_CHECK_OK(expression::check_key_paths(paths, key_names(table), "Key"));
  for (const auto& index : table.indexes) {
    MILLRACE_CHECK_OK(expression::check_key_paths(paths, key_names(index), "IndexKey"));
  }
  return {};
}

aws::Result<void> check_expressions(const table::Table& table,
                                    const WriteExpressions& expressions) {
  if (expressions.update != nullptr) {
    MILLRACE_CHECK_OK(expressions.update->check_keys_untouched(key_names(table)));
    MILLRACE_CHECK_OK(check_paths(table, expressions.update->paths()));
  }
  if (expressions.condition != nullptr) {
    MILLRACE_CHECK_OK(check_paths(table, expressions.condition->paths()));
  }
  return {};
}

}  // namespace

aws::Result<void> check_item_size(const Item& item) {
  if (item_size_bytes(item) <= limits::kItemBytesMax) return {};
  return aws::validation_error("Item size has exceeded the maximum allowed size");
}

aws::Result<table::ItemWrite> make_write(table::TablePtr table, WriteInput& input,
                                         WriteExpressions expressions) {
  Item item = std::move(input.item->item);
  if (input.kind == WriteKind::kPut) {
    MILLRACE_CHECK_OK(check_item_keys(*table, item));
  } else {
    MILLRACE_CHECK_OK(check_key(*table, item));
  }
  MILLRACE_CHECK_OK(check_expressions(*table, expressions));
  // Only of UpdateItem: transactions and PartiQL measure nothing but the finished item.
  bool is_single_update =
      expressions.update != nullptr && input.layer == RequestLayer::kSingleWrite;
  if (is_single_update && expressions.update->charged_bytes() > limits::kItemBytesMax) {
    return update_too_large();
  }
  Condition condition{std::move(expressions.condition), input.return_old_on_failure == "ALL_OLD"};
  table::ItemWrite write;
  write.table = table;
  if (input.kind == WriteKind::kPut) {
    write.key = primary_key(*table, item);
    write.decide = decide_put(encode_item(item), std::move(condition));
    return write;
  }
  write.key = std::move(item);
  if (input.kind == WriteKind::kUpdate) {
    write.decide = decide_update(std::move(table), write.key, std::move(expressions.update),
                                 std::move(condition), input.layer);
  } else if (input.kind == WriteKind::kDelete) {
    write.decide = decide_delete(std::move(condition));
  } else {
    write.decide = decide_check(std::move(condition));
  }
  return write;
}

table::ItemWrite make_put(table::TablePtr table, Item item) {
  table::ItemWrite write;
  write.key = primary_key(*table, item);
  write.table = std::move(table);
  write.decide = decide_put(encode_item(item), Condition{});
  return write;
}

table::ItemWrite make_delete(table::TablePtr table, Item key) {
  table::ItemWrite write;
  write.key = std::move(key);
  write.table = std::move(table);
  write.decide = decide_delete(Condition{});
  return write;
}

}  // namespace millrace::dynamodb::operation
