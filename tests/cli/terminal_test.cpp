// What a terminal would obey never reaches it raw, in no format; files and pipes get the exact
// bytes. And cells that a spreadsheet would run.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/builtin_answers.h"
#include "tests/cli/saccade_program.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;

// An escape sequence, a C1 control, text that turns its direction, DEL, and a carriage return.
const std::string kHostile =
    "\x1b]0;x\x07 \xc2\x9b"
    "2J \xe2\x80\xae"
    "gpj \xe2\x81\xa6 \xe2\x80\x8f \x7f\r.png";

const std::vector<std::string> kRaw{"\x1b]",        "\x07",         "\xc2\x9b", "\xe2\x80\xae",
                                    "\xe2\x81\xa6", "\xe2\x80\x8f", "\x7f",     "\r.png"};

void expect_harmless(const std::string& text) {
  for (const std::string& raw : kRaw) {
    EXPECT_EQ(text.find(raw), text.npos) << nlohmann::json(raw).dump() << " in " << text;
  }
}

class Terminal : public testing::Test {
 protected:
  Terminal() : picture_(folder_.write(kHostile, read_file(sample("cat.png"))).string()) {}

  ProcessResult run_on(Stdout out, std::vector<std::string> arguments) const {
    ProcessOptions options;
    options.out = out;
    options.terminal_errors = out == Stdout::terminal;
    options.variables = {{"TERM", "xterm"}};
    return run_saccade(std::move(arguments), options);
  }

  TempDir folder_;
  std::string picture_;
};

TEST_F(Terminal, EveryFormatOfClassify) {
  for (const std::string format : {"text", "json", "jsonl", "csv"}) {
    SCOPED_TRACE(format);
    const std::vector<std::string> command{"classify", "-q",   "-k",    "1",
                                           "--format", format, picture_};
    const std::string shown = run_on(Stdout::terminal, command).out;
    EXPECT_NE(shown.find("gpj"), shown.npos);
    expect_harmless(shown);
    const std::string piped = run_on(Stdout::captured, command).out;
    if (format == "jsonl" || format == "json") {
      const auto record = [&](const std::string& text) {
        const auto json = nlohmann::json::parse(text);
        return json.is_array() ? json[0] : json;
      };
      EXPECT_EQ(record(piped)["file"], picture_);
      EXPECT_EQ(record(shown), record(piped));
    }
    EXPECT_NE(piped.find("\xe2\x80\xae"), piped.npos);
    EXPECT_EQ(piped.find(kHostile) != piped.npos,
              format == "csv");  // others escape what ends lines
  }
}

TEST_F(Terminal, EveryOtherCommand) {
  const std::string model = (folder_.path() / ("model" + kHostile)).string();
  fs::copy(source_path("tests/golden/cases/vit_hf"), model);
  const std::string broken = folder_.write("b" + kHostile, "x").string();
  const std::string out = (folder_.path() / "out").string();
  const std::vector<std::vector<std::string>> commands{
      {"classify", picture_, broken, "-m", model},
      {"attend", picture_, broken, "-o", out + "/maps\x1b]"},
      {"attend", picture_, "-o", out + "/maps2", "--format", "json"},
      {"batch", folder_.path().string(), "-o", out + "/run\x1b]"},
      {"evaluate", folder_.path().string()},
      {"evaluate-maps", broken},
      {"inspect", model},
      {"inspect", "--format", "json", model},
      {"bench", "--seconds", "0.05", "-b", "1", "-m", model},
      {"merge", broken, "-o", out},
      {"pull", kHostile},
      {kHostile},
      {"classify", "--" + kHostile},
  };
  for (const auto& command : commands) {
    SCOPED_TRACE(command.front());
    const ProcessResult result = run_on(Stdout::terminal, command);
    EXPECT_NE(result.out + result.err, "");
    expect_harmless(result.out);
    expect_harmless(result.err);
  }
}

TEST(SpreadsheetFormulas, AreTextByDefault) {
  const TempDir folder;
  for (const std::string name :
       {"=1+1.png", "+1.png", "-1.png", "\tx.png", "\rx.png", "plain.png"}) {
    SCOPED_TRACE(name);
    folder.write(name, read_file(sample("cat.png")));
    ProcessOptions options;
    options.folder = folder.path();
    const auto rows = [&](std::vector<std::string> more) {
      std::vector<std::string> command{"classify", "-q", "-k", "1", "--format", "csv"};
      command.insert(command.end(), more.begin(), more.end());
      command.insert(command.end(), {"--", name});
      return run_saccade(command, options).out;
    };
    const std::string head = "file,rank,index,label,score,error\n";
    const bool quoted = name.find('\r') != name.npos;
    const std::string safe = name == "plain.png" ? name : "'" + name;
    const auto cell = [&](const std::string& text) { return quoted ? '"' + text + '"' : text; };
    EXPECT_TRUE(rows({}).starts_with(head + cell(safe) + ",1,")) << rows({});
    EXPECT_EQ(rows({"--csv-safe"}), rows({}));
    EXPECT_TRUE(rows({"--no-csv-safe"}).starts_with(head + cell(name) + ",1,"));
  }
  EXPECT_EQ(run_saccade({"classify", "--csv-safe", "--no-csv-safe", "x.png"}).exit_code, 2);
}

TEST(SpreadsheetFormulas, OfTablesLabelsAndErrors) {
  const TempDir folder;
  folder.write("in/=a.png", read_file(sample("cat.png")));
  folder.write("in/=b.png", "no picture");
  const std::string labels =
      folder.write("labels.txt", labels_for_answers({"=HYPERLINK(5)"})).string();
  const fs::path in = folder.path() / "in", out = folder.path() / "out";
  ASSERT_EQ(run_saccade({"batch", "-q", "-k", "1", in.string(), "-o", out.string(), "--results",
                         "csv", "--labels", labels})
                .exit_code,
            3);
  const auto table = lines(read_file(out / "results.csv"));
  ASSERT_EQ(table.size(), 3u);
  const std::string index = std::to_string(builtin_answers("cat.png")[0].index);
  EXPECT_TRUE(table[1].starts_with("'=a.png,1," + index + ",'=HYPERLINK(5),0.")) << table[1];
  EXPECT_TRUE(table[2].starts_with("'=b.png,,,,,")) << table[2];
  // What is read back is the record, not the table.
  ASSERT_EQ(run_saccade({"batch", "-q", "-k", "1", in.string(), "-o", out.string(), "--results",
                         "csv", "--labels", labels, "--resume", "--no-csv-safe"})
                .exit_code,
            3);
  EXPECT_TRUE(
      lines(read_file(out / "results.csv"))[1].starts_with("=a.png,1," + index + ",=HYPERLINK(5)"));
}

}  // namespace
}  // namespace saccade::test
