#include "app/cli/output.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "app/predict/builtin_model.h"
#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using test::expect_error;
using test::TempDir;

TEST(Output, WritesAtFlushAndReplacesWhatWasThere) {
  const TempDir folder;
  const auto file = folder.write("out", "something much longer");
  Output output(file);
  output.write("ab");
  output.write("c");
  output.flush();
  std::ifstream stream(file);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(stream), {}), "abc");
}

TEST(Output, ErrorsNameTheFileAndTheReason) {
  const TempDir folder;
  const auto nowhere = folder.path() / "no" / "file";
  expect_error<SystemError>([&] { Output output(nowhere); }, {nowhere.string(), "No such file"});
  expect_error<SystemError>([&] { Output output(folder.path()); }, {"directory", "-o"});
  Output full("/dev/full");
  full.write("text");
  expect_error<SystemError>([&] { full.flush(); }, {"/dev/full", "No space left"});
}

TEST(BuiltinModel, IsBesideTheProgramsFolder) {
  const TempDir prefix;
  const auto config = prefix.write("share/saccade/models/tiny-imagenet/config.json", "{}");
  EXPECT_EQ(builtin_model(prefix.path() / "bin" / "saccade"), config.parent_path());
  expect_error<ModelError>([&] { builtin_model(prefix.path() / "saccade"); },
                           {"built-in model", "-m"});
}

}  // namespace
}  // namespace saccade
