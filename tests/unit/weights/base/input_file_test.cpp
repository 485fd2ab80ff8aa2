#include "weights/base/input_file.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "tests/support/temp_dir.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
using test::TempDir;

fs::path make_socket(const fs::path& path) {
  const int made = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  EXPECT_EQ(::bind(made, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(made);
  return path;
}

TEST(InputFile, OpensRegularFilesAlone) {
  const TempDir folder;
  const fs::path fifo = folder.path() / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(InputFile(fifo).problem(), "is a FIFO, not a regular file");
  EXPECT_EQ(InputFile(make_socket(folder.path() / "s")).problem(),
            "is a socket, not a regular file");
  EXPECT_EQ(InputFile("/dev/zero").problem(), "is a device, not a regular file");
  EXPECT_EQ(InputFile(folder.path()).problem(), "is a folder, not a regular file");
  EXPECT_EQ(InputFile(folder.path() / "none").problem(),
            "cannot be opened: No such file or directory");
  EXPECT_EQ(InputFile(folder.write("file", "text")).problem(), "");
}

TEST(InputFile, KnowsAndReadsTheFileThatItOpened) {
  const TempDir folder;
  const fs::path path = folder.write("file", "0123456789");
  const InputFile file(path);
  fs::remove(path);
  folder.write("file", "another");
  EXPECT_EQ(file.size(), 10u);
  std::string bytes(4, ' ');
  EXPECT_EQ(file.read(std::as_writable_bytes(std::span(bytes)), 3), 4u);
  EXPECT_EQ(bytes, "3456");
  EXPECT_EQ(file.read(std::as_writable_bytes(std::span(bytes)), 8), 2u);
}

TEST(InputStream, ReadsLinesAndSeeks) {
  const TempDir folder;
  const std::string first(100'000, 'x');
  InputStream stream(folder.write("file", first + "\nsecond\nthird"));
  std::string line;
  ASSERT_TRUE(std::getline(stream, line));
  EXPECT_EQ(line, first);
  ASSERT_TRUE(std::getline(stream, line));
  EXPECT_EQ(line, "second");
  EXPECT_EQ(stream.tellg(), std::streampos(100'008));
  stream.seekg(100'001);
  ASSERT_TRUE(std::getline(stream, line));
  EXPECT_EQ(line, "second");
  ASSERT_TRUE(std::getline(stream, line));
  EXPECT_EQ(line, "third");
  EXPECT_TRUE(stream.eof());
  EXPECT_FALSE(std::getline(stream, line));
}

TEST(InputStream, IsBadIfTheFileIs) {
  InputStream stream("/dev/zero");
  EXPECT_TRUE(stream.bad());
  EXPECT_EQ(stream.problem(), "is a device, not a regular file");
}

}  // namespace
}  // namespace saccade
