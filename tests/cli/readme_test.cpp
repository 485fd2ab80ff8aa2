// The examples in README.md and app/docs/ print what they show, and those in --help are valid.
//
// A fenced block that begins with ```console holds commands, each after "$ ", and below each what
// it prints. Commands run in order in one folder for each document, which has tests/ and weights/
// of the source tree, photos/ and cat.png. One word may follow "console":
//
//   measured  numbers are this machine's: the command succeeds and prints as many lines
//   network   the command downloads: it runs offline, and its command line must be right
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include "app/cli/exit_code.h"
#include "tests/cli/saccade_program.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;

struct Example {
  int line = 0;      // in the document, from 1
  std::string kind;  // "", "measured" or "network"
  std::string command;
  std::vector<std::string> output;
};

std::vector<Example> examples_in(const std::string& markdown) {
  constexpr std::string_view kFence = "```";
  constexpr std::string_view kConsole = "```console";
  std::vector<Example> examples;
  bool inside = false;
  std::string kind;
  int number = 0;
  for (const std::string& line : lines(markdown)) {
    ++number;
    if (line.starts_with(kFence)) {
      inside = line.starts_with(kConsole);
      if (inside) kind = line.substr(std::min(line.size(), kConsole.size() + 1));
    } else if (inside && line.starts_with("$ ")) {
      examples.push_back({number, kind, line.substr(2), {}});
    } else if (inside && !examples.empty()) {
      examples.back().output.push_back(line);
    }
  }
  return examples;
}

size_t decimals(const std::string& number) {
  const size_t point = number.find('.');
  return point == std::string::npos ? 0 : number.size() - point - 1;
}

// Processors round differently: a fraction may be off by one in the last decimal that both show, or
// by 2e-5. Integers are equal.
bool same_number(const std::string& shown, const std::string& printed) {
  const size_t places = std::min(decimals(shown), decimals(printed));
  if (places == 0) return shown == printed;
  const double tolerance = std::max(2e-5, 1.01 * std::pow(10.0, -double(places)));
  return std::abs(std::stod(shown) - std::stod(printed)) <= tolerance;
}

bool same_line(const std::string& shown, const std::string& printed) {
  static const std::regex number(R"(\d+(\.\d+)?)");
  const auto words = [](const std::string& line) { return std::regex_replace(line, number, "#"); };
  if (words(shown) != words(printed)) return false;
  std::sregex_iterator a(shown.begin(), shown.end(), number);
  std::sregex_iterator b(printed.begin(), printed.end(), number);
  for (; a != std::sregex_iterator(); ++a, ++b) {
    if (!same_number(a->str(), b->str())) return false;
  }
  return true;
}

void expect_output(const Example& example, const std::vector<std::string>& printed) {
  ASSERT_EQ(printed.size(), example.output.size()) << testing::PrintToString(printed);
  if (example.kind == "measured") return;
  for (size_t i = 0; i < printed.size(); ++i) {
    EXPECT_TRUE(same_line(example.output[i], printed[i]))
        << "shown:   " << example.output[i] << "\nprinted: " << printed[i];
  }
}

// A folder that looks like the top of the source tree, with a user's pictures in it.
class Sandbox {
 public:
  Sandbox() {
    for (const char* folder : {"tests", "weights"}) {
      fs::create_symlink(source_path(folder), folder_.path() / folder);
    }
    fs::copy(sample("cat.png"), folder_.path() / "cat.png");
    fs::copy(source_path("tests/samples"), folder_.path() / "photos");
    folder_.write("list.txt", "cat.png\n");
    fs::last_write_time(folder_.write("last", ""), fs::file_time_type::min());
    folder_.write("labels.tsv", "file\tindex\ncat.png\t1\n");
    folder_.write("boxes.tsv", "file\tindex\tx0\ty0\tx1\ty1\ncat.png\t1\t0\t0\t9\t9\n");
  }

  /// Runs `command` in a shell, offline; `out` has both of its outputs.
  ProcessResult run(const std::string& command) const {
    const char* path = std::getenv("PATH");
    ProcessOptions options;
    options.folder = folder_.path();
    options.variables = {
        {"PATH", fs::path(SACCADE_PROGRAM).parent_path().string() + ":" + (path ? path : "")},
        {"HF_HUB_OFFLINE", "1"},
        {"HF_HUB_CACHE", (folder_.path() / "hub").string()}};
    return run_process({"/bin/sh", "-c", "exec 2>&1; " + command}, options);
  }

 private:
  TempDir folder_;
};

// A model in an example is a name of the hub, which can be downloaded, or a file that is there.
void expect_model_name(const std::string& command) {
  static const std::regex model(R"((?:-m|inspect|pull|--remove) ([^-\s]\S*))");
  for (std::sregex_iterator i(command.begin(), command.end(), model); i != std::sregex_iterator();
       ++i) {
    const std::string name = (*i)[1];
    EXPECT_TRUE(name.find('/') != std::string::npos) << name << " is no org/name";
  }
}

void check_examples(const fs::path& document) {
  const Sandbox sandbox;
  const std::vector<Example> examples = examples_in(read_file(document));
  for (const Example& example : examples) {
    SCOPED_TRACE(document.string() + ":" + std::to_string(example.line) + ": " + example.command);
    const ProcessResult result = sandbox.run(example.command);
    expect_model_name(example.command);
    if (example.kind == "network") {
      EXPECT_NE(result.exit_code, kExitUsage) << result.out;
      EXPECT_LT(result.exit_code, 126) << result.out;
      EXPECT_TRUE(example.output.empty()) << "not compared, so not to be shown";
    } else {
      EXPECT_EQ(result.exit_code, 0) << result.out;
      expect_output(example, lines(result.out));
    }
  }
}

