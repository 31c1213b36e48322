// TransactWriteItems and TransactGetItems.
#include <gmock/gmock.h>

#include "dynamodb/operation/operation_fixture.h"

namespace millrace::dynamodb::operation {
namespace {

// Lets writes begin when a test says so.
class HeldItems final : public table::ItemStore {
 public:
  explicit HeldItems(table::ItemStore& items) : items_(items) {}
  void write(std::shared_ptr<const std::vector<table::ItemWrite>> writes, std::string request_id,
             table::IdempotencyToken token, WriteCompletion done) override {
    held_.emplace_back([this, writes = std::move(writes), request_id = std::move(request_id),
                        token = std::move(token), done = std::move(done)]() mutable {
      items_.write(std::move(writes), std::move(request_id), std::move(token), std::move(done));
    });
  }
  void get(std::vector<table::ItemKey> keys, GetCompletion done, std::string request_id) override {
    items_.get(std::move(keys), std::move(done), std::move(request_id));
  }
  void range(table::RangeRead read, Visit visit, RangeCompletion done) override {
    items_.range(std::move(read), std::move(visit), std::move(done));
  }
  void release() {
    for (auto& write : std::exchange(held_, {})) write();
  }

 private:
  table::ItemStore& items_;
  std::vector<UniqueFunction<void()>> held_;
};

class TransactionTest : public OperationFixture {
 protected:
  TransactionTest() { create_plain("plain"); }

  static std::string put(const std::string& pk, const std::string& rest = "") {
    return R"({"Put":{"TableName":"plain","Item":{"pk":{"S":")" + pk + "\"}}" + rest + "}}";
  }
  static std::string on(const std::string& action, const std::string& pk, const std::string& rest) {
    return "{\"" + action + R"(":{"TableName":"plain","Key":{"pk":{"S":")" + pk + "\"}}" + rest +
           "}}";
  }
  static std::string write(const std::string& actions, const std::string& rest = "") {
    return R"({"TransactItems":[)" + actions + "]" + rest + "}";
  }
  nlohmann::json item(const std::string& pk) {
    auto read = call("GetItem", R"({"TableName":"plain","Key":{"pk":{"S":")" + pk + "\"}}}");
    return read.is_object() ? read.value("Item", nlohmann::json()) : nlohmann::json();
  }
  // From now on writes wait for held_->release().
  void hold_writes() {
    held_ = std::make_unique<HeldItems>(*items_);
    register_with(Dependencies{*catalog_, *held_, clock_});
  }
  std::unique_ptr<HeldItems> held_;
  using Answer = std::shared_ptr<std::optional<aws::Result<aws::Output>>>;
  // Begins a call that need not end.
  Answer begin(const std::string& operation, const std::string& body) {
    auto context = std::make_shared<aws::RequestContext>(context_);
    context->operation = operation;
    auto answer = std::make_shared<std::optional<aws::Result<aws::Output>>>();
    (*registry_->find("dynamodb", operation))(
        context, body,
        [answer](aws::Result<aws::Output> output) { answer->emplace(std::move(output)); });
    return answer;
  }
  // "" while the call runs, "ok", or the error's type.
  static std::string state(const std::optional<aws::Result<aws::Output>>& answer) {
    if (!answer) return "";
    return *answer ? "ok" : answer->error().type;
  }
  static nlohmann::json reasons(const aws::ApiError& error) {
    return error.members.empty() ? nlohmann::json() : parsed(error.members[0].second);
  }
};

constexpr const char* kMustNotExist = R"j(,"ConditionExpression":"attribute_not_exists(pk)")j";
constexpr const char* kMustExist = R"j(,"ConditionExpression":"attribute_exists(pk)")j";
constexpr const char* kAddOne =
    R"(,"UpdateExpression":"ADD n :one","ExpressionAttributeValues":{":one":{"N":"1"}})";

TEST_F(TransactionTest, WritesAllOfIt) {
  call("PutItem", R"({"TableName":"plain","Item":{"pk":{"S":"gone"}}})");
  call("PutItem", R"({"TableName":"plain","Item":{"pk":{"S":"checked"}}})");
  EXPECT_EQ(
      call("TransactWriteItems",
           write(put("a", kMustNotExist) + ',' + on("Update", "b", kAddOne) + ',' +
                 on("Delete", "gone", "") + ',' + on("ConditionCheck", "checked", kMustExist))),
      parsed("{}"));
  EXPECT_EQ(item("a"), parsed(R"({"pk":{"S":"a"}})"));
  EXPECT_EQ(item("b"), parsed(R"({"pk":{"S":"b"},"n":{"N":"1"}})"));
  EXPECT_TRUE(item("gone").is_null());
}

TEST_F(TransactionTest, EveryFailingConditionIsReportedAndNothingIsWritten) {
  call("PutItem", R"({"TableName":"plain","Item":{"pk":{"S":"a"},"x":{"N":"1"}}})");
  auto output = try_call("TransactWriteItems",
                         write(put("a", std::string(kMustNotExist) +
                                            R"(,"ReturnValuesOnConditionCheckFailure":"ALL_OLD")") +
                               ',' + put("b") + ',' + on("ConditionCheck", "none", kMustExist)));
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().type, "TransactionCanceledException");
  EXPECT_EQ(output.error().message,
            "Transaction cancelled, please refer cancellation reasons for specific reasons "
            "[ConditionalCheckFailed, None, ConditionalCheckFailed]");
  EXPECT_EQ(reasons(output.error()),
            parsed(R"([{"Code":"ConditionalCheckFailed","Message":"The conditional request failed",
                        "Item":{"pk":{"S":"a"},"x":{"N":"1"}}},{"Code":"None"},
                       {"Code":"ConditionalCheckFailed",
                        "Message":"The conditional request failed"}])"));
  EXPECT_TRUE(item("b").is_null());
}

TEST_F(TransactionTest, TheFirstInvalidActionIsTheOnlyReason) {
  call("PutItem", R"({"TableName":"plain","Item":{"pk":{"S":"a"},"n":{"S":"text"}}})");
  auto output = try_call("TransactWriteItems", write(on("ConditionCheck", "none", kMustExist) +
                                                     ',' + on("Update", "a", kAddOne)));
  ASSERT_FALSE(output);
  EXPECT_EQ(reasons(output.error()), parsed(R"([{"Code":"None"},{"Code":"ValidationError",
                "Message":"An operand in the update expression has an incorrect data type"}])"));
  EXPECT_EQ(
      error("TransactWriteItems",
            write(put("b") + R"(,{"Delete":{"TableName":"plain","Key":{"pk":{"N":"1"}}}})")),
      "TransactionCanceledException: Transaction cancelled, please refer cancellation reasons "
      "for specific reasons [None, ValidationError]");
}

