// Under a limit of address space a command succeeds, or ends with one line on standard error: it
// never crashes.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/cli/saccade_program.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {
namespace {

ProcessResult run_with_megabytes(int megabytes, std::vector<std::string> arguments) {
  arguments.insert(
      arguments.begin(),
      {"/bin/sh", "-c", "ulimit -v " + std::to_string(megabytes * 1024) + " && exec \"$0\" \"$@\"",
       SACCADE_PROGRAM});
  return run_process(arguments);
}

class MemoryLimit : public testing::TestWithParam<const char*> {};

TEST_P(MemoryLimit, IsNoCrash) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers need all of the address space";
#endif
  const TempDir folder;
  const std::string out = (folder.path() / "out").string();
  const std::vector<std::vector<std::string>> commands{
      {"classify", "-q", sample("cat.png")},
      {"classify", "-q", sample("cat.png"), sample("rocket.jpg")},
      {"attend", "-q", sample("cat.png"), "-o", out + "/maps"},
      {"batch", "-q", sample("cat.png"), "-o", out + "/run", "--overwrite"},
      {"bench", "--seconds", "0.05", "-b", "1"}};
  for (std::vector<std::string> command : commands) {
    const std::string name = command.front();
    command.insert(command.end(), {"--precision", GetParam()});
    bool succeeded = false;
    for (int megabytes = 140; !succeeded && megabytes < 1200; megabytes += 20) {
      SCOPED_TRACE(name + " " + std::to_string(megabytes));
      const ProcessResult result = run_with_megabytes(megabytes, command);
      succeeded = result.exit_code == 0;
      if (succeeded || result.exit_code == 127) continue;  // 127: the libraries do not fit
      EXPECT_TRUE(result.exit_code == 1 || result.exit_code == 3) << result.exit_code;
      const auto errors = lines(result.err);
      EXPECT_TRUE(!errors.empty() && std::all_of(errors.begin(), errors.end(), [](const auto& e) {
        return e.starts_with("saccade: ");
      })) << result.err;
    }
    EXPECT_TRUE(succeeded) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Precision, MemoryLimit, testing::Values("f32", "bf16", "int8"),
                         [](const auto& name) { return std::string(name.param); });

}  // namespace
}  // namespace saccade::test
