// The kinds of errors. Libraries throw them and never print; `app/run.cpp` turns each into one
// line on stderr and an exit code.
#pragma once

#include <stdexcept>
#include <string>

namespace saccade {

/// Base class of all errors that Saccade throws on purpose. The text is one line that names the
/// file, the problem and the remedy.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The command line is invalid (exit code 2).
class UsageError : public Error {
 public:
  using Error::Error;
};

/// A checkpoint or one of its JSON files is missing, malformed or not supported (exit code 1).
class ModelError : public Error {
 public:
  using Error::Error;
};

/// A picture cannot be read. Does not stop the others (exit code 3, or 1 if all pictures failed).
class ImageError : public Error {
 public:
  using Error::Error;
};

/// The operating system reports an error: no such folder, no space, no permission (exit code 1).
class SystemError : public Error {
 public:
  using Error::Error;
};

/// The caller asked to stop.
class Interrupted : public Error {
 public:
  using Error::Error;
};

}  // namespace saccade
