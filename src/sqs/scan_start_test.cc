#include "sqs/scan_start.h"

#include <gtest/gtest.h>

namespace millrace::sqs {
namespace {

constexpr engine::CellId kCell{1024};

Timestamp at(int seconds) {
  return from_unix_millis(seconds * 1000);
}

Timestamp begin_of(ScanStart& scan_start) {
  return ScanStart::Reader(scan_start, kCell).begin();
}

TEST(ScanStart, AReceiveThatSawNothingMovesTheStart) {
  ScanStart scan_start;
  EXPECT_EQ(begin_of(scan_start), Timestamp());
  ScanStart::Reader(scan_start, kCell).saw_none_before(at(10));
  EXPECT_EQ(begin_of(scan_start), at(10));
  ScanStart::Reader(scan_start, kCell).saw_none_before(at(5));
  EXPECT_EQ(begin_of(scan_start), at(10));
}

TEST(ScanStart, AWriterMovesItBack) {
  ScanStart scan_start;
  ScanStart::Reader(scan_start, kCell).saw_none_before(at(10));
  ScanStart::Writer(scan_start, kCell, at(7));
  EXPECT_EQ(begin_of(scan_start), at(7));
}

TEST(ScanStart, AWriterThatBeganWhileAReceiveLookedIsNotPassed) {
  ScanStart scan_start;
  ScanStart::Reader reader(scan_start, kCell);
  { ScanStart::Writer writer(scan_start, kCell, at(7)); }
  reader.saw_none_before(at(10));
  EXPECT_EQ(begin_of(scan_start), at(7));
}

TEST(ScanStart, AWriterThatEndsWhileAReceiveLooksIsNotPassed) {
  ScanStart scan_start;
  auto writer = std::make_unique<ScanStart::Writer>(scan_start, kCell, at(7));
  ScanStart::Reader reader(scan_start, kCell);
  writer.reset();  // committed after the receive has looked
  reader.saw_none_before(at(10));
  EXPECT_EQ(begin_of(scan_start), at(7));
}

TEST(ScanStart, AForgottenQueueBeginsAtTheFront) {
  ScanStart scan_start;
  ScanStart::Reader(scan_start, kCell).saw_none_before(at(10));
  scan_start.forget(kCell);
  EXPECT_EQ(begin_of(scan_start), Timestamp());
}

}  // namespace
}  // namespace millrace::sqs