TEST(Readme, ExamplesPrintWhatItShows) {
  const fs::path readme = source_path("README.md");
  EXPECT_GE(examples_in(read_file(readme)).size(), 10u);
  EXPECT_LE(lines(read_file(readme)).size(), 250u);
  check_examples(readme);
}

TEST(Readme, ExamplesOfTheDocumentsPrintWhatTheyShow) {
  size_t count = 0;
  for (const auto& entry : fs::directory_iterator(source_path("app/docs"))) {
    if (entry.path().extension() != ".md") continue;
    ++count;
    check_examples(entry.path());
  }
  EXPECT_GE(count, 5u);
}

// The lines of `help` between the line `title` and the next line that is not indented.
std::vector<std::string> section(const std::string& help, std::string_view title) {
  std::vector<std::string> result;
  bool inside = false;
  for (const std::string& line : lines(help)) {
    if (inside && !line.starts_with("  ")) break;
    if (inside) result.push_back(line.substr(2));
    inside = inside || line.starts_with(title);
  }
  return result;
}

void check_help(const std::string& command) {
  const std::string help = Sandbox().run("saccade " + command + " --help").out;
  const std::vector<std::string> examples = section(help, "Example");
  EXPECT_FALSE(examples.empty()) << command;
  for (std::string example : examples) {
    SCOPED_TRACE("saccade " + command + " --help: " + example);
    expect_model_name(example);
    if (example.starts_with("saccade merge")) continue;  // wants finished shards
    if (example.starts_with("saccade bench")) example += " -b 1 --seconds 0.01";
    const ProcessResult result = Sandbox().run(example);
    EXPECT_NE(result.exit_code, kExitUsage) << result.out;
    EXPECT_LT(result.exit_code, 126) << result.out;
  }
}

TEST(Readme, ExamplesOfHelpAreValid) {
  const std::vector<std::string> commands = section(run_saccade({"--help"}).out, "Commands:");
  EXPECT_GE(commands.size(), 10u);
  check_help("");
  for (const std::string& line : commands) {
    check_help(line.substr(0, line.find(' ')));
  }
}

// The fragment that leads to a heading, as GitHub makes it: "## The `x` way" -> "the-x-way".
std::string fragment_of(const std::string& heading) {
  std::string fragment;
  for (const char c : heading.substr(std::min(heading.size(), heading.find_first_not_of("# ")))) {
    if (c == ' ') fragment += '-';
    if (c == '-' || std::isalnum(static_cast<unsigned char>(c))) fragment += char(std::tolower(c));
  }
  return fragment;
}

bool has_heading(const fs::path& document, const std::string& fragment) {
  for (const std::string& line : lines(read_file(document))) {
    if (line.starts_with('#') && fragment_of(line) == fragment) return true;
  }
  return false;
}

std::vector<fs::path> documents() {
  std::vector<fs::path> found;
  for (const char* name :
       {"README.md", ".github/CONTRIBUTING.md", "app/CHANGELOG.md", "model/explain/README.md",
        "tests/README.md", "tests/bench/RESULTS.md", "tests/golden/README.md"}) {
    found.push_back(source_path(name));
  }
  for (const auto& entry : fs::directory_iterator(source_path("app/docs"))) {
    if (entry.path().extension() == ".md") found.push_back(entry.path());
  }
  return found;
}

TEST(Readme, LinksLeadSomewhere) {
  static const std::regex link(R"(\]\(([^)#:]*)(#([^)]*))?\))");
  size_t count = 0;
  for (const fs::path& document : documents()) {
    const std::string text = read_file(document);
    EXPECT_FALSE(text.empty()) << document;
    for (std::sregex_iterator i(text.begin(), text.end(), link); i != std::sregex_iterator(); ++i) {
      SCOPED_TRACE(document.string() + ": " + i->str());
      const std::string path = (*i)[1];
      const std::string fragment = (*i)[3];
      const fs::path target = path.empty() ? document : document.parent_path() / path;
      EXPECT_TRUE(fs::exists(target));
      EXPECT_TRUE(fragment.empty() || has_heading(target, fragment));
      ++count;
    }
  }
  EXPECT_GE(count, 40u);
}

TEST(Readme, ComparisonAllowsRoundingAndNothingElse) {
  EXPECT_TRUE(same_line("   54.30%  dog", "   54.31%  dog"));
  EXPECT_TRUE(same_line("0.5429545,", "0.54295415,"));
  EXPECT_FALSE(same_line("   54.30%  dog", "   54.32%  dog"));
  EXPECT_FALSE(same_line("   54.30%  dog", "   54.30%  cat"));
  EXPECT_FALSE(same_line("0.5429545,", "0.5429945,"));
  EXPECT_FALSE(same_line("3 pictures, 0 failed", "2 pictures, 0 failed"));
  EXPECT_FALSE(same_line("cat_class005.png", "cat_class006.png"));
}

TEST(Readme, ExamplesAreFound) {
  const auto found = examples_in(
      "```sh\n$ no\n```\n```console\n$ a\nb\n\nc\n$ d\n```\n$ no\n```console network\n$ e\n```\n");
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].line, 5);
  EXPECT_EQ(found[0].output, (std::vector<std::string>{"b", "", "c"}));
  EXPECT_EQ(found[1].command, "d");
  EXPECT_EQ(found[2].kind, "network");
}

}  // namespace
}  // namespace saccade::test
