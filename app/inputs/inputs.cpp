#include "app/inputs/inputs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <string_view>
#include <system_error>

#include "app/cli/messages.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse_list(const std::string& name) {
  throw UsageError(fmt::format("{}: the list of pictures cannot be read: {}", name,
                               std::generic_category().message(errno)));
}

std::string read_all(int fd, const std::string& name) {
  std::string text;
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) refuse_list(name);
    if (count == 0) return text;
    text.append(buffer.data(), static_cast<size_t>(count));
  }
}

std::string read_list(const std::string& path) {
  struct Descriptor {
    int fd;
    ~Descriptor() { ::close(fd); }
  };
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) refuse_list(path);
  const Descriptor list{fd};
  return read_all(list.fd, path);
}

void add_lines(std::string_view text, const std::string& name, std::vector<std::string>& images) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (text.find('\0') != std::string_view::npos) {
    throw UsageError(
        fmt::format("{}: not a list of pictures: it must be text, one path per line", name));
  }
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) images.emplace_back(line);
  }
}

[[noreturn]] void refuse_output(const fs::path& output, const char* what) {
  throw UsageError(fmt::format("{}: is {}, and would be overwritten; choose another file",
                               output.string(), what));
}

[[noreturn]] void refuse_emptiness(const std::string& argument, const Inputs& inputs) {
  std::error_code ignored;
  if (fs::is_directory(argument, ignored)) {
    throw UsageError(fmt::format(
        "{}: no picture found in the folder; other files: {}; a picture has an image's "
        "extension (.jpg, .png, .webp, ...) or first bytes: check the folder, and the globs and "
        "options that exclude files",
        argument, inputs.skipped));
  }
  throw UsageError("no picture given: the list is empty; it must have one path per line");
}

void add_folder(const std::string& folder, const TreeOptions& options, Inputs& inputs) {
  const PictureTree tree = walk_pictures(folder, options);
  for (const std::string& line : tree.unreadable) print_error(line);
  inputs.images.insert(inputs.images.end(), tree.pictures.begin(), tree.pictures.end());
  inputs.skipped += tree.skipped;
  inputs.unreadable += tree.unreadable.size();
}

}  // namespace

Inputs expand_inputs(const std::vector<std::string>& arguments, int standard_input,
                     const TreeOptions& options, bool may_be_none) {
  Inputs inputs;
  std::error_code ignored;
  for (const std::string& argument : arguments) {
    if (argument == "-") {
      const std::string name = "standard input";
      add_lines(read_all(standard_input, name), name, inputs.images);
    } else if (argument.starts_with("@")) {
      const std::string list = argument.substr(1);
      inputs.lists.emplace_back(list);
      add_lines(read_list(list), list, inputs.images);
    } else if (fs::is_directory(argument, ignored)) {
      add_folder(argument, options, inputs);
      if (arguments.size() == 1) inputs.root = (fs::path(argument) / "").string();
    } else {
      inputs.images.push_back(argument);
    }
  }
  if (inputs.images.empty() && !may_be_none) refuse_emptiness(arguments.front(), inputs);
  return inputs;
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