TEST_F(TransactionTest, ATokenAppliesARequestOnce) {
  std::string token = R"(,"ClientRequestToken":"once","ReturnConsumedCapacity":"TOTAL")";
  auto first = call("TransactWriteItems", write(on("Update", "a", kAddOne), token));
  EXPECT_EQ(first["ConsumedCapacity"], parsed(R"([{"TableName":"plain","CapacityUnits":2.0,
                                                   "WriteCapacityUnits":2.0}])"));
  // The same actions with their members in another order.
  std::string reordered =
      R"({"Update":{"ExpressionAttributeValues":{":one":{"N":"1"}},"UpdateExpression":"ADD n :one",
          "Key":{"pk":{"S":"a"}},"TableName":"plain"}})";
  auto second = call("TransactWriteItems", write(reordered, token));
  EXPECT_EQ(second["ConsumedCapacity"], parsed(R"([{"TableName":"plain","CapacityUnits":2.0,
                                                    "ReadCapacityUnits":2.0}])"));
  EXPECT_EQ(item("a")["n"], parsed(R"({"N":"1"})"));
  EXPECT_THAT(error("TransactWriteItems", write(put("b"), token)),
              ::testing::StartsWith("IdempotentParameterMismatchException"));
  clock_.advance(std::chrono::minutes(11));
  call("TransactWriteItems", write(on("Update", "a", kAddOne), token));
  EXPECT_EQ(item("a")["n"], parsed(R"({"N":"2"})"));
}

