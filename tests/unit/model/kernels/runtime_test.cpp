#include "model/kernels/runtime.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace saccade {
namespace {

TEST(Scratch, NestsAndIsReused) {
  Runtime runtime;
  float* first = nullptr;
  {
    const Scratch outer = runtime.scratch(100);
    first = outer;
    std::fill_n(outer.data(), 100, 1.0f);
    const Scratch inner = runtime.scratch(1000);
    std::fill_n(inner.data(), 1000, 2.0f);
    EXPECT_EQ(std::count(outer.data(), outer.data() + 100, 1.0f), 100);
  }
  const Scratch again = runtime.scratch(50);
  EXPECT_EQ(again.data(), first);
}

struct Counted {
  using Key = int;
  Counted(Runtime&, int key_) : key(key_) { ++made; }
  int key;
  static inline int made = 0;
};

TEST(Runtime, MakesWhatItCachesOnce) {
  Runtime runtime;
  Counted& seven = runtime.cached<Counted>(7);
  EXPECT_EQ(runtime.cached<Counted>(8).key, 8);
  EXPECT_EQ(&runtime.cached<Counted>(7), &seven);
  EXPECT_EQ(Counted::made, 2);
  EXPECT_EQ(runtime.all<Counted>().size(), 2u);
}

TEST(Runtime, NotesEveryNumberOfRowsOnce) {
  Runtime runtime;
  const int matrix = 0, other = 0;
  for (const int64_t rows : {8, 1, 8}) runtime.note_rows(&matrix, rows);
  EXPECT_EQ(runtime.rows_of(&matrix), (std::vector<int64_t>{8, 1}));
  EXPECT_TRUE(runtime.rows_of(&other).empty());
}

}  // namespace
}  // namespace saccade
