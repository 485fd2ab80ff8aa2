// Ctrl-C and SIGTERM as a request to come to an end.
#pragma once

namespace saccade {

/// From now on the first SIGINT or SIGTERM is only noted; a second one ends the process at once.
void note_interruptions();

/// The signal that was noted; 0 where none was.
int noted_interruption();

}  // namespace saccade
