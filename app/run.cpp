#include "app/run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <exception>
#include <filesystem>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "app/attend/attend.h"
#include "app/attend/attend_options.h"
#include "app/batch/batch.h"
#include "app/batch/batch_options.h"
#include "app/batch/merge.h"
#include "app/batch/merge_options.h"
#include "app/bench/bench.h"
#include "app/bench/bench_options.h"
#include "app/classify/classify.h"
#include "app/classify/classify_options.h"
#include "app/cli/command_line.h"
#include "app/cli/exit_code.h"
#include "app/cli/interruption.h"
#include "app/cli/messages.h"
#include "app/cli/output.h"
#include "app/evaluate/evaluate.h"
#include "app/evaluate/evaluate_maps.h"
#include "app/evaluate/evaluate_maps_options.h"
#include "app/evaluate/evaluate_options.h"
#include "app/hub/models.h"
#include "app/hub/models_options.h"
#include "app/hub/pull.h"
#include "app/hub/pull_options.h"
#include "app/inspect/inspect.h"
#include "app/inspect/inspect_options.h"
#include "model/kernels/compute.h"
#include "vision/decode/codec_library.h"
#include "weights/base/errors.h"
#include "weights/base/text.h"

namespace saccade {
namespace {

using Arguments = std::vector<std::string>;

/// One row of the table of commands.
struct Command {
  std::string_view summary;      ///< for the general help
  const CommandSpec& (*spec)();  ///< name, synopsis, options and help
  /// Runs the command and returns the exit code. `arguments` is the command line from the command's
  /// name on, of which `parsed` is the rest.
  int (*run)(const ParsedArguments& parsed, const Arguments& arguments);
};

int print(std::string_view text) {
  Output output;
  output.write(text);
  output.flush();
  return kExitDone;
}

/// With `verbose` also the codec libraries, and whether they can be loaded.
int print_version(bool verbose) {
  std::string text = fmt::format("saccade {} (oneDNN {})\n", SACCADE_VERSION, onednn_version());
  if (verbose) text += fmt::format("{}\n", fmt::join(available_codecs(), "\n"));
  return print(text);
}

/// The usual `run` of a row: reads the options, then runs the command with them.
template <auto read_options, auto command>
int run_with(const ParsedArguments& parsed, const Arguments&) {
  return command(read_options(parsed));
}

int run_batch(const ParsedArguments& parsed, const Arguments& arguments) {
  return batch(batch_options(parsed), arguments);
}

const CommandSpec& help_command() {
  static const CommandSpec command{"help",
                                   "[COMMAND]",
                                   "Shows the help of a command, or of the program.",
                                   {{"Options", {{"help", 'h', "", "show this text"}}}},
                                   "Examples:\n  saccade help classify\n"};
  return command;
}

const CommandSpec& version_command() {
  static const CommandSpec command{
      "version",
      "",
      "Shows the versions of the program and of oneDNN.",
      {{"Options",
        {{"help", 'h', "", "show this text"},
         {"verbose", 'v', "", "also show the libraries that read pictures"}}}},
      "Examples:\n  saccade version\n  saccade version -v\n"};
  return command;
}

int run_help(const ParsedArguments& parsed, const Arguments&);
int run_version(const ParsedArguments& parsed, const Arguments&);

// In the order of the general help. A new command is one more row.
constexpr std::array kCommands{
    Command{"classify pictures, with the built-in model or with yours", classify_command,
            run_with<classify_options, classify>},
    Command{"classify whole folders into one, fast and resumable", batch_command, run_batch},
    Command{"merge the parts of a run on several machines", merge_command,
            run_with<merge_options, merge>},
    Command{"write heatmaps of where the model looks", attend_command,
            run_with<attend_options, attend>},
    Command{"measure the accuracy of a model on labelled pictures", evaluate_command,
            run_with<evaluate_options, evaluate>},
    Command{"measure how well heatmaps find the classified object", evaluate_maps_command,
            run_with<evaluate_maps_options, evaluate_maps>},
    Command{"show how a checkpoint was understood, and from which files", inspect_command,
            run_with<inspect_options, inspect>},
    Command{"download models from the Hugging Face hub", pull_command,
            run_with<pull_options, pull>},
    Command{"list the downloaded models, or remove one", models_command,
            run_with<models_options, models>},
    Command{"measure how fast a model runs on this machine", bench_command,
            run_with<bench_options, bench>},
    Command{"show this text, or the help of a command", help_command, run_help},
    Command{"show the version", version_command, run_version},
};

constexpr std::string_view kTitle =
    "saccade - classify pictures with vision transformers, and see where they look\n";

constexpr std::string_view kClosing = R"(
Options:
  -h, --help   show this text; after a command, the help of that command
  --version    show the version

Exit codes: 0 done; 1 fatal error, or every picture failed; 2 wrong usage;
3 some pictures failed; 130 or 143 stopped by Ctrl-C or SIGTERM; 141 the reader
of the results closed the pipe.

Examples:
  saccade classify cat.png
  saccade classify -m google/vit-base-patch16-224 *.jpg --format csv -o out.csv
  saccade batch -m google/vit-base-patch16-224 photos -o out
  saccade attend -m google/vit-base-patch16-224 -o maps cat.png
  saccade inspect google/vit-base-patch16-224
)";

std::string general_help() {
  std::string usage = "\nUsage:\n";
  std::string summaries = "\nCommands:\n";
  for (const Command& command : kCommands) {
    const CommandSpec& spec = command.spec();
    usage += fmt::format("  saccade {}{}{}\n", spec.name, spec.synopsis.empty() ? "" : " ",
                         spec.synopsis);
    summaries += fmt::format("  {:<13}  {}\n", spec.name, command.summary);
  }
  return fmt::format("{}{}{}{}", kTitle, usage, summaries, kClosing);
}

[[noreturn]] void refuse_command(const std::string& word) {
  constexpr std::string_view remedy = "see 'saccade --help'";
  if (word.starts_with("-") && word.size() > 1) {
    throw UsageError(fmt::format("{}: options follow a command; {}", word, remedy));
  }
  if (std::error_code ignored; word == "-" || std::filesystem::exists(word, ignored)) {
    throw UsageError(
        fmt::format("{} is not a command; to classify it: saccade classify {}", word, word));
  }
  std::vector<std::string_view> names;
  for (const Command& command : kCommands) names.push_back(command.spec().name);
  const auto near = closest_match(word, names);
  throw UsageError(fmt::format("unknown command '{}'; {}{}", word,
                               near ? fmt::format("did you mean '{}'? ", *near) : "", remedy));
}

const Command& find_command(const std::string& name) {
  const auto found = std::find_if(kCommands.begin(), kCommands.end(), [&](const Command& command) {
    return command.spec().name == name;
  });
  if (found == kCommands.end()) refuse_command(name);
  return *found;
}

/// The command's spec with the option --version after --help.
CommandSpec spec_with_version(const Command& command) {
  CommandSpec spec = command.spec();
  for (OptionGroup& group : spec.groups) {
    const auto help = std::find_if(group.options.begin(), group.options.end(),
                                   [](const OptionSpec& option) { return option.name == "help"; });
    if (help == group.options.end()) continue;
    group.options.insert(help + 1, OptionSpec{"version", 0, "", "show the version"});
    break;
  }
  return spec;
}

int run_help(const ParsedArguments& parsed, const Arguments&) {
  const std::vector<std::string>& names = parsed.positional();
  if (names.empty()) return print(general_help());
  if (names.size() > 1) {
    throw UsageError(
        fmt::format("help takes one COMMAND, {} given; see 'saccade --help'", names.size()));
  }
  return print(help_text(spec_with_version(find_command(names.front()))));
}

int run_version(const ParsedArguments& parsed, const Arguments&) {
  if (parsed.positional().empty()) return print_version(parsed.has("verbose"));
  throw UsageError("version takes no argument; see 'saccade version --help'");
}

/// Where addresses are limited (ulimit -v), lets all threads allocate from one arena. glibc takes
/// 128 MB of addresses for a moment when a thread gets an arena, and oneDNN crashes if its own
/// allocation fails then.
void share_memory_between_threads() {
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    ::mallopt(M_ARENA_MAX, 1);
  }
}

