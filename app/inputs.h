// From the PATH arguments to the pictures they name.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace saccade {

struct Inputs {
  std::vector<std::string> images;           ///< in the order given; whether they exist is open
  std::vector<std::filesystem::path> lists;  ///< the files that were read as lists
};

/// An argument is a picture, "@FILE" (a list of pictures) or "-" (a list, read from the descriptor
/// `standard_input`). A list is text, one path a line, relative to the current folder; CRLF line
/// ends, empty lines and a byte order mark are tolerated. A picture whose own name begins with @ or
/// is - can be given as ./@name.
/// Throws UsageError where a list cannot be read, is no text, or nothing is named at all.
Inputs expand_inputs(const std::vector<std::string>& arguments, int standard_input);

/// Throws UsageError where writing to `output` would overwrite a picture, a list or weights.
void refuse_to_overwrite(const std::filesystem::path& output, const Inputs& inputs);

/// Throws UsageError where `output` is one of the files in the model's folder, or a link to one.
void refuse_to_overwrite_model(const std::filesystem::path& output,
                               const std::filesystem::path& model_folder);

}  // namespace saccade
