#include "server/table_facts.h"

#include <gtest/gtest.h>

namespace millrace::server {
namespace {

// "Verb table index", or nothing if the statement cannot be read.
std::string access(const std::string& statement) {
  auto found = statement_access(statement);
  return found ? found->verb + ' ' + found->table + ' ' + found->index : "";
}

TEST(TableFacts, WhatStatementsTouch) {
  EXPECT_EQ(access(R"(SELECT * FROM "Users")"), "Select Users ");
  EXPECT_EQ(access(R"(select a, 'FROM x' from Users.byMail where b = 'FROM "Other"')"),
            "Select Users byMail");
  EXPECT_EQ(access("SELECT a /* FROM x */ FROM -- y\n \"Users\".\"byMail\""),
            "Select Users byMail");
  EXPECT_EQ(access(R"(SELECT "FROM" FROM Users)"), "Select Users ");
  EXPECT_EQ(access(R"(EXISTS(SELECT * FROM Users WHERE id = 'a'))"), "Select Users ");
  EXPECT_EQ(access(R"(INSERT INTO "Users" VALUE {'id':'a'})"), "Insert Users ");
  EXPECT_EQ(access(R"(UPDATE Users SET a = 1 WHERE id = 'a')"), "Update Users ");
  EXPECT_EQ(access(R"(FROM Users WHERE id = 'a' SET a = 1)"), "Update Users ");
  EXPECT_EQ(access(R"(DELETE FROM "Us""ers" WHERE id = 'a')"), "Delete Us\"ers ");
}

TEST(TableFacts, WhatCannotBeReadIsNotTold) {
  EXPECT_EQ(access(""), "");
  EXPECT_EQ(access("SELECT from FROM Users"), "");
  EXPECT_EQ(access("SELECT * FROM 'Users'"), "");
  EXPECT_EQ(access("SELECT *"), "");
  EXPECT_EQ(access("DROP TABLE Users"), "");
  EXPECT_EQ(access("SELECT * FROM \"Users"), "");
}

}  // namespace
}  // namespace millrace::server
