// MappingManager::restart(): a crash of one mapping's consumers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lambda/trigger/testing.h"

namespace millrace::lambda {
namespace {

using ::testing::ElementsAre;
using testing::FakeInvoker;
using ::testing::IsEmpty;
using testing::Pipeline;
using Names = std::vector<std::string>;

TEST(MappingRestart, WhatWasNotCheckpointedComesAgain) {
  Pipeline pipeline;
  std::string uuid = pipeline.create();
  pipeline.write({"a"});
  pipeline.invoker.hold = true;
  pipeline.write({"b"});
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"a"}, Names{"b"}));
  pipeline.invoker.hold = false;
  pipeline.manager->restart(uuid);
  // The result comes too late.
  pipeline.invoker.answer_held(FakeInvoker::success());
  pipeline.settle();
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"b"}));
  pipeline.write({"c"});
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"c"}));
  EXPECT_TRUE(pipeline.status(uuid).shards[0].is_caught_up());
  pipeline.restart();
  EXPECT_THAT(pipeline.seen(), IsEmpty());
}

TEST(MappingRestart, OnlyTheMappingThatIsNamed) {
  Pipeline pipeline;
  std::string uuid = pipeline.create();
  pipeline.create([](MappingSettings& settings) { settings.function.name = "other"; });
  pipeline.invoker.hold = true;
  pipeline.write({"a"});
  EXPECT_EQ(pipeline.seen().size(), 2u);
  pipeline.manager->restart(uuid);
  pipeline.manager->restart("no such mapping");
  pipeline.settle();
  EXPECT_THAT(pipeline.seen(), ElementsAre(Names{"a"}));
  while (!pipeline.invoker.held.empty()) pipeline.invoker.answer_held(FakeInvoker::success());
  pipeline.settle();
}

TEST(MappingRestart, AMappingThatIsBeingDisabledIsDisabled) {
  Pipeline pipeline;
  std::string uuid = pipeline.create();
  pipeline.invoker.hold = true;
  pipeline.write({"a"});
  pipeline.update(uuid, [](MappingSettings& settings) { settings.enabled = false; });
  EXPECT_EQ(pipeline.manager->find(uuid)->state, MappingState::kDisabling);
  pipeline.manager->restart(uuid);
  pipeline.settle();
  EXPECT_EQ(pipeline.manager->find(uuid)->state, MappingState::kDisabled);
}

}  // namespace
}  // namespace millrace::lambda
