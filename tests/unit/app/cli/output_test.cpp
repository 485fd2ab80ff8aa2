#include "app/cli/output.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "app/cli/output_target.h"
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

TEST(RefuseForeignFile, KnowsOurOwn) {
  const TempDir folder;
  const auto is_ours = [](std::string_view head) { return head.starts_with("ours"); };
  const auto refuse = [&](const std::filesystem::path& file) {
    expect_error<UsageError>([&] { refuse_foreign_file(file, false, is_ours); },
                             {file.string(), "--overwrite"});
    EXPECT_NO_THROW(refuse_foreign_file(file, true, is_ours));
  };
  const auto accept = [&](const std::filesystem::path& file) {
    EXPECT_NO_THROW(refuse_foreign_file(file, false, is_ours));
  };
  accept(folder.path() / "none");
  accept(folder.write("empty", ""));
  accept(folder.write("a", "ours, and more"));
  accept("/dev/null");
  refuse(folder.write("b", "theirs"));
  for (const char* target : {"a", "nowhere"}) {
    std::filesystem::create_symlink(target, folder.path() / (target + std::string("-link")));
    refuse(folder.path() / (target + std::string("-link")));
  }
  std::filesystem::create_symlink("/dev/null", folder.path() / "device");
  accept(folder.path() / "device");
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
