// Which attention layer and MLP of which block.
#pragma once

#include <cstdint>
#include <string>

namespace saccade {

/// One attention layer and MLP of a block. Blocks other than BlockKind::branches have one.
struct BlockBranch {
  int64_t block;
  int64_t branch = 0;

  /// The prefix of its tensors' canonical names: "blocks.3.", or "blocks.3.branches.1." for any
  /// branch but the first.
  std::string prefix() const;
};

}  // namespace saccade