TEST_F(TransactionTest, ARepetitionIsChargedAsAReadOfItsItems) {
  std::string big = R"({"Put":{"TableName":"plain","Item":{"pk":{"S":"big"},"x":{"S":")" +
                    std::string(9000, 'x') + R"("}}}})";
  std::string request = write(big + ',' + put("small"),
                              R"(,"ClientRequestToken":"t","ReturnConsumedCapacity":"INDEXES")");
  EXPECT_EQ(call("TransactWriteItems", request)["ConsumedCapacity"][0]["WriteCapacityUnits"], 20.0);
  EXPECT_EQ(call("TransactWriteItems", request)["ConsumedCapacity"],
            parsed(R"([{"TableName":"plain","CapacityUnits":8.0,"ReadCapacityUnits":8.0,
                        "Table":{"CapacityUnits":8.0,"ReadCapacityUnits":8.0}}])"));
}

TEST_F(TransactionTest, ATokenIsKnownForTenMinutes) {
  const std::string request = write(on("Update", "a", kAddOne), R"(,"ClientRequestToken":"t")");
  call("TransactWriteItems", request);
  clock_.advance(std::chrono::minutes(10) - std::chrono::milliseconds(1));
  call("TransactWriteItems", request);
  EXPECT_EQ(item("a")["n"], parsed(R"({"N":"1"})"));
  clock_.advance(std::chrono::milliseconds(2));
  call("TransactWriteItems", request);
  EXPECT_EQ(item("a")["n"], parsed(R"({"N":"2"})"));
}

TEST_F(TransactionTest, ACancelledTransactionsTokenIsFree) {
  const std::string token = R"(,"ClientRequestToken":"t")";
  error("TransactWriteItems", write(put("a", kMustExist), token));
  call("TransactWriteItems", write(put("b"), token));
}

TEST_F(TransactionTest, TransactionsAtOneTimeConflict) {
  hold_writes();
  auto first = begin("TransactWriteItems", write(put("a") + ',' + put("b")));
  auto second = begin("TransactWriteItems", write(put("c") + ',' + put("b") + ',' + put("a")));
  auto other = begin("TransactWriteItems", write(put("d")));
  auto read = begin("TransactGetItems", write(on("Get", "c", "") + ',' + on("Get", "a", "")));
  auto single = begin("PutItem", R"({"TableName":"plain","Item":{"pk":{"S":"a"}}})");
  auto statement =
      begin("ExecuteStatement", R"({"Statement":"DELETE FROM \"plain\" WHERE pk = 'b'"})");
  auto batch = begin("BatchWriteItem", R"({"RequestItems":{"plain":[
      {"DeleteRequest":{"Key":{"pk":{"S":"a"}}}}]}})");
  EXPECT_EQ(state(*first), "");
  ASSERT_EQ(state(*second), "TransactionCanceledException");
  EXPECT_EQ(reasons((*second)->error()), parsed(R"([{"Code":"None"},
                {"Code":"TransactionConflict","Message":"Transaction is ongoing for the item"},
                {"Code":"TransactionConflict","Message":"Transaction is ongoing for the item"}])"));
  ASSERT_EQ(state(*read), "TransactionCanceledException");
  EXPECT_EQ((*read)->error().message,
            "Transaction cancelled, please refer cancellation reasons for specific reasons [None, "
            "TransactionConflict]");
  ASSERT_EQ(state(*single), "TransactionConflictException");
  EXPECT_EQ((*single)->error().message, "Transaction is ongoing for the item");
  EXPECT_EQ(state(*statement), "TransactionConflictException");
  held_->release();
  EXPECT_FALSE(item("b").is_null());
  EXPECT_EQ(state(*first), "ok");
  EXPECT_EQ(state(*other), "ok");
  EXPECT_EQ(state(*batch), "ok");  // it waited
  EXPECT_TRUE(item("a").is_null());
  auto later = begin("TransactWriteItems", write(put("a") + ',' + put("b")));
  held_->release();
  EXPECT_EQ(state(*later), "ok");
}

TEST_F(TransactionTest, ACancelledTransactionHoldsNothing) {
  hold_writes();
  auto failing = begin("TransactWriteItems", write(put("a", kMustExist)));
  EXPECT_EQ(error("TransactWriteItems", write(put("a"))),
            "TransactionCanceledException: Transaction cancelled, please refer cancellation "
            "reasons for specific reasons [TransactionConflict]");
  held_->release();
  EXPECT_EQ(state(*failing), "TransactionCanceledException");
  auto later = begin("TransactWriteItems", write(put("a")));
  held_->release();
  EXPECT_EQ(state(*later), "ok");
}

