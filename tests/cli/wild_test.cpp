// Folders, names and lists as people have them.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/cli/builtin_answers.h"
#include "tests/cli/runs.h"
#include "tests/cli/saccade_program.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Labels for the built-in model's classes from `first` on.
std::string labels_from(int first) {
  std::string labels;
  for (int i = first; i < kBuiltinClasses; ++i) labels += "other " + std::to_string(i) + "\n";
  return labels;
}

/// Labels of the built-in model's classes, of which the first ten are digits; nine of these are not
/// their own index.
std::string digit_labels() { return "3\n1\n4\n0\n5\n9\n2\n6\n8\n7\n" + labels_from(10); }

TEST(Wild, HiddenFilesArePassedOverAndCounted) {
  const TempDir folder;
  const std::string cat = read_file(sample("cat.png"));
  folder.write("photos/cat.png", cat);
  folder.write("photos/._cat.png", "\0\5\26\7 Mac OS X");
  folder.write("photos/.ipynb_checkpoints/cat-checkpoint.png", cat);
  const ProcessResult result = run_in(folder, {"classify", "photos", "--format", "csv", "-k", "1"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(lines(result.out).size(), 2u) << result.out;
  EXPECT_TRUE(contains(result.err, "passed over: 2; --hidden takes them")) << result.err;
  const ProcessResult all =
      run_in(folder, {"classify", "-q", "--hidden", "photos", "--format", "csv"});
  EXPECT_EQ(all.exit_code, 3);
  EXPECT_TRUE(contains(all.out, "cat-checkpoint.png,1,")) << all.out;
  const ProcessResult named =
      run_in(folder, {"classify", "-q", "photos/.ipynb_checkpoints", "--format", "csv"});
  EXPECT_EQ(named.exit_code, 0) << named.err;
  EXPECT_EQ(run_in(folder, {"attend", "-q", "photos", "-o", "maps"}).exit_code, 0);
  const ProcessResult batch = run_in(folder, {"batch", "photos", "-o", "out"});
  EXPECT_EQ(batch.exit_code, 0) << batch.err;
  EXPECT_EQ(records(folder.path() / "out/results.jsonl").size(), 1u);
  EXPECT_EQ(Json::parse(read_file(folder.path() / "out/run.json"))["counts"]["hidden"], 2);
}

TEST(Wild, HiddenFoldersAreNoClasses) {
  const TempDir folder;
  const std::string cat = read_file(sample("cat.png"));
  folder.write("set/tabby/a.png", cat);
  folder.write("set/.ipynb_checkpoints/a-checkpoint.png", cat);
  const ProcessResult result = run_in(folder, {"evaluate", "set", "--format", "json"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(Json::parse(result.out)["pictures"], 1);
  EXPECT_TRUE(contains(result.err, "passed over: 1")) << result.err;
  for (int i = 1; i < kBuiltinClasses; ++i)
    fs::create_directories(folder.path() / "set" / ("z" + std::to_string(i)));
  EXPECT_EQ(run_in(folder, {"evaluate", "-q", "set", "--classes", "sorted"}).exit_code, 0);
}

TEST(Wild, ANumberThatIsALabelAndAnIndexIsRefused) {
  const TempDir folder;
  const std::string digits = folder.write("digits.txt", digit_labels()).string();
  const auto attend = [&](const std::string& option, const std::string& text) {
    return run_in(folder, {"attend", "-q", "--labels", digits, option, text, "--raw", "npy",
                           sample("cat.png")});
  };
  for (const char* option : {"--class", "--versus"}) {
    const ProcessResult refused = attend(option, "7");
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_TRUE(contains(refused.err, "index:7") && contains(refused.err, "label:7"))
        << refused.err;
  }
  EXPECT_EQ(attend("--class", "index:7").exit_code, 0);
  EXPECT_TRUE(fs::exists(folder.path() / "cat_saccade_class007.png"));
  EXPECT_EQ(attend("--class", "label:7").exit_code, 0);
  EXPECT_TRUE(fs::exists(folder.path() / "cat_saccade_class009.png"));
  folder.write("set/7/a.png", read_file(sample("cat.png")));
  const ProcessResult refused = run_in(folder, {"evaluate", "-q", "set", "--labels", digits});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_TRUE(contains(refused.err, "index:7") && contains(refused.err, "label:7")) << refused.err;
}

TEST(Wild, EvaluateUnderstandsTheFoldersThatBatchMade) {
  const TempDir folder;
  const std::vector<std::string> all{
      digit_labels(), labels_for_answers({"T-shirt/top", "a/b", "a b", "crane", "Crane", ".net",
                                          "crane", "\xc3\x89t\xc3\xa9", "Pullover"})};
  for (size_t i = 0; i < all.size(); ++i) {
    const std::string labels = folder.write("labels.txt", all[i]).string();
    const std::string out = "out" + std::to_string(i);
    const ProcessResult batch =
        run_in(folder, {"batch", "-q", "--labels", labels, "--sort-into-folders", "copy",
                        sample("cat.png"), sample("rocket.jpg"), sample("coffee.png"), "-o", out});
    ASSERT_EQ(batch.exit_code, 0) << batch.err;
    const ProcessResult result =
        run_in(folder, {"evaluate", "-q", "--labels", labels, out + "/sorted", "--format", "json"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(Json::parse(result.out)["top1"]["correct"], 3);
  }
}

TEST(Wild, LabelsAreFoundInAnyCaseAndNormalisation) {
  const TempDir folder;
  const std::string labels = folder
                                 .write("labels.txt",
                                        "Caf\xc3\xa9\nStra\xc3\x9f"
                                        "e\n" +
                                            labels_from(2))
                                 .string();
  folder.write("set/CAFE\xcc\x81/a.png", read_file(sample("cat.png")));
  folder.write("set/STRASSE/a.png", read_file(sample("cat.png")));
  EXPECT_EQ(run_in(folder, {"evaluate", "-q", "--labels", labels, "set"}).exit_code, 0);
  const ProcessResult near = run_in(
      folder, {"attend", "-q", "--labels", labels, "--class", "caf\xc3\xa8", sample("cat.png")});
  EXPECT_EQ(near.exit_code, 2);
  EXPECT_TRUE(contains(near.err, "\"caf\xc3\xa8\"; did you mean \"Caf\xc3\xa9\"?")) << near.err;
}

TEST(Wild, ListsMayHaveNulBytesAndFolders) {
  const TempDir folder;
  folder.write("photos/a\nb.png", read_file(sample("cat.png")));
  folder.write("photos/c.png", read_file(sample("cat.png")));
  const ProcessResult null =
      run_script(folder, "find photos -name '*.png' -print0 | $0 classify -q -0 - --format jsonl");
  EXPECT_EQ(null.exit_code, 0) << null.err;
  EXPECT_EQ(lines(null.out).size(), 2u);
  const ProcessResult listed = run_script(folder, "echo photos | $0 classify -q - --format jsonl");
  EXPECT_EQ(listed.exit_code, 0) << listed.err;
  EXPECT_EQ(lines(listed.out).size(), 2u);
  const ProcessResult wide =
      run_script(folder, "printf '\\xff\\xfea\\0\\n\\0' > wide.txt; $0 classify -q @wide.txt");
  EXPECT_EQ(wide.exit_code, 2);
  EXPECT_TRUE(contains(wide.err, "UTF-16")) << wide.err;
  const ProcessResult windows =
      run_script(folder, "printf 'photos\\\\c.png\\r\\n' | $0 classify - --format jsonl");
  EXPECT_EQ(windows.exit_code, 0) << windows.err;
  EXPECT_TRUE(contains(windows.out, "\"photos/c.png\"")) << windows.out;
}

TEST(Wild, AClosedPipeEndsQuietly) {
  ProcessOptions process;
  process.out = Stdout::broken_pipe;
  const TempDir folder;
  const std::string cat = sample("cat.png");
  folder.write("set/tabby/a.png", read_file(cat));
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"classify", "-q", cat},
           {"classify", "-q", cat, "--format", "json", "-k", "10"},
           {"attend", "-q", cat, "-o", folder.path().string()},
           {"evaluate", "-q", (folder.path() / "set").string(), "--format", "json"},
           {"inspect", source_path("weights/builtin-model").string()},
           {"--help"},
           {"--version"},
           {"help", "batch"}}) {
    const ProcessResult result = run_saccade(arguments, process);
    EXPECT_EQ(result.exit_code, 141) << arguments.front() << result.err;
    EXPECT_EQ(result.err, "") << arguments.front();
  }
}

}  // namespace
}  // namespace saccade::test
