#include "base/process.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

constexpr Duration kLong = std::chrono::seconds(60);

TEST(ProcessTest, PassesInputAndEnvironmentAndCollectsBothStreams) {
  std::string large(1 << 20, 'x');
  auto result =
      run_process({"sh", "-c", "cat; echo \"$WORD\" >&2; exit 3"}, large, {"WORD=hello"}, kLong);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output, large);
  EXPECT_EQ(result->errors, "hello\n");
  EXPECT_EQ(result->exit_code, 3);
}

TEST(ProcessTest, TellsASignalAsTheShellDoes) {
  auto result = run_process({"sh", "-c", "kill -9 $$"}, "", {}, kLong);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->exit_code, 128 + 9);
}

TEST(ProcessTest, NamesAProgramThatIsNotThere) {
  auto result = run_process({"no-such-program"}, "", {}, kLong);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().find("no-such-program"), std::string::npos);
}

TEST(ProcessTest, EndsWhatTakesTooLong) {
  auto result =
      run_process({"sh", "-c", "while :; do :; done"}, "", {}, std::chrono::milliseconds(50));
  ASSERT_FALSE(result);
}

}  // namespace
}  // namespace millrace
