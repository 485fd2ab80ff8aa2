#include "app/batch/inner_path.h"

#include <algorithm>
#include <cctype>

#include "weights/base/digest.h"
#include "weights/base/text_utf8.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

/// "_up", "__root", ...
bool looks_escaped(std::string_view part) {
  const size_t begin = part.find_first_not_of('_');
  if (begin == 0 || begin == part.npos) return false;
  return part.substr(begin) == "up" || part.substr(begin) == "root";
}

/// The extension if it is a plain one, such as ".jpg".
std::string plain_extension(const std::string& name) {
  constexpr size_t kLongestExtension = 8;
  const std::string extension = fs::path(name).extension().string();
  const bool plain = extension.size() <= kLongestExtension &&
                     std::all_of(extension.begin(), extension.end(), [](char c) {
                       return c == '.' || std::isalnum(static_cast<unsigned char>(c));
                     });
  return plain ? extension : "";
}

}  // namespace

fs::path inner_path(std::string_view name) {
  fs::path path = name.starts_with('/') ? "_root" : "";
  for (const fs::path& part : fs::path(name).relative_path()) {
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      path /= "_up";
    } else {
      path /= looks_escaped(part.native()) ? "_" + part.native() : part.native();
    }
  }
  return path;
}

fs::path picture_path(const OutputFolder& folder, const fs::path& part, const std::string& name,
                      const std::string& ending, bool must_be_utf8) {
  fs::path path = part / inner_path(name);
  path += ending;
  if ((!must_be_utf8 || is_utf8(name)) && folder.can_hold(path)) return path;
  constexpr size_t kDigits = 32;
  return part / "_other" /
         (hexadecimal(sha256(name)).substr(0, kDigits) +
          (ending.empty() ? plain_extension(name) : ending));
}

}  // namespace saccade
