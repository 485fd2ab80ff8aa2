// Pipes, devices and sockets where files are expected: nothing waits for them.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/cli/runs.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;

void make_fifo(const fs::path& path) { ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0); }

TEST(NotRegularFiles, InAListAreFailedRecords) {
  const TempDir folder;
  write_cats(folder, 2);
  make_fifo(folder.path() / "fifo.png");
  folder.write("list", "p0.png\nfifo.png\n/dev/zero\n/dev/null\np1.png\n");
  const ProcessResult result = run_in(folder, {"batch", "-q", "@list", "-o", "out"});
  EXPECT_EQ(result.exit_code, 3) << result.err;
  const auto all = records(folder.path() / "out/results.jsonl");
  ASSERT_EQ(all.size(), 5u);
  EXPECT_EQ(all[1]["error"], "fifo.png: is a FIFO, not a regular file");
  EXPECT_EQ(all[2]["error"], "/dev/zero: is a device, not a regular file");
  EXPECT_EQ(all[3]["error"], "/dev/null: is a device, not a regular file");
  EXPECT_FALSE(all[4].contains("error"));
}

TEST(NotRegularFiles, OnTheCommandLineAreErrors) {
  const TempDir folder;
  make_fifo(folder.path() / "fifo.png");
  for (const std::string command : {"classify", "attend"}) {
    const ProcessResult result = run_in(folder, {command, "-q", "fifo.png"});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_NE(result.err.find("fifo.png: is a FIFO, not a regular file"), std::string::npos)
        << result.err;
  }
}

TEST(NotRegularFiles, InAFolderArePassedOver) {
  const TempDir folder;
  folder.write("photos/cat.png", read_file(sample("cat.png")));
  make_fifo(folder.path() / "photos/fifo.png");
  EXPECT_EQ(run_in(folder, {"batch", "-q", "photos", "-o", "out"}).exit_code, 0);
  EXPECT_EQ(records(folder.path() / "out/results.jsonl").size(), 1u);
}

// The pictures are links in a list, so that the last can be exchanged while the run is under way.
TEST(NotRegularFiles, SwappedInForAQueuedPictureFails) {
  const TempDir folder;
  link_photos(folder, 400, {"cat.png"});
  const ProcessResult result = run_script(folder,
                                          R"("$0" batch -q --threads 1 photos -o out & run=$!
         until [ -s out/results.jsonl ]; do sleep 0.01; done
         rm photos/p399.png; mkfifo photos/p399.png
         wait $run; echo $?)");
  EXPECT_EQ(result.out, "3\n") << result.err;
  const auto all = records(folder.path() / "out/results.jsonl");
  ASSERT_EQ(all.size(), 400u);
  EXPECT_EQ(all[399]["error"], "photos/p399.png: is a FIFO, not a regular file");
}

TEST(NotRegularFiles, AsPartsOfAModelAreErrors) {
  const TempDir folder;
  fs::copy(source_path("weights/builtin-model"), folder.path() / "model");
  fs::remove(folder.path() / "model/config.json");
  make_fifo(folder.path() / "model/config.json");
  make_fifo(folder.path() / "labels");
  const ProcessResult config = run_in(folder, {"classify", "-q", "-m", "model", sample("cat.png")});
  EXPECT_EQ(config.exit_code, 1);
  EXPECT_NE(config.err.find("config.json: is a FIFO, not a regular file"), std::string::npos)
      << config.err;
  const ProcessResult labels =
      run_in(folder, {"classify", "-q", "--labels", "labels", sample("cat.png")});
  EXPECT_EQ(labels.exit_code, 1);
  EXPECT_NE(labels.err.find("labels: is a FIFO, not a regular file"), std::string::npos)
      << labels.err;
}

TEST(NotRegularFiles, AListMayBeAPipeButNotADevice) {
  const TempDir folder;
  const ProcessResult piped =
      run_script(folder, R"("$0" classify -q -k 1 --format csv @<(echo "$1"))", sample("cat.png"));
  EXPECT_EQ(piped.exit_code, 0) << piped.err;
  EXPECT_EQ(lines(piped.out).size(), 2u);
  const ProcessResult named = run_script(
      folder, R"(echo "$1" | "$0" classify -q -k 1 --format csv @/dev/stdin)", sample("cat.png"));
  EXPECT_EQ(named.exit_code, 0) << named.err;
  const ProcessResult device = run_in(folder, {"classify", "-q", "@/dev/zero"});
  EXPECT_EQ(device.exit_code, 2);
  EXPECT_NE(device.err.find("/dev/zero: the list of pictures cannot be read: it is a device"),
            std::string::npos)
      << device.err;
}

// A list that never comes can be given up.
TEST(NotRegularFiles, ASignalEndsTheWaitForAList) {
  const TempDir folder;
  make_fifo(folder.path() / "list");
  const ProcessResult result = run_script(
      folder, R"("$0" batch -q @list -o out & sleep 0.3; kill -TERM $!; wait $!; echo $?)");
  EXPECT_EQ(result.out, "143\n") << result.err;
}

}  // namespace
}  // namespace saccade::test
