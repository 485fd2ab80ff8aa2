#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "app/pipeline/decoding_cost.h"
#include "app/pipeline/memory_budget.h"
#include "app/system/resource_limits.h"
#include "tests/support/expect_error.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_dir.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::source_path;
using test::TempDir;

TEST(MemoryBudget, NeverLendsMoreThanThereIs) {
  MemoryBudget budget(10);
  std::atomic<int> lent{0};
  std::atomic<bool> exceeded{false};
  const auto borrow = [&](int bytes) {
    for (int i = 0; i < 200; ++i) {
      const MemoryBudget::Reservation share(budget, static_cast<uint64_t>(bytes));
      if (lent.fetch_add(bytes) + bytes > 10) exceeded = true;
      std::this_thread::yield();
      lent.fetch_sub(bytes);
    }
  };
  { const std::jthread a(borrow, 4), b(borrow, 7), c(borrow, 10), d(borrow, 0); }
  EXPECT_FALSE(exceeded);
}

TEST(DecodingBytes, ComeFromTheHeader) {
  MemoryBudget budget(uint64_t{1} << 40);
  const fs::path cat = source_path("tests/samples/cat.png");  // 451 x 300
  EXPECT_EQ(decoding_bytes(ImageFile(cat), 1'000'000, budget),
            2 * fs::file_size(cat) + 451u * 300u * 11u);
  EXPECT_EQ(decoding_bytes(ImageFile(cat), 1000, budget), 2 * fs::file_size(cat));
}

TEST(DecodingBytes, FindHeadersFarIntoTheFile) {
  const TempDir folder;
  const std::string far = std::string("P6\n#") + std::string(100'000, 'x') + "\n100 200\n255\n";
  const fs::path file = folder.write("a.ppm", far);
  MemoryBudget budget(1'000'000);
  EXPECT_EQ(decoding_bytes(ImageFile(file), 1'000'000, budget), 2 * far.size() + 100u * 200u * 11u);
}

TEST(DecodingBytes, AreSmallForWhatIsRefusedAnyway) {
  const TempDir folder;
  MemoryBudget budget(1000);
  EXPECT_EQ(decoding_bytes(ImageFile(folder.write("text.png", "text")), 1000, budget), 8u);
}

TEST(DecodingBytes, OverTheBudgetAreAnError) {
  const TempDir folder;
  MemoryBudget budget(1 << 20);
  const std::string wide = folder.write("a.ppm", "P6\n1000 1000\n255\n").string();
  expect_error<ImageError>([&] { decoding_bytes(ImageFile(wide), 1'000'000, budget); },
                           {wide, "11 MiB", "--max-memory"});
}

TEST(CgroupMemory, IsTheSmallestOfGroupAndAncestors) {
  const TempDir root;
  EXPECT_EQ(cgroup_memory(root.path()), std::nullopt);
  root.write("proc/self/cgroup", "0::/a/b\n");
  root.write("sys/fs/cgroup/a/b/memory.max", "max\n");
  EXPECT_EQ(cgroup_memory(root.path()), std::nullopt);
  root.write("sys/fs/cgroup/a/memory.max", "4000000\n");
  root.write("sys/fs/cgroup/memory.max", "9000000\n");
  EXPECT_EQ(cgroup_memory(root.path()), 4000000u);
}

TEST(CgroupMemory, ReadsVersion1) {
  const TempDir root;
  root.write("proc/self/cgroup", "5:memory:/box\n4:cpu,cpuacct:/box\n");
  root.write("sys/fs/cgroup/memory/box/memory.limit_in_bytes", "123456\n");
  root.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(cgroup_memory(root.path()), 123456u);
}

TEST(ResidentMemory, CountsWhatIsTouched) {
  const uint64_t before = resident_memory();
  const std::vector<char> block(64 << 20, 'x');
  EXPECT_GE(resident_memory() + (16 << 20), before + block.size());
}

}  // namespace
}  // namespace saccade
