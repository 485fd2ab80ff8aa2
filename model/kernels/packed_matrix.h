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

/// An f32 matrix [in, out] as it lies somewhere else.
struct PlainMatrix {
  const float* values;
  int64_t in, out;
  int64_t in_stride, out_stride;
};

/// Which of the equally wide parts of a matrix's columns.
struct Parts {
  int64_t first, count;
};

/// Columns are packed in panels. A thread multiplies some rows by a panel at a time, and finishes
/// the tile while it is in its cache.
class PackedMatrix {
 public:
  /// Packs `plain` for x of about `rows` rows. No panel reaches from one of its `parts` into the
  /// next. `layer` names it in errors and lists. An empty bias is one of zeros. For int8 columns
  /// lie dense: in_stride is 1.
  PackedMatrix(Runtime& runtime, std::string layer, const PlainMatrix& plain,
               std::span<const float> bias, int64_t parts, int64_t rows, Precision precision);
  /// The transpose of a stored weight, f32 or bf16, not packed but multiplied by where it lies. It
  /// is slower, but memory for packed weights costs more than one picture's products: the kernel
  /// has to clear it.
  PackedMatrix(Runtime& runtime, std::string layer, std::shared_ptr<const RowSource> stored,
               int64_t parts, Precision precision);
  /// The same matrix in the same place, by another runtime.
  PackedMatrix(Runtime& runtime, const PackedMatrix& twin);

  /// y = finish(x [rows, in] times the columns of some parts + bias); `to` is about all columns. x
  /// is bf16 for a bf16 matrix, f32 for one of f32, and anything for int8.
  void multiply(const LayerInput& x, int64_t rows, const Parts& parts, const Epilogue& epilogue,
                const OutputLayout& to, FloatView y);
  /// The same of all columns, to dense rows, quantised where y is: can_quantize_output() is wanted
  /// for that.
  void multiply(const LayerInput& x, int64_t rows, const Epilogue& epilogue, const LayerInput& y);
  /// Whether rows are finished in one piece, as quantising them needs it.
  bool can_quantize_output() const {
    return precision_ == Precision::int8 && packed_->panels.size() == 1;
  }

  Precision precision() const { return precision_; }
  /// Of an int8 matrix, the root of the mean squared error of its values over that of the values.
  double quantization_error() const { return packed_->error; }
  /// The columns of a part, row-major [in, out / parts], as f32. Not of an int8 matrix.
  Buffer part(int64_t part) const;

  void list_primitives(std::vector<PrimitiveInfo>& list) const;

 private:
  struct Panel {
    int64_t first, columns;
    dnnl::memory::desc desc;
    Buffer values;  // empty where weights stay where they lie
  };
  struct Packed {
    std::shared_ptr<const RowSource> stored;  // weights that do, or null
    std::vector<Panel> panels;
    std::vector<float> bias;          // [out]
    std::vector<float> scales, sums;  // of an int8 matrix's columns, see Codes
    double error = 0;
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
  void make_panels(Packed& packed, int64_t widest, const Complete& complete) const;
  void fill(const Panel& panel, const PlainMatrix& plain) const;
  void fill_int8(const Panel& panel, const PlainMatrix& plain, Packed& packed,
                 SquaredError& error) const;
  RowChunks chunks(int64_t rows) const;
  Source source(const LayerInput& x, int64_t rows);
  size_t panel_room(const Panel& panel) const;
  const void* panel_values(const Panel& panel, float* room) const;
  template <typename ApplyEpilogue>
  void for_tiles(const LayerInput& x, int64_t rows, const Parts& parts,
                 const ApplyEpilogue& epilogue);
  std::vector<Step> steps_of(int64_t rows, const Parts& parts);

  Runtime* runtime_;
  std::string layer_;
  int64_t in_, out_, parts_;
  Precision precision_;
  std::shared_ptr<const Packed> packed_;
  std::vector<int64_t> seen_;  // numbers of rows
};

}  // namespace saccade
