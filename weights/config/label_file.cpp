#include "weights/config/label_file.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "weights/base/errors.h"
#include "weights/base/input_file.h"
#include "weights/base/text_utf8.h"

namespace saccade {
namespace {

constexpr size_t kLongestLine = 10'000;

bool is_wide(std::string_view line) {
  return line.starts_with("\xff\xfe") || line.starts_with("\xfe\xff");
}

}  // namespace

Labels read_label_file(const std::filesystem::path& file, int64_t classes) {
  const auto refuse = [&](const std::string& what) {
    throw UsageError(fmt::format("--labels: {}: {}", file.string(), what));
  };
  InputStream stream(file);
  if (!stream) {
    throw SystemError(fmt::format("--labels: {}: {}", file.string(), stream.problem()));
  }
  Labels labels;
  size_t named = 0;  // up to the last line that is not empty
  for (std::string line; std::getline(stream, line);) {
    if (line.ends_with('\r')) line.pop_back();
    const size_t number = labels.descriptions.size() + 1;
    if (number == 1 && is_wide(line)) refuse("is UTF-16 text; save it as UTF-8");
    if (number == 1 && line.starts_with("\xef\xbb\xbf")) line.erase(0, 3);  // byte order mark
    if (line.size() > kLongestLine || !is_utf8(line)) {
      refuse(fmt::format("line {} is {}", number,
                         line.size() > kLongestLine ? "too long" : "not UTF-8"));
    }
    labels.descriptions.push_back(std::move(line));
    if (!labels.descriptions.back().empty()) named = number;
    if (named > size_t(classes)) break;
  }
  if (stream.bad()) refuse("cannot be read");
  labels.descriptions.resize(named);
  if (named != size_t(classes)) {
    refuse(fmt::format("{} {} for {} classes; wanted a name on each line, one for each class",
                       named > size_t(classes) ? "more than" : "only",
                       named > size_t(classes) ? classes : int64_t(named), classes));
  }
  for (size_t i = 0; i < named; ++i) {
    if (labels.descriptions[i].empty()) refuse(fmt::format("line {} is empty", i + 1));
  }
  add_synsets(labels);
  return labels;
}

}  // namespace saccade
