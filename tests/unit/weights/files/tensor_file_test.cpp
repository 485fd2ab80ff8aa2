#include "weights/files/tensor_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/expect_error.h"
#include "tests/support/safetensors_bytes.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_dir.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using test::expect_error;
using test::safetensors_bytes;
using test::TempDir;

/// A file whose only tensor, a, has three bytes, with `size` bytes of data.
std::string three_bytes(size_t size) {
  return safetensors_bytes(R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}})",
                           std::string(size, '\0'));
}

TEST(TensorFile, ReadsAnUnalignedFile) {
  const TempDir dir;
  const float values[] = {1.5f, -2.0f, 0.0f};
  const std::string data(reinterpret_cast<const char*>(values), sizeof values);
  const std::string header = R"({"w":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}})";
  for (size_t padding = 0; padding < 8; ++padding) {
    const auto path = dir.write(fmt::format("m{}.safetensors", padding),
                                safetensors_bytes(header + std::string(padding, ' '), data));
    const TensorFile file(path);
    const TensorView* tensor = file.find("w");
    ASSERT_NE(tensor, nullptr);
    std::vector<float> out(3);
    convert_to_f32(*tensor, out);
    EXPECT_EQ(std::memcmp(out.data(), values, sizeof values), 0) << padding;
    EXPECT_EQ(file.find("v"), nullptr);
    EXPECT_EQ(file.tensors().size(), 1u);
  }
}

TEST(TensorFile, StaysValidWhenMoved) {
  const TempDir dir;
  TensorFile first(dir.write("m.safetensors", three_bytes(3)));
  const TensorFile second = std::move(first);
  ASSERT_NE(second.find("a"), nullptr);
  EXPECT_EQ(second.find("a")->bytes[2], std::byte{0});
}

/// Returns how many pages of `bytes` are resident, from /proc/self/pagemap (Linux).
size_t mapped_pages(std::span<const std::byte> bytes) {
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  FILE* map = std::fopen("/proc/self/pagemap", "rb");
  if (!map) return 0;
  size_t count = 0;
  const auto begin = reinterpret_cast<uintptr_t>(bytes.data()) / page;
  const auto end = (reinterpret_cast<uintptr_t>(bytes.data()) + bytes.size() + page - 1) / page;
  for (uintptr_t i = begin; i < end; ++i) {
    uint64_t entry = 0;
    std::fseek(map, static_cast<long>(i * sizeof entry), SEEK_SET);
    if (std::fread(&entry, sizeof entry, 1, map) == 1) count += entry >> 63;
  }
  std::fclose(map);
  return count;
}

TEST(TensorFile, ReleasesPagesAndReadsThemAgain) {
  const TempDir dir;
  constexpr size_t size = 1 << 20;
  std::string data(2 * size, '\0');
  for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<char>(i * 31 + i / 4096);
  const std::string header =
      R"({"a":{"dtype":"U8","shape":[1048576],"data_offsets":[0,1048576]},)"
      R"("b":{"dtype":"U8","shape":[1048576],"data_offsets":[1048576,2097152]}})";
  const TensorFile file(dir.write("m.safetensors", safetensors_bytes(header, data)));
  const TensorView& a = *file.find("a");
  const TensorView& b = *file.find("b");
  ASSERT_EQ(std::memcmp(a.bytes.data(), data.data(), size), 0);
  if (mapped_pages(a.bytes) < size / static_cast<size_t>(sysconf(_SC_PAGESIZE))) {
    GTEST_SKIP() << "/proc/self/pagemap is not usable here";
  }
  file.release_pages(a);
  EXPECT_LE(mapped_pages(a.bytes), 2u);  // the ends are shared with the header and with b
  EXPECT_EQ(std::memcmp(a.bytes.data(), data.data(), size), 0);
  EXPECT_EQ(std::memcmp(b.bytes.data(), data.data() + size, size), 0);
}

// MADV_DONTNEED would clear memory that is not backed by the file.
TEST(TensorFile, ReleasesOnlyItsOwnPages) {
  const TempDir dir;
  const TensorFile file(dir.write("m.safetensors", three_bytes(3)));
  const std::vector<std::byte> heap(1 << 20, std::byte{7});
  TensorView other;
  other.bytes = heap;
  file.release_pages(other);
  for (const std::byte value : heap) ASSERT_EQ(value, std::byte{7});
}

TEST(TensorFile, UnreadablePathsAreSystemErrors) {
  const TempDir dir;
  const auto open = [](const std::filesystem::path& path) {
    return [path] { TensorFile file(path); };
  };
  const auto missing = dir.path() / "no.safetensors";
  expect_error<SystemError>(open(missing), {missing.string(), "cannot be opened", "No such file"});
  expect_error<SystemError>(open(dir.path()), {dir.path().string(), "is a folder"});
  expect_error<SystemError>(open("/dev/null"), {"/dev/null", "not a regular file"});
  const auto fifo = dir.path() / "pipe.safetensors";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  expect_error<SystemError>(open(fifo), {fifo.string(), "not a regular file"});
}

TEST(TensorFile, AFileWithoutPermissionIsASystemError) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const TempDir dir;
  const auto path = dir.write("m.safetensors", three_bytes(3));
  std::filesystem::permissions(path, std::filesystem::perms::none);
  expect_error<SystemError>([&] { TensorFile file(path); }, {path.string(), "cannot be opened"});
}

TEST(TensorFile, MalformedFilesAreModelErrorsWithTheirPath) {
  const TempDir dir;
  const auto empty = dir.write("empty.safetensors", "");
  expect_error<ModelError>([&] { TensorFile file(empty); }, {empty.string(), "0 bytes"});
  const auto cut = dir.write("cut.safetensors", three_bytes(2));
  expect_error<ModelError>([&] { TensorFile file(cut); }, {cut.string(), "come to 3 bytes"});
}

TEST(TensorFile, OpensARealCheckpoint) {
  SACCADE_NEED_SHARED("models/deit-tiny-patch16-224/model.safetensors");
  const TensorFile file(test::shared_path("models/deit-tiny-patch16-224/model.safetensors"));
  const TensorView* bias = file.find("classifier.bias");
  ASSERT_NE(bias, nullptr);
  EXPECT_EQ(bias->dtype, DType::f32);
  EXPECT_EQ(bias->shape, (std::vector<int64_t>{1000}));
}

}  // namespace
}  // namespace saccade
