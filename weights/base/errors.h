// The four kinds of failure, named by whose fault it is. `app/run.cpp` turns each into one line on
// stderr and an exit code; everything below throws one of these and never prints.
#pragma once

#include <stdexcept>
#include <string>

namespace saccade {

/// Base of every error that Saccade raises on purpose. The text is one line: the file, the thing,
/// the remedy.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The command line asks for something that cannot be (exit code 2).
class UsageError : public Error {
 public:
  using Error::Error;
};

/// A checkpoint, or one of its JSON files, is missing, malformed or of an unknown kind (exit 1).
class ModelError : public Error {
 public:
  using Error::Error;
};

/// One picture cannot be read; the others go on (exit 3, or 1 when every picture failed).
class ImageError : public Error {
 public:
  using Error::Error;
};

/// The machine refuses: no such folder, no space, no permission (exit 1).
class SystemError : public Error {
 public:
  using Error::Error;
};

}  // namespace saccade
