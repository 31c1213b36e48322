#include "lambda/function/zip_archive.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "lambda/function/test_archive.h"

namespace millrace::lambda {
namespace {

namespace fs = std::filesystem;

class ZipArchive : public testing::Test {
 protected:
  ZipArchive() {
    root_ = fs::path(testing::TempDir()) /
            (std::string("millrace-zip-") +
             testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(root_);
    fs::create_directories(root_ / "task");
  }
  ~ZipArchive() override { fs::remove_all(root_); }

  aws::Result<void> unpack(const std::string& archive) {
    return unpack_zip(archive, (root_ / "task").string());
  }
  void expect_refused(const std::vector<TestFile>& files) {
    auto result = unpack(make_zip(files));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().type, "InvalidParameterValueException");
    EXPECT_EQ(result.error().message,
              "Could not unzip uploaded file. Please check your file, then try to upload again.");
    EXPECT_FALSE(fs::exists(root_ / "escaped"));
  }
  std::string content(const std::string& name) {
    std::ifstream file(root_ / "task" / name);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }

  fs::path root_;
};

TEST_F(ZipArchive, KeepsFilesFoldersAndModes) {
  ASSERT_TRUE(unpack(make_zip({{"bootstrap", "#!/bin/sh\n", S_IFREG | 0755},
                               {"package/module.py", "x = 1\n", S_IFREG | 0600},
                               {"empty/", "", S_IFDIR | 0755}})));
  EXPECT_EQ(content("package/module.py"), "x = 1\n");
  EXPECT_TRUE(fs::is_directory(root_ / "task/empty"));
  struct stat status {};
  ASSERT_EQ(stat((root_ / "task/bootstrap").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0755u);
  ASSERT_EQ(stat((root_ / "task/package/module.py").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0644u);
}

TEST_F(ZipArchive, KeepsLinksInside) {
  ASSERT_TRUE(unpack(
      make_zip({{"lib/real.txt", "text"}, {"bin/link", "../lib/real.txt", S_IFLNK | 0777}})));
  EXPECT_EQ(content("bin/link"), "text");
}

TEST_F(ZipArchive, RefusesToLeaveTheFolder) {
  expect_refused({{"../escaped", "x"}});
  expect_refused({{"a/../../escaped", "x"}});
  expect_refused({{"/escaped", "x"}});
  expect_refused({{"..\\escaped", "x"}});
  expect_refused({{"link", "/etc", S_IFLNK | 0777}});
  expect_refused({{"link", "../..", S_IFLNK | 0777}});
}

TEST_F(ZipArchive, RefusesToLeaveTheFolderThroughLinks) {
  expect_refused({{"out", "deep/er", S_IFLNK | 0777}, {"out/file", "x"}});
  fs::remove_all(root_ / "task");
  fs::create_directories(root_ / "task");
  // Each target is inside by its text, but the second leads through the first.
  expect_refused({{"a/b/up", "../..", S_IFLNK | 0777}, {"c", "a/b/up/../x", S_IFLNK | 0777}});
}

TEST_F(ZipArchive, RefusesWhatIsNoZip) {
  EXPECT_EQ(unpack("").error().message, "Uploaded file must be a non-empty zip");
  EXPECT_FALSE(unpack("not a zip"));
  std::string noise;
  for (unsigned i = 0; i < 1000; ++i) noise += static_cast<char>(i * 2654435761u >> 24);
  std::string archive = make_zip({{"file", noise}});
  EXPECT_FALSE(unpack(archive.substr(0, archive.size() / 2)));
  // The stored bytes no longer match their checksum.
  archive[500] = static_cast<char>(archive[500] ^ 0x55);
  EXPECT_FALSE(unpack(archive));
}

TEST_F(ZipArchive, RefusesMoreThanTheLimit) {
  std::string archive = make_zip({{"a", std::string(500, 'a')}, {"b", std::string(501, 'b')}});
  auto result = unpack_zip(archive, (root_ / "task").string(), 1000);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "Unzipped size must be smaller than 1000 bytes");
  EXPECT_TRUE(unpack_zip(archive, (root_ / "task").string(), 1001));
}

}  // namespace
}  // namespace millrace::lambda
