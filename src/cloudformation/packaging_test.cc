#include "cloudformation/packaging.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

namespace millrace::cloudformation {
namespace {

namespace fs = std::filesystem;

class PackagingTest : public testing::Test {
 protected:
  PackagingTest() {
    std::string pattern = (fs::temp_directory_path() / "millrace-packaging-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~PackagingTest() override { fs::remove_all(folder_); }
  void write(const std::string& name, const std::string& contents) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << contents;
  }
  fs::path folder_;
};

TEST_F(PackagingTest, TheSameFilesGiveTheSameBytes) {
  write("app.py", "def handler(event, context): pass");
  write("lib/util.py", "x = 1");
  write("__pycache__/app.pyc", "left out");
  auto first = zip_path(folder_);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->substr(0, 2), "PK");
  EXPECT_NE(first->find("lib/util.py"), std::string::npos);
  EXPECT_EQ(first->find("__pycache__"), std::string::npos);
  EXPECT_EQ(*first, *zip_path(folder_));
  write("lib/util.py", "x = 2");
  EXPECT_NE(*first, *zip_path(folder_));
}

TEST_F(PackagingTest, SaysWhatIsNotThere) {
  auto missing = zip_path(folder_ / "nowhere");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("nowhere"), std::string::npos);
  EXPECT_FALSE(zip_path(folder_));  // nothing in it
}

TEST_F(PackagingTest, FindsAndReplacesLocalCode) {
  json document = json::parse(R"({"Globals": {"Function": {"CodeUri": "./all"}}, "Resources": {
    "A": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "./src"}},
    "B": {"Type": "AWS::Serverless::Function", "Properties": {}},
    "C": {"Type": "AWS::Lambda::Function", "Properties": {"Code": "c.zip"}},
    "D": {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"ZipFile": "text"}}},
    "E": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "s3://bucket/key"}},
    "F": {"Type": "AWS::Serverless::Function", "Properties": {"InlineCode": "text"}}}})");
  EXPECT_EQ(local_code_paths(document),
            (std::map<std::string, std::string>{{"A", "./src"}, {"B", "./all"}, {"C", "c.zip"}}));
  std::map<std::string, std::string> zips = {{"c.zip", "bytes"}};
  mark_packaged_code(document, zips);
  ASSERT_TRUE(insert_packaged_code(document, zips));
  EXPECT_EQ(document["Resources"]["C"]["Properties"]["Code"][kPackagedCodeMember]["Zip"],
            "Ynl0ZXM=");
  json without_files = json::parse(
      R"({"Resources": {"C": {"Type": "AWS::Lambda::Function", "Properties": {"Code": "c.zip"}}}})");
  EXPECT_FALSE(insert_packaged_code(without_files, {}));
}

TEST_F(PackagingTest, TheStampFollowsChanges) {
  write("app.py", "1");
  std::string before = change_stamp(folder_);
  EXPECT_EQ(before, change_stamp(folder_));
  write("app.py", "22");
  EXPECT_NE(before, change_stamp(folder_));
}

}  // namespace
}  // namespace millrace::cloudformation
