#include "dynamodb/operation/statement_write.h"

#include <memory>
#include <utility>

#include "dynamodb/item/item_json.h"
#include "dynamodb/operation/item_write.h"
#include "dynamodb/operation/key_range.h"
#include "dynamodb/operation/key_validation.h"
#include "dynamodb/partiql/key_plan.h"

namespace millrace::dynamodb::operation {
namespace {

using partiql::Returning;
using partiql::StatementKind;
using table::Decision;
using table::StoredItem;
using Decide = std::function<aws::Result<Decision>(const StoredItem&)>;

WriteKind write_kind(StatementKind kind) {
  switch (kind) {
    case StatementKind::kInsert:
      return WriteKind::kPut;
    case StatementKind::kUpdate:
      return WriteKind::kUpdate;
    case StatementKind::kDelete:
      return WriteKind::kDelete;
    default:
      return WriteKind::kConditionCheck;
  }
}

// INSERT replaces nothing.
Decide only_new(Decide decide) {
  return [decide = std::move(decide)](const StoredItem& old) -> aws::Result<Decision> {
    if (old.exists()) {
      return aws::api_error(400, "DuplicateItemException", "Duplicate primary key exists in table");
    }
    return decide(old);
  };
}

// DELETE of an item that is not there succeeds, whatever its condition.
Decide only_stored(Decide decide) {
  return [decide = std::move(decide)](const StoredItem& old) -> aws::Result<Decision> {
    if (!old.exists()) return Decision{};
    return decide(old);
  };
}

}  // namespace

aws::Result<StatementWrite> make_statement_write(table::TablePtr table,
                                                 partiql::Statement statement, bool return_old) {
  WriteInput input{};
  input.kind = write_kind(statement.kind);
  input.layer = RequestLayer::kOlder;
  if (return_old) input.return_old_on_failure = "ALL_OLD";
  input.item.emplace();
  WriteExpressions expressions;
  if (statement.kind == StatementKind::kInsert) {
    MILLRACE_CHECK_OK(check_item_size(statement.item));
    input.item->item = std::move(statement.item);
  } else {
    auto key = partiql::full_key(statement.where.get(), key_schema(*table, nullptr));
    if (!key) {
      return aws::validation_error(
          "Where clause does not contain a mandatory equality on all key attributes");
    }
    input.item->item = std::move(*key);
    // All of it, the key too: so UPDATE demands that the item is there.
    expressions.condition =
        std::make_shared<const expression::Condition>(std::move(statement.where));
  }
  if (statement.kind == StatementKind::kUpdate) {
    expressions.update = std::make_shared<const expression::Update>(std::move(statement.actions));
  }
  StatementWrite made;
  made.update = expressions.update;
  made.returning = statement.returning;
  MILLRACE_TRY(made.write, make_write(std::move(table), input, std::move(expressions)));
  if (statement.kind == StatementKind::kInsert) {
    made.write.decide = only_new(std::move(made.write.decide));
  } else if (statement.kind == StatementKind::kDelete) {
    made.write.decide = only_stored(std::move(made.write.decide));
  }
  return made;
}

bool append_returned(std::string& out, const StatementWrite& write,
                     const table::WriteOutcome& outcome) {
  if (write.returning == Returning::kNone) return false;
  bool is_new = write.returning == Returning::kAllNew || write.returning == Returning::kModifiedNew;
  const StoredItem& image = is_new ? outcome.new_item : outcome.old_item;
  if (!image.exists()) return false;
  if (write.returning == Returning::kAllOld || write.returning == Returning::kAllNew) {
    append_encoded_item_json(out, image.encoded());
    return true;
  }
  Item touched = write.update->touched(image.item());
  if (touched.empty()) return false;
  append_json(out, touched);
  return true;
}

}  // namespace millrace::dynamodb::operation
