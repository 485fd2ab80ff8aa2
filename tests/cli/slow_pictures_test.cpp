// Pictures that take long to decode: --picture-timeout, and the end of a run that decodes one.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/cli/runs.h"
#include "tests/support/slow_jpeg.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;

/// Writes a picture of 144 megapixels and as many scans as are allowed, which takes seconds, and a
/// cat before it.
void write_pictures(const TempDir& folder) {
  folder.write("photos/a.png", read_file(sample("cat.png")));
  folder.write("photos/b.jpg", slow_jpeg(12000, 12000, 32));
}

TEST(SlowPictures, FailWhenTheirTimeIsOver) {
  const TempDir folder;
  write_pictures(folder);
  folder.write("photos/c.png", read_file(sample("cat.png")));
  const ProcessResult result =
      run_in(folder, {"batch", "-q", "photos", "-o", "out", "--picture-timeout", "1",
                      "--max-memory", "4G", "--report"});
  EXPECT_EQ(result.exit_code, 3) << result.err;
  const auto all = records(folder.path() / "out/results.jsonl");
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[1]["error"],
            "photos/b.jpg: took longer than 1 s to decode; --picture-timeout gives it more time");
  EXPECT_FALSE(all[2].contains("error"));
  EXPECT_TRUE(fs::exists(folder.path() / "out/report/index.html"));
}

TEST(SlowPictures, DoNotKeepASignalWaiting) {
  const TempDir folder;
  write_pictures(folder);
  const ProcessResult result =
      run_script(folder,
                 R"("$0" batch -q photos -o out --threads 2 --batch-size 1 --max-memory 4G & run=$!
         until [ -s out/results.jsonl ]; do sleep 0.01; done
         begin=$(date +%s%N); kill -TERM $run; wait $run; echo $?
         echo $(( ($(date +%s%N) - begin) / 1000000 )))");
  const auto said = lines(result.out);
  ASSERT_EQ(said.size(), 2u) << result.err;
  EXPECT_EQ(said[0], "143");
  EXPECT_LT(std::stoi(said[1]), 3000) << "ms";
  EXPECT_NE(result.err.find("interrupted after 1 of 2 pictures"), std::string::npos) << result.err;
  const auto all = records(folder.path() / "out/results.jsonl");
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0]["file"], "a.png");
}

TEST(SlowPictures, NeedAWholeNumberOfSeconds) {
  const TempDir folder;
  const ProcessResult result =
      run_in(folder, {"batch", "photos", "-o", "out", "--picture-timeout", "soon"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("--picture-timeout"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace saccade::test
