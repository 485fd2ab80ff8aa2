// The program, but for main: from arguments to an exit code.
#pragma once

namespace saccade {

/// Obeys the command line. Results go to standard output; every error becomes one line on standard
/// error and one of the exit codes of exit_code.h. Nothing is thrown.
int run(int argc, char** argv);

}  // namespace saccade
