// The tensors that a description demands of a checkpoint.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace saccade {

/// One tensor, by its canonical name.
struct ExpectedTensor {
  std::string name;
  std::vector<int64_t> shape;
  /// Grouped-query attention: how many heads of queries share a head of keys and values, and the
  /// rows of a head. The file stores keys and values once; reading repeats them.
  int64_t sharing = 1;
  int64_t head_rows = 1;
};

class ExpectedTensors : public std::vector<ExpectedTensor> {
 public:
  void add(std::string name, std::vector<int64_t> shape) {
    push_back({std::move(name), std::move(shape)});
  }
  /// Weight [out, in] and bias [out] of a linear layer.
  void add_linear(const std::string& name, int64_t out, int64_t in, bool bias = true) {
    add(name + ".weight", {out, in});
    if (bias) add(name + ".bias", {out});
  }
};

}  // namespace saccade
