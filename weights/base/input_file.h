// Files that are read. Every path that the program reads is opened here, so that no pipe, device or
// socket in a file's place makes it wait, or read without end.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <istream>
#include <span>
#include <streambuf>
#include <string>
#include <vector>

namespace saccade {

/// A regular file, open for reading. What it is and how long is taken from the open descriptor, not
/// from the path, which may name another file by then.
class InputFile {
 public:
  enum class Links { follow, refuse };

  /// Opens `path` and never waits for it. Check problem() next.
  explicit InputFile(const std::filesystem::path& path, Links links = Links::follow);
  ~InputFile();
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&& other) noexcept;
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  /// Why the file is not open: "cannot be opened: Permission denied", "is a FIFO, not a regular
  /// file". Empty if it is open.
  const std::string& problem() const { return problem_; }

  /// Whether there is no file of this name.
  bool missing() const { return error_ == ENOENT; }
  /// Whether the file is not open because this process, or the system, has no descriptor or memory
  /// left for it.
  bool out_of_resources() const { return error_ == EMFILE || error_ == ENFILE || error_ == ENOMEM; }

  int descriptor() const { return descriptor_; }
  /// The length in bytes, when it was opened.
  uint64_t size() const { return size_; }
  /// Fills `to` with the bytes from `offset` on. Returns their number, which is less than the size
  /// of `to` only at the end of the file. Throws std::system_error.
  size_t read(std::span<std::byte> to, uint64_t offset) const;

 private:
  int descriptor_ = -1;
  uint64_t size_ = 0;
  std::string problem_;
  int error_ = 0;  ///< errno of opening
};

/// A stream of a regular file. If the file cannot be opened, or a read fails, the stream is bad().
class InputStream : public std::istream {
 public:
  explicit InputStream(const std::filesystem::path& path);

  /// As InputFile's.
  const std::string& problem() const { return buffer_.file.problem(); }

 private:
  struct Buffer : std::streambuf {
    explicit Buffer(const std::filesystem::path& path) : file(path) {}
    int_type underflow() override;
    pos_type seekoff(off_type offset, std::ios_base::seekdir from,
                     std::ios_base::openmode) override;
    pos_type seekpos(pos_type position, std::ios_base::openmode mode) override {
      return seekoff(off_type(position), std::ios_base::beg, mode);
    }

    InputFile file;
    std::vector<char> bytes;
    uint64_t next = 0;  ///< offset in the file behind `bytes`
  };

  Buffer buffer_;
};

}  // namespace saccade
