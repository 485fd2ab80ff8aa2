// A checkpoint's parameters under canonical names, checked against its description.
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
#include "weights/files/tensor_file.h"
#include "weights/naming/naming.h"

namespace saccade {

/// The parameters of one checkpoint. The file must hold exactly the tensors that the description
/// demands, besides ignorable ones.
class Weights {
 public:
  /// Throws ModelError that names a tensor that is missing, mis-shaped, not of floats, or
  /// unexpected. `ignorable` holds patterns of stored names (after the prefixes) of tensors that
  /// may be there but are not used. Tensors in `given` are not looked up in the file.
  Weights(TensorFile file, FoundNaming naming, const VitDescription& vit,
          const std::vector<std::string>& ignorable, const std::string& checkpoint_name,
          GivenTensors given = {});

  bool has(std::string_view name) const { return parameters_.contains(name); }
  /// Shape of a canonical tensor, e.g. "blocks.0.attn.qkv.weight" -> {3 D, D}.
  const std::vector<int64_t>& shape(std::string_view name) const;

  // All functions that hand out values throw ModelError, which names the file and the tensor, if a
  // value is not finite.

  /// Writes the tensor as f32, row-major, into `out`, whose size must be that of the tensor. Parts
  /// of a fused tensor are concatenated. Releases the file's pages afterwards.
  void read(std::string_view name, std::span<float> out) const;
  std::vector<float> read(std::string_view name) const;

  /// Returns rows [first, first + count) of the tensor in the mapped file, without a copy; nullopt
  /// if they are not f32, not aligned, or not contiguous.
  std::optional<std::span<const float>> rows_in_place(std::string_view name, int64_t first,
                                                      int64_t count) const;
  /// Writes rows [first, first + count) of the tensor as f32 into `out`.
  void read_rows(std::string_view name, int64_t first, int64_t count, std::span<float> out) const;
  /// For `values` that the caller made of the tensor: throws like the functions above.
  void check_finite(std::string_view name, std::span<const float> values) const;
  /// Releases the memory of the file's pages that hold the tensor, which can be read again.
  void release_pages(std::string_view name) const;

  int64_t parameter_count() const { return parameter_count_; }
  /// Stored names of the ignorable tensors that were found.
  const std::vector<std::string>& ignored() const { return ignored_; }
  /// The file's element types with the number of tensors of each, e.g. "F32 (152)".
  std::string dtypes() const;
  std::string naming() const;
  /// What stands before the backbone's names: "", "vit.", "module.model.", ...
  std::string prefix() const { return naming_.outer + naming_.inner; }
  /// The keys under which a PyTorch file has the weights; see TensorFile::entry().
  const std::string& entry() const { return file_.entry(); }
  /// The files of weights.
  const std::vector<std::filesystem::path>& files() const { return file_.paths(); }

 private:
  struct Parameter {
    std::vector<int64_t> shape;
    std::vector<std::string> stored;          // empty: the tensor was given
    int64_t row_stride;                       // values from one stored row to the next
    int64_t first_row = 0, first_column = 0;  // in a joined tensor
    int64_t sharing = 1, head_rows = 1;       // see ExpectedTensor
  };
  Parameter find_parameter(const ExpectedTensor& expected, const VitDescription& vit,
                           const std::map<std::string, std::vector<int64_t>>& shapes,
                           const std::string& where) const;
  // Contiguous rows of a stored tensor.
  struct Run {
    const TensorView& tensor;
    int64_t first, count;
  };
  Run run_at(const Parameter& wanted, int64_t row) const;
  void convert(const TensorView& stored, std::span<float> out) const;
  void check_finite(const TensorView& stored, std::span<const float> values) const;
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
