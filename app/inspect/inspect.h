// `saccade inspect`.
#pragma once

#include <string>
#include <vector>

#include "app/inspect/inspect_options.h"
#include "app/predict/findings.h"

namespace saccade {

/// Formats findings in sections with aligned columns: name, value, source.
std::string findings_as_text(const std::vector<Finding>& findings);

/// Prints the findings to standard output. Returns an exit code. Throws ModelError or SystemError.
int inspect(const InspectOptions& options);

}  // namespace saccade
