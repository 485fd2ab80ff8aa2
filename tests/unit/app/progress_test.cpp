#include "app/progress.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace saccade
