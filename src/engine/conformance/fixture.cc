#include "engine/engine_conformance.h"

namespace millrace::engine {

void EngineConformance::put(CellId cell, const std::string& key, const std::string& value) {
  auto done =
      transact({cell}, [&](Transaction& transaction) { transaction.put(cell, key, value); });
  EXPECT_EQ(outcome_of(done), "ok");
}

void EngineConformance::erase(CellId cell, const std::string& key) {
  auto done = transact({cell}, [&](Transaction& transaction) { transaction.erase(cell, key); });
  EXPECT_EQ(outcome_of(done), "ok");
}

std::optional<std::string> EngineConformance::get(CellId cell, const std::string& key) {
  std::optional<std::string> found;
  auto done = snapshot_and_wait(engine(), {cell}, [&](Reader& reader) -> Result<void> {
    MILLRACE_TRY(found, reader.get(cell, key));
    return {};
  });
  EXPECT_EQ(outcome_of(done), "ok");
  return found;
}

Position EngineConformance::append(CellId cell, const std::string& record) {
  Position position = 0;
  auto done = transact(
      {cell}, [&](Transaction& transaction) { position = transaction.append(cell, record); });
  EXPECT_EQ(outcome_of(done), "ok");
  return position;
}

std::vector<Row> EngineConformance::range(std::vector<CellId> cells, RangeOptions options) {
  std::vector<Row> rows;
  auto done = snapshot_and_wait(engine(), cells, [&](Reader& reader) {
    rows.clear();
    return reader.range(cells, options, [&](std::string_view key, std::string_view value) {
      rows.push_back({std::string(key), std::string(value)});
      return true;
    });
  });
  EXPECT_EQ(outcome_of(done), "ok");
  return rows;
}

std::string EngineConformance::rows_text(const std::vector<Row>& rows) {
  std::string text;
  for (const Row& row : rows) text += (text.empty() ? "" : " ") + row.key + "=" + row.value;
  return text;
}

std::string EngineConformance::rows_text(Reader& reader, const std::vector<CellId>& cells,
                                         const RangeOptions& options) {
  std::vector<Row> rows;
  auto done = reader.range(cells, options, [&](std::string_view key, std::string_view value) {
    rows.push_back({std::string(key), std::string(value)});
    return true;
  });
  EXPECT_EQ(outcome_of(done), "ok");
  return rows_text(rows);
}

std::string EngineConformance::log_text(CellId cell, Position after, LogReadOptions options) {
  auto page = engine().log_read(cell, after, options);
  EXPECT_EQ(outcome_of(page), "ok");
  std::string text;
  if (!page) return text;
  for (const LogRecord& record : page->records) {
    text += (text.empty() ? "" : " ") + std::to_string(record.position) + ":" + record.record;
  }
  return text;
}

}  // namespace millrace::engine
