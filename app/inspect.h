// `saccade inspect`.
#pragma once

#include <string>
#include <vector>

#include "app/findings.h"
#include "app/inspect_options.h"

namespace saccade {

/// Sections with aligned columns: name, value, source.
std::string findings_as_text(const std::vector<Finding>& findings);

/// {"SECTION": {"NAME": {"value": ..., "source": "..."}, ...}, ...}
std::string findings_as_json(const std::vector<Finding>& findings);

/// Prints the findings to standard output. Returns an exit code; throws ModelError, SystemError.
int inspect(const InspectOptions& options);

}  // namespace saccade
