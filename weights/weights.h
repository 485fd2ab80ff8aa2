// A checkpoint's parameters under canonical names, checked against the description they must fit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "weights/describe/expected_tensor.h"
#include "weights/describe/vit_description.h"
#include "weights/files/safetensors.h"
#include "weights/naming/naming.h"

namespace saccade {

/// The parameters of one checkpoint. Strict: construction fails unless the file holds exactly the
/// tensors that the description demands, besides ignorable ones.
class Weights {
 public:
  /// Throws ModelError that names the tensor, what was wanted and what was found: missing,
  /// mis-shaped, not a float, or present though nothing explains it. `ignorable` holds patterns of
  /// stored names (after the outer prefix) that may be present unused. What is `given` is not
  /// looked for.
  Weights(TensorFile file, FoundNaming naming, const VitDescription& vit,
          const std::vector<std::string>& ignorable, const std::string& checkpoint_name,
          GivenTensors given = {});

  bool has(std::string_view name) const { return parameters_.contains(name); }
  /// Shape of a canonical tensor, e.g. "blocks.0.attn.qkv.weight" -> {3 D, D}.
  const std::vector<int64_t>& shape(std::string_view name) const;

  /// Writes the tensor as f32, row-major, into `out`, whose size must be that of the tensor; the
  /// parts of a fused tensor follow each other. The file's pages are let go afterwards.
  void read(std::string_view name, std::span<float> out) const;
  std::vector<float> read(std::string_view name) const;

  /// Rows [first, first + count) of the tensor where the file holds them as f32, without a copy;
  /// nullopt where they are of another type, unaligned, or not in one piece.
  std::optional<std::span<const float>> rows_in_place(std::string_view name, int64_t first,
                                                      int64_t count) const;
  /// Writes rows [first, first + count) of the tensor as f32 into `out`.
  void read_rows(std::string_view name, int64_t first, int64_t count, std::span<float> out) const;
  /// Lets the file's pages of the tensor go; it can still be read again.
  void release_pages(std::string_view name) const;

  int64_t parameter_count() const { return parameter_count_; }
  /// Stored names that were allowed to be left unused.
  const std::vector<std::string>& ignored() const { return ignored_; }
  /// The file's element types and how many tensors have each, e.g. "F32 (152)".
  std::string dtypes() const;
  std::string naming() const;
  /// The files that hold them.
  const std::vector<std::filesystem::path>& files() const { return file_.paths(); }

 private:
  struct Parameter {
    std::vector<int64_t> shape;
    std::vector<std::string> stored;          // none: it was given
    int64_t row_stride;                       // values from one stored row to the next
    int64_t first_row = 0, first_column = 0;  // in a joined tensor
    int64_t sharing = 1, head_rows = 1;       // see ExpectedTensor
  };
  Parameter find_parameter(const ExpectedTensor& expected, const VitDescription& vit,
                           const std::map<std::string, std::vector<int64_t>>& shapes,
                           const std::string& where) const;
  // Rows that follow each other in the file, and how many.
  struct Run {
    const TensorView& tensor;
    int64_t first, count;
  };
  Run run_at(const Parameter& wanted, int64_t row) const;
  const Parameter& parameter(std::string_view name) const;
  void check_nothing_is_left(const std::vector<std::string>& ignorable, const std::string& where);

  TensorFile file_;
  FoundNaming naming_;
  GivenTensors given_;
  std::map<std::string, Parameter, std::less<>> parameters_;
  std::vector<std::string> ignored_;
  int64_t parameter_count_ = 0;
};

}  // namespace saccade
