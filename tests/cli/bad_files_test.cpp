// Files that are not pictures, and confusing names: each produces one error line and the run
// continues.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/saccade_program.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;

std::string half_of(const fs::path& file) {
  const std::string bytes = read_file(file);
  return bytes.substr(0, bytes.size() / 2);
}

/// Writes every kind of bad file into `folder`; returns their paths.
std::vector<std::string> make_bad_files(const TempDir& folder) {
  const fs::path webp = source_path("tests/unit/vision/data/decode/lossy.webp");
  std::vector<std::string> files{(folder.path() / "missing.png").string(),
                                 "/proc/self/mem"};  // opens, but cannot be read
  const auto add = [&](const std::string& name, const std::string& bytes) {
    files.push_back(folder.write(name, bytes).string());
  };
  add("empty.png", "");
  add("text.jpg", "I am not a picture.\n");
  add("cut.jpg", half_of(sample("rocket.jpg")));
  add("cut.png", half_of(sample("cat.png")));
  add("cut.webp", half_of(webp));
  add("head.jpg", read_file(sample("rocket.jpg")).substr(0, 3));
  add("huge.pnm", "P6\n100000 100000\n255\nabc");
  add("overflow.pnm", "P6\n99999999999 99999999999\n255\nabc");
  add("flat.pnm", "P6\n0 5\n255\n");
  return files;
}

TEST(BadFiles, EachIsOneLineAndTheRestIsClassified) {
  const TempDir folder;
  std::vector<std::string> arguments = make_bad_files(folder);
  const size_t bad = arguments.size();
  arguments.push_back(sample("cat.png"));
  arguments.insert(arguments.begin(), {"classify", "--format", "jsonl"});
  const ProcessResult result = run_saccade(arguments);
  EXPECT_EQ(result.exit_code, 3);
  const auto errors = lines(result.err);
  EXPECT_EQ(errors.size(), bad + 1) << result.err;  // one more for the note on the model
  for (const std::string& line : errors) EXPECT_TRUE(line.starts_with("saccade: ")) << line;
  const auto records = lines(result.out);
  ASSERT_EQ(records.size(), bad + 1);
  for (size_t i = 0; i < bad; ++i) {
    const auto record = nlohmann::json::parse(records[i]);
    EXPECT_EQ(record["file"], arguments[i + 3]);
    EXPECT_TRUE(record["predictions"].empty()) << records[i];
    EXPECT_EQ(errors[i + 1], "saccade: error: " + record["error"].get<std::string>());
  }
}

TEST(BadFiles, OnlyBadFilesExitsWithOne) {
  const TempDir folder;
  std::vector<std::string> arguments = make_bad_files(folder);
  arguments.insert(arguments.begin(), {"classify", "-q"});
  const ProcessResult result = run_saccade(arguments);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.out, "");
}

TEST(BadFiles, AnEmptyFolderInAList) {
  const TempDir folder;
  fs::create_directory(folder.path() / "folder.png");
  ProcessOptions process;
  process.input = (folder.path() / "folder.png").string();
  const ProcessResult result = run_saccade({"classify", "-q", "-"}, process);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("folder.png: no picture found in the folder"), std::string::npos)
      << result.err;
}

TEST(BadFiles, UnreadableFile) {
  if (::geteuid() == 0) GTEST_SKIP() << "root can read every file";
  const TempDir folder;
  const fs::path file = folder.write("locked.png", read_file(sample("cat.png")));
  fs::permissions(file, fs::perms::none);
  const ProcessResult result = run_saccade({"classify", "-q", file.string()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.err.find("ermission"), std::string::npos) << result.err;
}

TEST(BadFiles, ControlCharactersInNamesStayHarmless) {
  const TempDir folder;
  const std::string name = "two\nlines \x1b[31m.png";
  folder.write(name, read_file(sample("cat.png")));
  folder.write("bad" + name, "");
  ProcessOptions process;
  process.folder = folder.path();
  const ProcessResult result = run_saccade({"classify", "-q", "-k1", name, "bad" + name}, process);
  EXPECT_EQ(result.exit_code, 3);
  ASSERT_EQ(lines(result.out).size(), 2u);
  EXPECT_EQ(lines(result.out)[0], "two\\nlines \\x1b[31m.png");
  EXPECT_EQ(lines(result.err).size(), 1u) << result.err;
  EXPECT_EQ(result.err.find('\x1b'), std::string::npos);
}

TEST(BadFiles, NamesThatAreNotUtf8MakeValidJson) {
  const TempDir folder;
  ProcessOptions process;
  process.folder = folder.path();
  folder.write("caf\xe9.png", read_file(sample("cat.png")));
  const ProcessResult result =
      run_saccade({"classify", "-q", "caf\xe9.png", "--format", "json"}, process);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(nlohmann::json::parse(result.out)[0]["file"], "caf\xef\xbf\xbd.png");
}

}  // namespace
}  // namespace saccade::test
