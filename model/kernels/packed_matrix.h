// A matrix in the layout that oneDNN multiplies by fastest, and the products made with it.
#pragma once

#include <cstdint>
#include <dnnl.hpp>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "model/kernels/buffer.h"
#include "model/kernels/epilogue.h"
#include "model/kernels/float_view.h"
#include "model/kernels/precision.h"
#include "model/kernels/profile.h"
#include "model/kernels/row_chunks.h"
#include "model/kernels/row_source.h"
#include "model/kernels/runtime.h"

namespace saccade {

/// An f32 matrix [in, out] in memory of the caller's.
struct PlainMatrix {
  const float* values;
  int64_t in, out;
  int64_t in_stride, out_stride;
};

/// A range of the equally wide parts of a matrix's columns.
struct Parts {
  int64_t first, count;
};

/// Columns are packed in panels. A thread multiplies some rows by one panel at a time and applies
/// the epilogue while the tile is in its cache. Constant after construction: what a product needs
/// beside the matrix belongs to the runtime.
class PackedMatrix {
 public:
  /// Packs `plain` for x of about `rows` rows. No panel crosses from one of its `parts` into the
  /// next. `layer` is its name in errors and lists. An empty bias means zeros. For int8 in_stride
  /// must be 1.
  PackedMatrix(Runtime& runtime, std::string layer, const PlainMatrix& plain,
               std::span<const float> bias, int64_t parts, int64_t rows, Precision precision);
  /// Uses the transpose of a stored weight, f32 or bf16, without packing it. Its products are
  /// slower, but for a single image that costs less than memory for packed weights, which the
  /// kernel has to clear.
  PackedMatrix(Runtime& runtime, std::string layer, std::shared_ptr<const RowSource> stored,
               int64_t parts, Precision precision);
  /// y = epilogue(x [rows, in] times the columns of some parts + bias). `to` is the layout of all
  /// columns. x is bf16 for a bf16 matrix, f32 for an f32 one, and of any type for int8.
  void multiply(const LayerInput& x, int64_t rows, const Parts& parts, const Epilogue& epilogue,
                const OutputLayout& to, FloatView y, Runtime& runtime) const;
  /// The same for all columns, to dense rows. A quantized y needs can_quantize_output().
  void multiply(const LayerInput& x, int64_t rows, const Epilogue& epilogue, const LayerInput& y,
                Runtime& runtime) const;
  /// Whether a tile has whole rows, which quantizing them needs.
  bool can_quantize_output() const { return precision_ == Precision::int8 && panels_.size() == 1; }

  Precision precision() const { return precision_; }
  /// For an int8 matrix: the root mean square of its errors over that of its values.
  double quantization_error() const { return error_; }
  /// The columns of a part, row-major [in, out / parts], as f32. Not for an int8 matrix.
  Buffer part(int64_t part, const Runtime& runtime) const;

  void list_primitives(Runtime& runtime, std::vector<PrimitiveInfo>& list) const;

 private:
  struct Panel {
    int64_t first, columns;
    dnnl::memory::desc desc;
    Buffer values;  // empty where weights stay where they lie
  };
  struct Source {
    const std::byte* rows;
    int64_t row_bytes;
    Dequantization dequantization;
  };
  struct Step {
    const Panel* panel;
    Matmul *larger, *smaller;
  };
  template <typename Complete>
  void make_panels(int64_t widest, const Complete& complete);
  void fill(const Runtime& runtime, const Panel& panel, const PlainMatrix& plain) const;
  void fill_int8(const Runtime& runtime, const Panel& panel, const PlainMatrix& plain,
                 SquaredError& error);
  RowChunks chunks(int64_t rows, int threads) const;
  int64_t quantized_floats(const LayerInput& x, int64_t rows) const;
  Source source(const LayerInput& x, int64_t rows, float* scratch) const;
  size_t panel_scratch(const Panel& panel) const;
  const void* panel_values(const Panel& panel, float* scratch) const;
  template <typename ApplyEpilogue>
  void for_tiles(const LayerInput& x, int64_t rows, const Parts& parts, Runtime& runtime,
                 const ApplyEpilogue& epilogue) const;
  std::vector<Step> prepare_steps(int64_t rows, const Parts& parts, Runtime& runtime) const;

  std::string layer_;
  int64_t in_, out_, parts_;
  Precision precision_;
  std::shared_ptr<const RowSource> stored_;  // weights that stay where they lie, or null
  std::vector<Panel> panels_;
  std::vector<float> bias_;           // [out]
  std::vector<float> scales_, sums_;  // of an int8 matrix's columns, see Dequantization
  double error_ = 0;
};

}  // namespace saccade
