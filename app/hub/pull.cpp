#include "app/hub/pull.h"

#include "app/cli/exit_code.h"
#include "app/cli/output.h"
#include "app/predict/find_model.h"

namespace saccade {

int pull(const PullOptions& options) {
  const HubSettings settings = hub_settings();
  Output output;
  for (const HubName& name : options.names) {
    output.write(fetch_model(name, settings, options.quiet, hub_pull).string() + '\n');
    output.flush();
  }
  return kExitDone;
}

}  // namespace saccade
