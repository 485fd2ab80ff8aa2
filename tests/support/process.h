// Runs a program and captures its output.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace saccade::test {

/// Where a program's standard output is sent.
enum class Stdout {
  captured,
  terminal,     ///< captured through a pseudo-terminal, which ends lines with \r\n
  broken_pipe,  ///< a pipe whose reading end is closed
  full_disk,    ///< /dev/full
};

struct ProcessOptions {
  std::string input;                                           ///< standard input of the program
  std::vector<std::pair<std::string, std::string>> variables;  ///< added to the environment
  std::filesystem::path folder;  ///< working directory; empty: the current one
  Stdout out = Stdout::captured;
  bool terminal_errors = false;  ///< captures standard error through a pseudo-terminal
};

struct ProcessResult {
  int exit_code = -1;  ///< 128 + signal number if a signal killed it
  std::string out;
  std::string err;
};

namespace process_detail {

struct Pipe {
  int read_end = -1;
  int write_end = -1;
};

inline Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  return {ends[0], ends[1]};
}

inline Pipe make_terminal() {
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0) {
    throw std::runtime_error("no pseudo-terminal");
  }
  std::array<char, 128> name{};
  if (::ptsname_r(master, name.data(), name.size()) != 0) throw std::runtime_error("no ptsname");
  const int slave = ::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (slave < 0) throw std::runtime_error("cannot open the pseudo-terminal");
  return {master, slave};
}

inline Pipe make_stdout(Stdout out) {
  if (out == Stdout::terminal) return make_terminal();
  if (out == Stdout::full_disk) return {-1, ::open("/dev/full", O_WRONLY | O_CLOEXEC)};
  Pipe pipe = make_pipe();
  if (out == Stdout::broken_pipe) {
    ::close(pipe.read_end);
    pipe.read_end = -1;
  }
  return pipe;
}

[[noreturn]] inline void become(const std::vector<std::string>& command,
                                const ProcessOptions& options, int in, int out, int err) {
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  std::signal(SIGPIPE, SIG_DFL);
  for (const auto& [name, value] : options.variables) ::setenv(name.c_str(), value.c_str(), 1);
  if (!options.folder.empty() && ::chdir(options.folder.c_str()) != 0) ::_exit(126);
  std::vector<char*> arguments;
  for (const std::string& argument : command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

/// Writes `input` and reads both outputs until they are closed.
inline void converse(int in, int out, int err, const std::string& input, ProcessResult& result) {
  std::array<pollfd, 3> ends{{{in, POLLOUT, 0}, {out, POLLIN, 0}, {err, POLLIN, 0}}};
  const auto close_end = [](pollfd& end) {
    ::close(end.fd);
    end.fd = -1;
  };
  size_t fed = 0;
  std::array<char, 65536> buffer;
  while (ends[0].fd >= 0 || ends[1].fd >= 0 || ends[2].fd >= 0) {
    ::poll(ends.data(), ends.size(), -1);
    if (ends[0].fd >= 0 && ends[0].revents != 0) {
      const ssize_t count = ::write(in, input.data() + fed, input.size() - fed);
      if (count > 0) fed += static_cast<size_t>(count);
      if (count < 0 || fed == input.size()) close_end(ends[0]);
    }
    for (const size_t i : {size_t{1}, size_t{2}}) {
      if (ends[i].fd < 0 || ends[i].revents == 0) continue;
      const ssize_t count = ::read(ends[i].fd, buffer.data(), buffer.size());
      if (count <= 0) {
        close_end(ends[i]);  // a pseudo-terminal reports its end as EIO
      } else {
        (i == 1 ? result.out : result.err).append(buffer.data(), static_cast<size_t>(count));
      }
    }
  }
}

}  // namespace process_detail

/// Runs `command`, whose first word is the program's path, until it ends.
inline ProcessResult run_process(const std::vector<std::string>& command,
                                 const ProcessOptions& options = {}) {
  namespace detail = process_detail;
  std::signal(SIGPIPE, SIG_IGN);  // the program may not read its input
  const detail::Pipe in = detail::make_pipe();
  const detail::Pipe out = detail::make_stdout(options.out);
  const detail::Pipe err = options.terminal_errors ? detail::make_terminal() : detail::make_pipe();
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) detail::become(command, options, in.read_end, out.write_end, err.write_end);
  ::close(in.read_end);
  ::close(out.write_end);
  ::close(err.write_end);
  ProcessResult result;
  detail::converse(in.write_end, out.read_end, err.read_end, options.input, result);
  int status = 0;
  ::waitpid(child, &status, 0);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace saccade::test
