#include "sqs/queue_catalog.h"

#include <gmock/gmock.h>

#include "engine/rocksdb/temporary_directory.h"
#include "sqs/testing.h"

namespace millrace::sqs {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;

class QueueCatalogTest : public ::testing::Test {
 protected:
  aws::Result<QueuePtr> create(std::string name, std::map<std::string, std::string> attributes,
                               std::string region = "us-east-1") {
    aws::RequestContext context;
    context.region = std::move(region);
    Outcome<aws::Result<QueuePtr>> outcome;
    world_.service->catalog().create(context, std::move(name), std::move(attributes),
                                     {{"team", "blue"}}, outcome.done());
    return outcome.get();
  }
  aws::Result<QueuePtr> update(QueuePtr queue, std::function<void(Queue&)> change) {
    Outcome<aws::Result<QueuePtr>> outcome;
    world_.service->catalog().update(aws::RequestContext(), std::move(queue), std::move(change),
                                     outcome.done());
    return outcome.get();
  }
  aws::Result<QueuePtr> remove(QueuePtr queue) {
    Outcome<aws::Result<QueuePtr>> outcome;
    world_.service->catalog().remove(aws::RequestContext(), std::move(queue), outcome.done());
    return outcome.get();
  }
  std::vector<std::string> names(std::string_view prefix, std::string_view after = "") {
    std::vector<std::string> names;
    for (const QueuePtr& queue :
         world_.service->catalog().list("000000000000", "us-east-1", prefix, after)) {
      names.push_back(queue->name);
    }
    return names;
  }
  QueueWorld world_;
};

TEST_F(QueueCatalogTest, CreatingAgainGivesTheSameQueue) {
  auto first = create("jobs", {{"DelaySeconds", "5"}});
  ASSERT_TRUE(first);
  EXPECT_EQ((*first)->arn(), "arn:aws:sqs:us-east-1:000000000000:jobs");
  auto same = create("jobs", {{"DelaySeconds", "5"}});
  ASSERT_TRUE(same);
  EXPECT_EQ((*same)->cell, (*first)->cell);
  // Only what the second call names is compared, defaults included.
  EXPECT_TRUE(create("jobs", {}));
  EXPECT_TRUE(create("jobs", {{"VisibilityTimeout", "30"}}));
  auto other = create("jobs", {{"DelaySeconds", "6"}});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().type, "QueueNameExists");
  EXPECT_EQ(other.error().message,
            "A queue already exists with the same name and a different value for attribute "
            "DelaySeconds");
}

TEST_F(QueueCatalogTest, QueuesOfRegionsAndAccountsAreApart) {
  ASSERT_TRUE(create("jobs", {}));
  ASSERT_TRUE(create("jobs", {{"DelaySeconds", "1"}}, "eu-west-1"));
  const QueueCatalog& catalog = world_.service->catalog();
  EXPECT_EQ(catalog.find_arn("arn:aws:sqs:eu-west-1:000000000000:jobs")->delay(), seconds(1));
  EXPECT_EQ(catalog.find_arn("arn:aws:sqs:us-east-1:000000000000:jobs")->delay(), seconds(0));
  EXPECT_EQ(catalog.find_arn("arn:aws:sqs:us-east-1:111111111111:jobs"), nullptr);
  EXPECT_EQ(catalog.find_arn("arn:aws:sns:us-east-1:000000000000:jobs"), nullptr);
  EXPECT_EQ(catalog.find_arn("jobs"), nullptr);
}

TEST_F(QueueCatalogTest, ListsByName) {
  for (const char* name : {"b", "a", "ab", "c"}) ASSERT_TRUE(create(name, {}));
  EXPECT_THAT(names(""), ElementsAre("a", "ab", "b", "c"));
  EXPECT_THAT(names("a"), ElementsAre("a", "ab"));
  EXPECT_THAT(names("", "ab"), ElementsAre("b", "c"));
  EXPECT_THAT(names("a", "a"), ElementsAre("ab"));
}

TEST_F(QueueCatalogTest, ADeletedQueueIsGoneAndItsNameFree) {
  QueuePtr first = create("jobs", {}).value();
  ASSERT_TRUE(remove(first));
  EXPECT_EQ(world_.find("jobs"), nullptr);
  EXPECT_EQ(remove(first).error().type, "QueueDoesNotExist");
  EXPECT_EQ(update(first, [](Queue&) {}).error().type, "QueueDoesNotExist");
  QueuePtr second = create("jobs", {{"DelaySeconds", "9"}}).value();
  EXPECT_NE(second->cell, first->cell);
  EXPECT_EQ(remove(first).error().type, "QueueDoesNotExist");
  EXPECT_EQ(world_.find("jobs"), second);
}

TEST_F(QueueCatalogTest, AQueueTooLargeToBeStoredIsRefused) {
  QueuePtr queue = create("jobs", {}).value();
  auto updated =
      update(queue, [](Queue& changed) { changed.tags["x"] = std::string(600'000, 'x'); });
  ASSERT_FALSE(updated);
  EXPECT_EQ(world_.find("jobs"), queue);
}

TEST(QueueCatalogOnDisk, ARestartKeepsQueues) {
  engine::rocks::TemporaryDirectory directory;
  QueueWorld world(directory.path());
  QueuePtr queue = world.create("jobs", {{"DelaySeconds", "5"}});
  world.timers.advance(seconds(7));
  Outcome<aws::Result<QueuePtr>> outcome;
  world.service->catalog().update(
      aws::RequestContext(), queue, [](Queue& changed) { changed.tags["team"] = "blue"; },
      outcome.done());
  ASSERT_TRUE(outcome.get());
  world.restart();
  QueuePtr kept = world.find("jobs");
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(kept->cell, queue->cell);
  EXPECT_EQ(kept->attributes, queue->attributes);
  EXPECT_EQ(kept->tags.at("team"), "blue");
  EXPECT_EQ(kept->created, queue->created);
  EXPECT_EQ(kept->modified, queue->created + seconds(7));
  EXPECT_EQ(kept->revision, 2u);
}

}  // namespace
}  // namespace millrace::sqs
