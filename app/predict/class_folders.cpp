#include "app/predict/class_folders.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "app/results/json_values.h"
#include "weights/base/text_utf8.h"

namespace saccade {
namespace {

std::string folder_name(const std::string& label) {
  constexpr size_t kMostBytes = 200;  // file systems allow 255, and an index may be appended
  std::string name = utf8_text(label);
  for (char& c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || c == '/') c = '_';
  }
  name = utf8_prefix(name, kMostBytes);
  if (name.empty()) return "_";
  if (name.front() == '.') name.front() = '_';
  return name;
}

/// Whether the name means a class other than `index`.
bool is_misread(const ClassNames& names, const std::string& name, int64_t index) {
  const std::vector<int64_t> found = names.find_unsorted(name);
  return std::any_of(found.begin(), found.end(), [&](int64_t other) { return other != index; });
}

}  // namespace

std::vector<std::string> class_folders(const ClassNames& names, const Labels& labels,
                                       LabelType type) {
  std::vector<std::string> folders;
  for (int64_t i = 0; i < names.classes(); ++i) {
    folders.push_back(folder_name(class_label(labels, i, type)));
  }
  for (bool changed = true; changed;) {  // a name with an index may equal another class's name
    changed = false;
    std::map<std::string, size_t> users;
    for (const std::string& folder : folders) ++users[folded_name(folder)];
    for (size_t i = 0; i < folders.size(); ++i) {
      std::string& folder = folders[i];
      if (users[folded_name(folder)] == 1 && !is_misread(names, folder, static_cast<int64_t>(i))) {
        continue;
      }
      folder += fmt::format(" {}", i);
      changed = true;
    }
  }
  return folders;
}

}  // namespace saccade
