#include "dynamodb/table/row_keys.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "dynamodb/item/item_codec.h"
#include "dynamodb/item/key_codec.h"
#include "dynamodb/table/cell_head.h"
#include "dynamodb/table/expiry_rows.h"
#include "dynamodb/table/table_fixture.h"

namespace millrace::dynamodb::table {
namespace {

Table example_table() {
  Table table{};
  table.number = 0x400;
  table.partition_key = string_key("id");
  table.sort_key = string_key("at");
  return table;
}

// The examples of docs/formats/tables.md.
TEST(RowKeys, AreAsDocumented) {
  Table table = example_table();
  Item item{{"id", text("a")}, {"at", text("t1")}, {"city", text("Oslo")}};
  ItemPlace place = item_place(table, item);
  const std::string hash = to_hex(as_view(hash_partition_key(text("a"))));
  EXPECT_EQ(to_hex(item_row_key(table, place)), "030000000000000400" + hash + "74310001");

  Index local = local_index("by-city", string_key("city"));
  local.number = 0x402;
  EXPECT_EQ(to_hex(*index_row_key(local, place, encode_item(item))),
            "040000000000000402" + hash + "4f736c6f0001" + "74310001");

  Index global = global_index("by-city", string_key("city"));
  global.number = 0x403;
  const std::string city_hash = to_hex(as_view(hash_partition_key(text("Oslo"))));
  EXPECT_EQ(to_hex(*index_row_key(global, place, encode_item(item))),
            "050000000000000403" + city_hash + hash + "74310001");
  EXPECT_EQ(to_hex(cell_head_key(engine::CellId{0x401})), "02430000000000000401");
}

TEST(RowKeys, TheLongestKeysFitTheEngine) {
  Table table = example_table();
  const std::string zeros(limits::kSortKeyBytesMax, '\0');  // each takes two bytes
  Item item{{"id", text(std::string(limits::kPartitionKeyBytesMax, 'p'))},
            {"at", text(zeros)},
            {"sort", text(zeros)}};
  ItemPlace place = item_place(table, item);
  EXPECT_LE(item_row_key(table, place).size(), limits::kKeyBytesMax);
  Index local = local_index("l", string_key("sort"));
  EXPECT_LE(index_row_key(local, place, encode_item(item))->size(), limits::kKeyBytesMax);
  Index global = global_index("g", string_key("id"), {string_key("sort")});
  EXPECT_LE(index_row_key(global, place, encode_item(item))->size(), limits::kKeyBytesMax);

  // Four sort attributes share the limit of one.
  Index four = global_index("g", string_key("id"));
  for (const char* name : {"a", "b", "c", "d"}) {
    four.sort_key.push_back(string_key(name));
    item[name] = text(std::string(limits::kSortKeyBytesMax / 4, '\0'));
  }
  EXPECT_LE(index_row_key(four, place, encode_item(item))->size(), limits::kKeyBytesMax);
}

TEST(RowKeys, OnlyItemsWithWholeIndexKeysAreInTheIndex) {
  Table table = example_table();
  Index index = global_index("g", string_key("city"), {number_key("n")});
  auto in_index = [&](const Item& item) {
    return index_row_key(index, item_place(table, item), encode_item(item)).has_value();
  };
  Item whole{{"id", text("a")}, {"at", text("b")}, {"city", text("c")}, {"n", number(1)}};
  EXPECT_TRUE(in_index(whole));
  for (const char* missing : {"city", "n"}) {
    Item item = whole;
    item.erase(missing);
    EXPECT_FALSE(in_index(item)) << missing;
  }
  Item wrong_type = whole;
  wrong_type["n"] = text("1");
  EXPECT_FALSE(in_index(wrong_type));
  Item empty = whole;
  empty["city"] = text("");
  EXPECT_FALSE(in_index(empty));
  Item longest = whole;
  longest["city"] = text(std::string(limits::kPartitionKeyBytesMax, 'x'));
  EXPECT_TRUE(in_index(longest));
  longest["city"] = text(std::string(limits::kPartitionKeyBytesMax + 1, 'x'));
  EXPECT_FALSE(in_index(longest));
}

TEST(RowKeys, LongTailsStayDistinct) {
  std::string longest_whole(255, 'x');
  EXPECT_EQ(bounded_tail(longest_whole), longest_whole);
  std::string a(1000, 'x'), b(1000, 'x');
  b.back() = 'y';
  EXPECT_EQ(bounded_tail(a).size(), 256u);
  EXPECT_NE(bounded_tail(a), bounded_tail(b));
  EXPECT_EQ(bounded_tail(a).substr(0, 240), bounded_tail(b).substr(0, 240));
}

TEST(RowKeys, OfExpiriesTellTheItem) {
  Table table = example_table();
  ItemPlace place = item_place(table, {{"id", text("a")}, {"at", text("t1")}});
  std::string item = item_row_key(table, place);
  std::string key = expiry_row_key(0x404, 1'700'000'000, item);
  EXPECT_EQ(to_hex(key),
            "08"
            "0000000000000404"
            "000000006553f100" +
                to_hex(as_view(place.hash)) + "74310001");
  auto row = parse_expiry_row(table, key);
  ASSERT_TRUE(row);
  EXPECT_EQ(row->expiry, 1'700'000'000);
  EXPECT_EQ(row->item_row_key, item);
  EXPECT_EQ(row->hash_prefix, hash_prefix(place.hash));
  EXPECT_FALSE(parse_expiry_row(table, expiry_rows_prefix(0x404)));
}

TEST(RowKeys, AfterPrefixIsTheFirstKeyBehindIt) {
  EXPECT_EQ(after_prefix("ab"), "ac");
  EXPECT_EQ(after_prefix(std::string("a\xff", 2)), "b");
  EXPECT_EQ(after_prefix(std::string("\xff\xff", 2)), "");
}

TEST(CellHeads, SurviveEncoding) {
  CellHead head{true, false, true, {{3, 1000}, {0, 0}, {1, 7}}};
  EXPECT_EQ(to_hex(encode_cell_head(head)),
            "0105"
            "03"
            "03e807"
            "0000"
            "0107");
  EXPECT_EQ(decode_cell_head(encode_cell_head(head)), head);
  head.time_to_live = TimeToLive{0x404, "ttl"};
  EXPECT_EQ(to_hex(encode_cell_head(head)),
            "010d"
            "03"
            "03e807"
            "0000"
            "0107"
            "8408"
            "0374746c");
  EXPECT_EQ(decode_cell_head(encode_cell_head(head)), head);
}

TEST(CellHeads, BadBytesAreNotAHead) {
  std::string good = encode_cell_head({true, true, true, {{1, 2}}, TimeToLive{1024, "ttl"}});
  for (size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(decode_cell_head(good.substr(0, length))) << length;
  }
  EXPECT_FALSE(decode_cell_head(good + "x"));
  EXPECT_FALSE(decode_cell_head(from_hex("020700").value()));
  EXPECT_FALSE(decode_cell_head(from_hex("010800").value()));
  EXPECT_FALSE(decode_cell_head(from_hex("0100ffffffffffffffffff01").value()));
}

}  // namespace
}  // namespace millrace::dynamodb::table
