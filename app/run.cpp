#include "app/run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <filesystem>
#include <new>
#include <span>
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
#include "app/hub/pull.h"
#include "app/inspect/inspect.h"
#include "app/inspect/inspect_options.h"
#include "app/system/wait_policy.h"
#include "model/kernels/compute.h"
#include "weights/base/errors.h"
#include "weights/base/nearest.h"
#include "weights/hub/http.h"

namespace saccade {
namespace {

using Arguments = std::vector<std::string>;

constexpr std::string_view kHelp =
    R"(saccade - classify pictures with vision transformers, and see where they look

Usage:
  saccade classify [PATH...] [-m MODEL] [options]
  saccade batch PATH... -o DIR [-m MODEL] [options]
  saccade merge OUT... -o DIR [options]
  saccade attend [PATH...] [-m MODEL] [-o DIR] [options]
  saccade evaluate DIR|LIST [-m MODEL] [options]
  saccade evaluate-maps FILE [--root DIR] [-m MODEL] [options]
  saccade inspect MODEL [options]
  saccade pull NAME... [options]
  saccade models [options]
  saccade bench [-m MODEL | --arch NAME] [options]

Commands:
  classify       say what pictures show, with the built-in model or with yours
  batch          classify whole folders into one, fast and resumable
  merge          make one of the parts of a run on several machines
  attend         lay heatmaps of where the model looks on the pictures
  evaluate       measure how often the model is right on labelled pictures
  evaluate-maps  measure how well such maps find what pictures show
  inspect        show how a checkpoint was understood, and where from
  pull           download models from the Hugging Face hub
  models         list the downloaded models, or remove one
  bench          measure how fast a model runs here

Options:
  -h, --help   show this text; after a command, the help of that command
  --version    show the version

Exit codes: 0 done; 1 fatal error, or every picture failed; 2 wrong usage;
3 some pictures failed; 130 or 143 stopped by Ctrl-C or SIGTERM.

Examples:
  saccade classify cat.png
  saccade classify -m vit-base-patch16-224 *.jpg --format csv -o results.csv
  saccade batch -m vit-base-patch16-224 photos -o out
  saccade attend -m vit-base-patch16-224 -o maps cat.png
  saccade inspect vit-base-patch16-224
)";

int print(std::string_view text) {
  Output output;
  output.write(text);
  output.flush();
  return kExitDone;
}

int run_classify(const Arguments& arguments) {
  const ParsedArguments parsed = parse_arguments(classify_command(), arguments);
  if (parsed.has("help")) return print(help_text(classify_command()));
  return classify(classify_options(parsed));
}

int run_batch(const Arguments& arguments) {
  const ParsedArguments parsed = parse_arguments(batch_command(), arguments);
  if (parsed.has("help")) return print(help_text(batch_command()));
  const BatchOptions options = batch_options(parsed);
  Arguments all = arguments;
  all.insert(all.begin(), "batch");
  let_waiting_threads_sleep(all);
  return batch(options, all);
}

int run_merge(const Arguments& arguments) {
  const ParsedArguments parsed = parse_arguments(merge_command(), arguments);
  if (parsed.has("help")) return print(help_text(merge_command()));
  return merge(merge_options(parsed));
}

int run_attend(const Arguments& arguments) {
  const ParsedArguments parsed = parse_arguments(attend_command(), arguments);
  if (parsed.has("help")) return print(help_text(attend_command()));
  return attend(attend_options(parsed));
}

int run_evaluate(const Arguments& arguments) {
  const ParsedArguments parsed = parse_arguments(evaluate_command(), arguments);
  if (parsed.has("help")) return print(help_text(evaluate_command()));
  const EvaluateOptions options = evaluate_options(parsed);
  Arguments all = arguments;
  all.insert(all.begin(), "evaluate");
  let_waiting_threads_sleep(all);
  return evaluate(options);
}

int run_evaluate_maps(const Arguments& arguments) {
  const ParsedArguments parsed = parse_arguments(evaluate_maps_command(), arguments);
  if (parsed.has("help")) return print(help_text(evaluate_maps_command()));
  return evaluate_maps(evaluate_maps_options(parsed));
}

int run_inspect(const Arguments& arguments) {
  const ParsedArguments parsed = parse_arguments(inspect_command(), arguments);
  if (parsed.has("help")) return print(help_text(inspect_command()));
  return inspect(inspect_options(parsed));
}

int run_pull(const Arguments& arguments) {
  const ParsedArguments parsed = parse_arguments(pull_command(), arguments);
  if (parsed.has("help")) return print(help_text(pull_command()));
  return pull(pull_options(parsed));
}

int run_models(const Arguments& arguments) {
  const ParsedArguments parsed = parse_arguments(models_command(), arguments);
  if (parsed.has("help")) return print(help_text(models_command()));
  return models(models_options(parsed));
}

int run_bench(const Arguments& arguments) {
  const ParsedArguments parsed = parse_arguments(bench_command(), arguments);
  if (parsed.has("help")) return print(help_text(bench_command()));
  return bench(bench_options(parsed));
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
  const auto near = nearest(
      word, std::vector<std::string_view>{"classify", "batch", "merge", "attend", "evaluate",
                                          "evaluate-maps", "inspect", "pull", "models", "bench"});
  throw UsageError(fmt::format("unknown command '{}'; {}{}", word,
                               near ? fmt::format("did you mean '{}'? ", *near) : "", remedy));
}

// A file opened later must not become standard output or error where the caller closed them. What
// stands in for standard output cannot be written to, so that a result is never lost in silence.
void open_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) != -1) continue;
    [[maybe_unused]] const int opened =
        ::open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY);
  }
}

int dispatch(Arguments arguments) {
  if (arguments.empty()) {
    throw UsageError("no command; try 'saccade classify PICTURE', or see 'saccade --help'");
  }
  const std::string command = arguments.front();
  arguments.erase(arguments.begin());
  if (command == "classify") return run_classify(arguments);
  if (command == "batch") return run_batch(arguments);
  if (command == "merge") return run_merge(arguments);
  if (command == "attend") return run_attend(arguments);
  if (command == "evaluate") return run_evaluate(arguments);
  if (command == "evaluate-maps") return run_evaluate_maps(arguments);
  if (command == "inspect") return run_inspect(arguments);
  if (command == "pull") return run_pull(arguments);
  if (command == "models") return run_models(arguments);
  if (command == "bench") return run_bench(arguments);
  if (command == "--help" || command == "-h") return print(kHelp);
  if (command == "--version") {
    return print(fmt::format("saccade {} (oneDNN {})\n", SACCADE_VERSION, onednn_version()));
  }
  refuse_command(command);
}

}  // namespace

int run(int argc, char** argv) {
  open_standard_descriptors();
  // A reader that goes away must be an error that is told, not a silent death.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return dispatch({argv + (argc > 0 ? 1 : 0), argv + argc});
  } catch (const UsageError& error) {
    print_error(error.what());
    return kExitUsage;
  } catch (const Interrupted&) {
    print_error("interrupted; what came of the model is kept, the same command goes on with it");
    return 128 + noted_interruption();
  } catch (const std::bad_alloc&) {
    print_error("not enough memory; try a smaller model or --img-size");
  } catch (const std::exception& error) {
    print_error(error.what());
  }
  return kExitFailed;
}

}  // namespace saccade
