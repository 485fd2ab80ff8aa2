// The program behind main().
#pragma once

namespace saccade {

/// Runs the command line and returns one of the exit codes of exit_code.h. Results go to standard
/// output, errors to standard error, one line each. Throws nothing.
int run(int argc, char** argv);

}  // namespace saccade
