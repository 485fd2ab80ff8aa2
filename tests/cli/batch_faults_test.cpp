// Every system call of a batch that can fail does, one by one: the run ends with one line and the
// right exit code, and --resume completes it.
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/cli/runs.h"
#include "tests/support/faults.h"
#include "tests/support/sqlite_rows.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kBatch{"batch",     "-q", "photos",       "-o", "out",
                                      "--threads", "1",  "--batch-size", "1",  "--overlays"};

/// What a run leaves, without times.
struct Outcome {
  std::string lines, table;
  std::vector<std::string> rows;
  bool operator==(const Outcome&) const = default;
};

Outcome outcome_of(const TempDir& folder) {
  const fs::path out = folder.path() / "out";
  return {read_file(out / "results.jsonl"), read_file(out / "results.csv"),
          query(out / "results.sqlite",
                "SELECT file, label, score FROM images JOIN predictions ON id = image_id "
                "ORDER BY id, rank")};
}

/// Names in the folder that no run should leave.
std::vector<std::string> leftovers(const fs::path& folder) {
  std::vector<std::string> left;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".part") || name.ends_with("-journal")) left.push_back(name);
  }
  return left;
}

class BatchFaults : public testing::Test {
 protected:
  BatchFaults() {
    for (const char* name : {"photos/a.png", "photos/b.png", "photos/c.png"}) {
      folder_.write(name, read_file(sample("cat.png")));
    }
    command_ = kBatch;
    command_.insert(command_.end(), {"--results", "csv,sqlite"});
    EXPECT_EQ(run_in(folder_, command_).exit_code, 0);
    whole_ = outcome_of(folder_);
    EXPECT_EQ(lines(whole_.lines).size(), 3u);
  }

  FaultyResult run(const Fault& fault) {
    fs::remove_all(folder_.path() / "out");
    ProcessOptions process;
    process.folder = folder_.path();
    process.variables = {{"HF_HUB_OFFLINE", "1"}};
    std::vector<std::string> command = command_;
    command.insert(command.begin(), SACCADE_PROGRAM);
    return run_with_fault(command, fault, process);
  }

  void expect_complete_after_resume() {
    std::vector<std::string> command = command_;
    command.push_back("--resume");
    const ProcessResult resumed = run_in(folder_, command);
    EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
    EXPECT_TRUE(outcome_of(folder_) == whole_);
    EXPECT_EQ(leftovers(folder_.path() / "out"), std::vector<std::string>{});
  }

  /// Lets the first, second, ... call fail, until the run makes no more. Returns their number.
  int fail_each(const std::string& call, int error, bool from_then_on) {
    for (int number = 1; number < 500; number += number < 10 ? 1 : 11) {
      SCOPED_TRACE(call + " number " + std::to_string(number));
      const FaultyResult run =
          this->run({call, number, error, folder_.path() / "out", from_then_on});
      if (!run.fired) return number - 1;
      if (run.result.exit_code == 0) {  // no result depends on this call
        EXPECT_TRUE(outcome_of(folder_) == whole_);
      } else {
        EXPECT_EQ(run.result.exit_code, 1);
        EXPECT_EQ(lines(run.result.err).size(), 1u) << run.result.err;
        EXPECT_TRUE(run.result.err.starts_with("saccade: error: out")) << run.result.err;
      }
      expect_complete_after_resume();
      if (HasFailure()) break;
    }
    return 0;
  }

  TempDir folder_;
  std::vector<std::string> command_;
  Outcome whole_;
};

TEST_F(BatchFaults, Write) { EXPECT_GT(fail_each("write", ENOSPC, false), 10); }
TEST_F(BatchFaults, EveryWriteFromThenOn) { EXPECT_GT(fail_each("write", ENOSPC, true), 10); }
TEST_F(BatchFaults, Rename) { EXPECT_GT(fail_each("rename", EACCES, false), 5); }
TEST_F(BatchFaults, Close) { EXPECT_GT(fail_each("close", EIO, false), 5); }
TEST_F(BatchFaults, Open) { EXPECT_GT(fail_each("open", EMFILE, false), 10); }
TEST_F(BatchFaults, Sync) { EXPECT_GT(fail_each("fsync", EIO, false), 2); }

// The fault of the system is not the picture's: there is no record of a failure.
TEST_F(BatchFaults, TooManyOpenFilesIsNoFaultOfAPicture) {
  for (const int error : {EMFILE, ENFILE, ENOMEM}) {
    for (int number = 1; number < 12; ++number) {
      const FaultyResult run = this->run({"open", number, error, folder_.path() / "photos", false});
      for (const Json& record : records(folder_.path() / "out/results.jsonl")) {
        EXPECT_FALSE(record.contains("error")) << record;
      }
      if (!run.fired) break;
      expect_complete_after_resume();
    }
  }
}

TEST_F(BatchFaults, AFolderThatCannotBeLockedIsSaid) {
  fs::remove_all(folder_.path() / "out");
  command_.erase(command_.begin() + 1);  // -q
  const FaultyResult run = this->run({"flock", 1, ENOLCK, folder_.path() / "out", false});
  EXPECT_EQ(run.result.exit_code, 0);
  EXPECT_NE(run.result.err.find("out: cannot be locked (No locks available)"), std::string::npos)
      << run.result.err;
}

TEST_F(BatchFaults, PartsOfAKilledRunAreRemoved) {
  folder_.write("out/.saccade-1234567-0.part", "left");
  folder_.write("out/.saccade-1234567-1.part", "left");
  expect_complete_after_resume();
}

// Past the limit of file sizes the system sends a signal that would end the program.
TEST_F(BatchFaults, TheLimitOfFileSizesIsAnOrdinaryError) {
  const ProcessResult result =
      run_script(folder_, "ulimit -f 1; exec \"$0\" batch -q photos -o small -k 10");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(lines(result.err).size(), 1u) << result.err;
  EXPECT_NE(result.err.find("File too large"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace saccade::test
