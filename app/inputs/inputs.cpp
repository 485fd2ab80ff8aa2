#include "app/inputs/inputs.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <string_view>
#include <system_error>
#include <utility>

#include "app/cli/messages.h"
#include "app/inputs/list_file.h"
#include "weights/base/errors.h"
#include "weights/base/text.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

/// The text of a list called `name`. Throws UsageError if it could not be read.
std::string text_of(ListFile list, const std::string& name) {
  if (list.problem.empty()) return std::move(list.text);
  throw UsageError(fmt::format("{}: the list of pictures cannot be read: {}", name, list.problem));
}

bool is_folder(const std::string& path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

[[noreturn]] void refuse_output(const fs::path& output, const char* what) {
  throw UsageError(fmt::format("{}: is {}, and would be overwritten; choose another file",
                               output.string(), what));
}

[[noreturn]] void refuse_emptiness(const std::string& argument, const Inputs& inputs) {
  if (!is_folder(argument) && inputs.folders.empty()) {
    throw UsageError("no picture given: the list is empty; it must have one path per line");
  }
  const std::string hidden =
      inputs.hidden == 0 ? "" : fmt::format(", hidden: {} (--hidden takes them)", inputs.hidden);
  throw UsageError(fmt::format(
      "{}: no picture found in the folder; other files: {}{}; a picture has an image's "
      "extension (.jpg, .png, .webp, ...) or first bytes: check the folder, and the globs and "
      "options that exclude files",
      is_folder(argument) ? argument : inputs.folders.front(), inputs.skipped, hidden));
}

void add_folder(const std::string& folder, const TreeOptions& options, Inputs& inputs) {
  const PictureTree tree = walk_pictures(folder, options);
  for (const std::string& line : tree.unreadable) print_error(line);
  inputs.images.insert(inputs.images.end(), tree.pictures.begin(), tree.pictures.end());
  inputs.skipped += tree.skipped;
  inputs.hidden += tree.hidden;
  inputs.unreadable += tree.unreadable.size();
  inputs.folders.push_back(folder);
}

void add_list(std::string_view text, const std::string& name, const InputOptions& options,
              Inputs& inputs) {
  for (const std::string& entry : list_entries(text, name, options.separator)) {
    const std::string path = local_path(entry);
    if (path != entry) ++inputs.backslashed;
    std::error_code ignored;
    if (is_folder(path)) {
      add_folder(path, options.tree, inputs);
    } else if (is_windows_path(path) && !fs::exists(path, ignored)) {
      throw UsageError(fmt::format("{}: {} {}", name, quote(path), kWindowsPathRemedy));
    } else {
      inputs.images.push_back(path);
    }
  }
}

}  // namespace

Inputs expand_inputs(const std::vector<std::string>& arguments, int standard_input,
                     const InputOptions& options) {
  Inputs inputs;
  for (const std::string& argument : arguments) {
    if (argument == "-") {
      const std::string name = "standard input";
      add_list(text_of(read_list_descriptor(standard_input), name), name, options, inputs);
    } else if (argument.starts_with("@")) {
      const std::string list = argument.substr(1);
      inputs.lists.emplace_back(list);
      add_list(text_of(read_list_file(list), list), list, options, inputs);
    } else if (is_folder(argument)) {
      add_folder(argument, options.tree, inputs);
      if (arguments.size() == 1) inputs.root = (fs::path(argument) / "").string();
    } else {
      inputs.images.push_back(argument);
    }
  }
  if (inputs.images.empty() && !options.may_be_none) refuse_emptiness(arguments.front(), inputs);
  return inputs;
}

void print_input_notes(const Inputs& inputs) {
  if (inputs.hidden > 0) print_hidden_note(inputs.hidden);
  if (inputs.backslashed > 0) {
    print_note(
        fmt::format("note: paths whose backslashes were read as slashes: {}", inputs.backslashed));
  }
}

void print_hidden_note(size_t hidden) {
  print_note(
      fmt::format("note: hidden files and folders passed over: {}; --hidden takes them", hidden));
}

void refuse_to_overwrite_inputs(const fs::path& output, const Inputs& inputs) {
  std::error_code ignored;
  if (!fs::is_regular_file(output, ignored)) return;
  for (const std::string& image : inputs.images) {
    if (fs::equivalent(image, output, ignored)) refuse_output(output, "a picture to classify");
  }
  for (const fs::path& list : inputs.lists) {
    if (fs::equivalent(list, output, ignored)) refuse_output(output, "a list of pictures");
  }
}

void refuse_to_overwrite(const fs::path& output, const Inputs& inputs) {
  std::error_code ignored;
  if (!fs::is_regular_file(output, ignored)) return;
  refuse_to_overwrite_inputs(output, inputs);
  if (begins_as_picture(output)) refuse_output(output, "a picture");
  for (const char* ending : {".safetensors", ".pt", ".pth", ".pth.tar", "pytorch_model.bin"}) {
    if (output.string().ends_with(ending)) refuse_output(output, "a file of weights");
  }
}

// Truncating a mapped file ends the process, so links to the weights are refused too.
void refuse_to_overwrite_model(const fs::path& output, const fs::path& model_folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(model_folder, ignored)) {
    if (fs::equivalent(entry.path(), output, ignored)) refuse_output(output, "part of the model");
  }
}

}  // namespace saccade
