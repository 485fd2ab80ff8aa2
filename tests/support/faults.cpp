// A library to be preloaded into a program, in which it lets one system call fail:
//
//   SACCADE_FAULT=CALL:N:ERRNO    the Nth call of this kind fails with ERRNO; N+ all from the Nth
//   on SACCADE_FAULT_UNDER=FOLDER    count only calls on files in this folder; unset: all
//   SACCADE_FAULT_FIRED=FILE      made when a call has failed
//
// CALL is write, rename, close, open, fsync, flock or thread. A failing close closes. Calls that
// libraries make among themselves are not seen, as those of std::ifstream.
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

struct Fault {
  char call[16] = "";
  int number = 0;
  bool on = false;  // from then on
  int error = 0;
};

Fault read_fault() {
  Fault fault;
  const char* text = std::getenv("SACCADE_FAULT");
  if (text == nullptr) return fault;
  char more = 0;
  if (std::sscanf(text, "%15[a-z]:%d:%d", fault.call, &fault.number, &fault.error) == 3)
    return fault;
  std::sscanf(text, "%15[a-z]:%d%c:%d", fault.call, &fault.number, &more, &fault.error);
  fault.on = more == '+';
  return fault;
}

const Fault& fault() {
  static const Fault read = read_fault();
  return read;
}

bool is_under(const char* path) {
  const char* folder = std::getenv("SACCADE_FAULT_UNDER");
  if (folder == nullptr) return true;
  const size_t size = std::strlen(folder);
  return std::strncmp(path, folder, size) == 0 && (path[size] == '/' || path[size] == '\0');
}

/// Writes the path of an open file to `path`.
bool path_of(int fd, char (&path)[PATH_MAX]) {
  char link[64];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = ::readlink(link, path, sizeof path - 1);
  if (size < 0) return false;
  path[size] = '\0';
  return true;
}

/// Counts a call on a file that is counted, and says whether it shall fail; sets errno if so.
bool fails() {
  static std::atomic<int> calls{0};
  const int number = ++calls;
  if (number != fault().number && !(fault().on && number > fault().number)) return false;
  if (const char* fired = std::getenv("SACCADE_FAULT_FIRED")) {
    const long made = ::syscall(SYS_openat, AT_FDCWD, fired, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    ::syscall(SYS_close, made);
  }
  errno = fault().error;
  return true;
}

bool is_chosen(const char* call) { return std::strcmp(fault().call, call) == 0; }

bool fails_on(const char* call, int fd) {
  char path[PATH_MAX];
  return is_chosen(call) && path_of(fd, path) && is_under(path) && fails();
}

bool fails_at(const char* call, int folder, const char* name) {
  if (!is_chosen(call)) return false;
  char path[PATH_MAX];
  if (name[0] == '/') return is_under(name) && fails();
  const int at =
      folder == AT_FDCWD ? int(::syscall(SYS_openat, AT_FDCWD, ".", O_PATH | O_CLOEXEC)) : folder;
  const bool known = path_of(at, path);
  if (folder == AT_FDCWD) ::syscall(SYS_close, at);
  const size_t size = std::strlen(path);
  if (!known || size + 1 + std::strlen(name) >= sizeof path) return false;
  path[size] = '/';
  std::strcpy(path + size + 1, name);
  return is_under(path) && fails();
}

template <typename Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

/// The mode of open(2), which is there only if a file may be made.
mode_t mode_in(int flags, va_list& arguments) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* bytes, size_t size) {
  if (fails_on("write", fd)) return -1;
  static const auto real = next<ssize_t (*)(int, const void*, size_t)>("write");
  return real(fd, bytes, size);
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
  if (fails_on("write", fd)) return -1;
  static const auto real = next<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
  return real(fd, bytes, size, at);
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
  if (fails_on("write", fd)) return -1;
  static const auto real = next<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  return real(fd, bytes, size, at);
}

int renameat(int from, const char* old_name, int to, const char* new_name) noexcept {
  if (fails_at("rename", to, new_name)) return -1;
  static const auto real = next<int (*)(int, const char*, int, const char*)>("renameat");
  return real(from, old_name, to, new_name);
}

int rename(const char* old_name, const char* new_name) noexcept {
  return renameat(AT_FDCWD, old_name, AT_FDCWD, new_name);
}

int close(int fd) {
  const bool failing = fails_on("close", fd);
  static const auto real = next<int (*)(int)>("close");
  const int result = real(fd);
  if (!failing) return result;
  errno = fault().error;
  return -1;
}

int fsync(int fd) {
  if (fails_on("fsync", fd)) return -1;
  static const auto real = next<int (*)(int)>("fsync");
  return real(fd);
}

int fdatasync(int fd) {
  if (fails_on("fsync", fd)) return -1;
  static const auto real = next<int (*)(int)>("fdatasync");
  return real(fd);
}

int flock(int fd, int operation) noexcept {
  if (fails_on("flock", fd)) return -1;
  static const auto real = next<int (*)(int, int)>("flock");
  return real(fd, operation);
}

int openat(int folder, const char* name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_in(flags, arguments);
  va_end(arguments);
  if (fails_at("open", folder, name)) return -1;
  static const auto real = next<int (*)(int, const char*, int, mode_t)>("openat");
  return real(folder, name, flags, mode);
}

int open(const char* name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_in(flags, arguments);
  va_end(arguments);
  if (fails_at("open", AT_FDCWD, name)) return -1;
  static const auto real = next<int (*)(const char*, int, mode_t)>("open");
  return real(name, flags, mode);
}

int open64(const char* name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_in(flags, arguments);
  va_end(arguments);
  if (fails_at("open", AT_FDCWD, name)) return -1;
  static const auto real = next<int (*)(const char*, int, mode_t)>("open64");
  return real(name, flags, mode);
}

FILE* fopen(const char* name, const char* mode) {
  if (fails_at("open", AT_FDCWD, name)) return nullptr;
  static const auto real = next<FILE* (*)(const char*, const char*)>("fopen");
  return real(name, mode);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                   void* argument) noexcept {
  if (is_chosen("thread") && fails()) return fault().error;
  static const auto real =
      next<int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)>("pthread_create");
  return real(thread, attributes, start, argument);
}
}