// If the caller closed a standard descriptor, a file opened later would take its number. Standard
// output is replaced by one that cannot be written to, so that lost results are an error.
void open_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) != -1) continue;
    [[maybe_unused]] const int opened =
        ::open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY);
  }
}

int dispatch(const Arguments& arguments) {
  if (arguments.empty()) {
    throw UsageError("no command; try 'saccade classify PICTURE', or see 'saccade --help'");
  }
  const std::string& name = arguments.front();
  if (name == "--help" || name == "-h") return print(general_help());
  if (name == "--version") {
    const std::string_view next = arguments.size() > 1 ? arguments[1] : "";
    return print_version(next == "-v" || next == "--verbose");
  }
  const Command& command = find_command(name);
  const CommandSpec spec = spec_with_version(command);
  const ParsedArguments parsed = parse_arguments(spec, {arguments.begin() + 1, arguments.end()});
  if (parsed.has("help")) return print(help_text(spec));
  if (parsed.has("version")) return print_version(false);
  return command.run(parsed, arguments);
}

}  // namespace

int run(int argc, char** argv) {
  open_standard_descriptors();
  // A closed connection of the hub must not end the program. Output reports a closed pipe.
  std::signal(SIGPIPE, SIG_IGN);
  // A write past the limit of file sizes (ulimit -f) is then an error like a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  share_memory_between_threads();
  try {
    return dispatch({argv + (argc > 0 ? 1 : 0), argv + argc});
  } catch (const UsageError& error) {
    print_error(error.what());
    return kExitUsage;
  } catch (const ClosedPipe&) {
    return kExitClosedPipe;
  } catch (const Interrupted&) {
    print_error("interrupted; run the same command again to resume the download");
    return 128 + interrupt_signal();
  } catch (const std::bad_alloc&) {
    print_error("not enough memory; try a smaller model or --img-size");
  } catch (const std::exception& error) {
    print_error(error.what());
  }
  return kExitFailed;
}

}  // namespace saccade