TEST_F(TransactionTest, ATokenInUseIsToldAsSuch) {
  const std::string request = write(put("a"), R"(,"ClientRequestToken":"t")");
  hold_writes();
  auto first = begin("TransactWriteItems", request);
  EXPECT_EQ(error("TransactWriteItems", request),
            "TransactionInProgressException: The transaction with the given request token is "
            "already in progress.");
  held_->release();
  EXPECT_EQ(state(*first), "ok");
  auto repeated = begin("TransactWriteItems", request);
  held_->release();
  EXPECT_EQ(state(*repeated), "ok");
}

TEST_F(TransactionTest, ErrorsOfWrites) {
  auto fails = [&](const std::string& actions, const std::string& rest = "") {
    return error("TransactWriteItems", write(actions, rest));
  };
  EXPECT_EQ(
      fails(""),
      "ValidationException: 1 validation error detected: Value '[]' at 'transactItems' failed "
      "to satisfy constraint: Member must have length greater than or equal to 1");
  EXPECT_EQ(fails(put("a"), R"(,"ClientRequestToken":")" + std::string(37, 't') + "\""),
            "ValidationException: 1 validation error detected: Value '" + std::string(37, 't') +
                "' at 'clientRequestToken' failed to satisfy constraint: Member must have length "
                "less than or equal to 36");
  EXPECT_EQ(
      fails("{}"),
      "ValidationException: Invalid Request: TransactWriteRequest should contain Delete or Put "
      "or Update request");
  EXPECT_EQ(
      fails(put("a") + ',' + on("Delete", "a", "")),
      "ValidationException: Transaction request cannot include multiple operations on one item");
  EXPECT_EQ(fails(on("ConditionCheck", "a", "")),
            "ValidationException: 1 validation error detected: Value null at "
            "'transactItems.1.member.conditionCheck.conditionExpression' failed to satisfy "
            "constraint: Member must not be null");
  EXPECT_EQ(fails(R"({"Put":{"TableName":"bad!name","Item":{"pk":{"S":"a"}}}})"),
            "ValidationException: 1 validation error detected: Value 'bad!name' at "
            "'transactItems.1.member.put.tableName' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
  EXPECT_EQ(fails(R"({"Put":{"TableName":"none","Item":{"pk":{"S":"a"}}}})"),
            "ResourceNotFoundException: Requested resource not found");
  EXPECT_EQ(fails(put("a", R"(,"ConditionExpression":"")")),
            "ValidationException: Invalid ConditionExpression: The expression can not be empty;");
  EXPECT_EQ(
      fails(put("")),
      "ValidationException: One or more parameter values are not valid. The AttributeValue for "
      "a key attribute cannot contain an empty string value. Key: pk");
}

TEST_F(TransactionTest, ReadsInOrderOfTheRequest) {
  for (const char* pk : {"a", "b"}) {
    call("PutItem",
         R"({"TableName":"plain","Item":{"pk":{"S":")" + std::string(pk) + R"("},"x":{"N":"1"}}})");
  }
  auto read =
      call("TransactGetItems", write(on("Get", "none", "") + ',' + on("Get", "a", "") + ',' +
                                         on("Get", "b", R"(,"ProjectionExpression":"nothing")"),
                                     R"(,"ReturnConsumedCapacity":"TOTAL")"));
  EXPECT_EQ(read["Responses"], parsed(R"([{},{"Item":{"pk":{"S":"a"},"x":{"N":"1"}}},{}])"));
  EXPECT_EQ(read["ConsumedCapacity"], parsed(R"([{"TableName":"plain","CapacityUnits":6.0,
                                                  "ReadCapacityUnits":6.0}])"));
  EXPECT_EQ(
      error("TransactGetItems",
            write(on("Get", "a", "") + ',' + on("Get", "a", R"(,"ProjectionExpression":"x")"))),
      "ValidationException: Transaction request cannot include multiple operations on one item");
  EXPECT_EQ(
      error("TransactGetItems", write(R"({"Get":{"TableName":"plain","Key":{}}})")),
      "TransactionCanceledException: Transaction cancelled, please refer cancellation reasons "
      "for specific reasons [ValidationError]");
}

}  // namespace
}  // namespace millrace::dynamodb::operation
