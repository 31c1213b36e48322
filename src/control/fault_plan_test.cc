#include "control/fault_plan.h"

#include <gtest/gtest.h>

namespace millrace::control {
namespace {

const std::string kOrders = R"({"TableName": "orders"})";

TEST(FaultPlan, NothingHappensWithoutFaults) {
  FaultPlan plan;
  EXPECT_TRUE(plan.is_empty());
  EXPECT_FALSE(plan.on_request({"dynamodb", "PutItem", kOrders}));
  EXPECT_FALSE(plan.before_call({"f", ""}));
  EXPECT_FALSE(plan.after_success({"f", ""}));
}

TEST(FaultPlan, AFaultHappensAsOftenAsItSays) {
  FaultPlan plan;
  plan.add(
      {.kind = FaultKind::kThrottle, .service = "dynamodb", .operation = "PutItem", .count = 2});
  EXPECT_FALSE(plan.is_empty());
  EXPECT_FALSE(plan.on_request({"dynamodb", "GetItem", kOrders}));
  EXPECT_FALSE(plan.on_request({"sqs", "PutItem", kOrders}));
  EXPECT_TRUE(plan.on_request({"dynamodb", "PutItem", kOrders}));
  EXPECT_TRUE(plan.on_request({"dynamodb", "PutItem", kOrders}));
  EXPECT_FALSE(plan.on_request({"dynamodb", "PutItem", kOrders}));
  ASSERT_EQ(plan.list().size(), 1u);
  EXPECT_EQ(plan.list()[0].looked, 2u);
  EXPECT_EQ(plan.list()[0].fired, 2u);
  plan.clear();
  EXPECT_TRUE(plan.is_empty());
}

TEST(FaultPlan, ATableIsFoundInRequestsAndBatches) {
  FaultPlan plan;
  plan.add({.kind = FaultKind::kError, .table_name = "orders", .count = 10});
  EXPECT_TRUE(plan.on_request({"dynamodb", "PutItem", kOrders}));
  EXPECT_TRUE(plan.on_request({"dynamodb", "BatchWriteItem", R"({"RequestItems":{"orders":[]}})"}));
  EXPECT_FALSE(plan.on_request({"dynamodb", "PutItem", R"({"TableName":"other"})"}));
  EXPECT_FALSE(plan.on_request({"dynamodb", "ListTables", "{}"}));
  EXPECT_FALSE(plan.on_request({"dynamodb", "ListTables", "no JSON"}));
}

TEST(FaultPlan, FaultsOfFunctionsHappenInTheirPlaces) {
  FaultPlan plan;
  plan.add({.kind = FaultKind::kFailFunction, .function_name = "f"});
  plan.add({.kind = FaultKind::kCrashBeforeCheckpoint, .mapping = "1"});
  plan.add({.kind = FaultKind::kDeliverTwice, .function_name = "g"});
  EXPECT_FALSE(plan.before_call({"g", "1"}));
  EXPECT_TRUE(plan.before_call({"f", ""}));
  EXPECT_FALSE(plan.before_call({"f", ""}));
  EXPECT_FALSE(plan.after_success({"f", ""}));
  EXPECT_EQ(plan.after_success({"g", "1"})->kind, FaultKind::kCrashBeforeCheckpoint);
  EXPECT_EQ(plan.after_success({"g", "1"})->kind, FaultKind::kDeliverTwice);
  EXPECT_FALSE(plan.after_success({"g", "1"}));
}

TEST(FaultPlan, OnlyMappingsCrash) {
  FaultPlan plan;
  plan.add({.kind = FaultKind::kCrashBeforeCheckpoint, .function_name = "f"});
  EXPECT_FALSE(plan.after_success({"f", ""}));
  EXPECT_TRUE(plan.after_success({"f", "1"}));
}

std::string decisions(uint64_t seed) {
  FaultPlan plan;
  plan.add({.kind = FaultKind::kThrottle, .count = 1000, .probability = 0.5, .seed = seed});
  std::string text;
  for (int i = 0; i < 64; ++i) {
    text += plan.on_request({"dynamodb", "PutItem", kOrders}) ? '1' : '0';
  }
  return text;
}

TEST(FaultPlan, TheSameSeedDecidesTheSame) {
  EXPECT_EQ(decisions(7), decisions(7));
  EXPECT_NE(decisions(7), decisions(8));
  EXPECT_NE(decisions(7).find('0'), std::string::npos);
  EXPECT_NE(decisions(7).find('1'), std::string::npos);
}

TEST(FaultPlan, FaultsAreBounded) {
  FaultPlan plan;
  for (size_t i = 0; i < FaultPlan::kFaultsMax; ++i) {
    EXPECT_TRUE(plan.add({.kind = FaultKind::kRotate}));
  }
  EXPECT_FALSE(plan.add({.kind = FaultKind::kRotate}));
}

TEST(FaultPlan, WhatComesByItselfIsCountedToo) {
  FaultPlan plan;
  auto number = plan.add({.kind = FaultKind::kRotate, .count = 2});
  EXPECT_TRUE(plan.happens(*number));
  EXPECT_TRUE(plan.happens(*number));
  EXPECT_FALSE(plan.happens(*number));
  EXPECT_FALSE(plan.happens(*number + 1));
}

}  // namespace
}  // namespace millrace::control
