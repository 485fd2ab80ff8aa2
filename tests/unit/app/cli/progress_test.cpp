#include "app/cli/progress.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "app/predict/download_progress.h"

namespace saccade {
namespace {

TEST(Progress, TellsTimeAsPeopleReadIt) {
  EXPECT_EQ(clock_time(0), "0:00");
  EXPECT_EQ(clock_time(7.9), "0:07");
  EXPECT_EQ(clock_time(200), "3:20");
  EXPECT_EQ(clock_time(3725), "1:02:05");
  EXPECT_EQ(clock_time(1e30), "277777:46:40");  // a rate near 0 is no crash
}

TEST(Progress, DrawsABar) {
  EXPECT_EQ(progress_bar(0, 1000, 0, 0), "[--------------------] 0/1000");
  EXPECT_EQ(progress_bar(250, 1000, 45.25, 2),
            "[#####---------------] 250/1000  45.2 images/s  ETA 0:16  2 failed");
  EXPECT_EQ(progress_bar(1000, 1000, 50, 0),
            "[####################] 1000/1000  50.0 images/s  ETA 0:00");
  EXPECT_EQ(progress_bar(0, 0, 0, 0), "[####################] 0/0");
}

TEST(Progress, OfADownload) {
  EXPECT_EQ(download_bar(0, 86'500'000, 0), "[--------------------] 0 bytes of 86.5 MB");
  EXPECT_EQ(download_bar(21'625'000, 86'500'000, 5'100'000),
            "[#####---------------] 21.6 MB of 86.5 MB  5.10 MB/s  ETA 0:12");
  EXPECT_EQ(download_bar(5, 0, 1),
            "[####################] 5 bytes of 0 bytes  1 bytes/s  ETA 0:00");
}

TEST(Progress, SizesHaveThreeDigits) {
  EXPECT_EQ(bytes_text(999), "999 bytes");
  EXPECT_EQ(bytes_text(1000), "1.00 kB");
  EXPECT_EQ(bytes_text(9'996), "10.0 kB");
  EXPECT_EQ(bytes_text(123'456), "123 kB");
  EXPECT_EQ(bytes_text(999'600), "1.00 MB");
  EXPECT_EQ(bytes_text(UINT64_MAX), "18446744 TB");
}

}  // namespace
}  // namespace saccade
