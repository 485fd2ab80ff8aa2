#include "model/kernels/packed_matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <numeric>
#include <utility>

#include "model/kernels/convert.h"
#include "model/kernels/matmul.h"
#include "model/kernels/parallel.h"
#include "model/kernels/primitive_making.h"
#include "model/kernels/row_chunks.h"

namespace saccade {
namespace {

constexpr int64_t kGranule = 64;  // what oneDNN packs together

constexpr int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

// As few chunks as the size of tiles allows, or up to twice as many if all threads then have the
// same number.
RowChunks chunks_of(int64_t rows, int64_t threads) {
  constexpr int64_t kMost = 128;
  const int64_t least = ceil_div(rows, kMost);
  for (int64_t count = least; count <= std::min(2 * least, rows); ++count) {
    if (count % threads == 0 || threads % count == 0) return {rows, count};
  }
  return {rows, least};
}

// Columns of a panel of stored weights, `bytes` per column: the panel stays in a core's cache
// during its products, and threads have equal shares.
int64_t columns_in_place(int64_t part, int64_t bytes, int threads) {
  constexpr int64_t kMostBytes = 1 << 20;
  const int64_t wanted = ceil_div(ceil_div(part * bytes, kMostBytes), threads) * threads;
  return ceil_div(ceil_div(part, wanted), kGranule) * kGranule;
}

// Columns of a packed panel, so that there is work for every thread.
int64_t panel_columns(int64_t part, int64_t rows, int threads, Precision precision) {
  // Wider panels and their tiles do not fit in a core's second cache.
  const int64_t widest = precision == Precision::int8 ? 1536 : 1024;
  const int64_t wanted =
      std::max(ceil_div(part, widest), ceil_div(threads, chunks_of(rows, threads).count));
  return ceil_div(ceil_div(part, wanted), kGranule) * kGranule;
}

void reorder(const Runtime& runtime, dnnl::memory from, dnnl::memory to) {
  dnnl::stream stream(runtime.engine());
  const dnnl::reorder primitive = [&] {
    const PrimitiveMaking making;
    return dnnl::reorder(from, to);
  }();
  primitive.execute(stream, from, to);
  stream.wait();
}

size_t floats(const dnnl::memory::desc& desc) {
  return (desc.get_size() + sizeof(float) - 1) / sizeof(float);
}

}  // namespace

PackedMatrix::PackedMatrix(Runtime& runtime, std::string layer, const PlainMatrix& plain,
                           std::span<const float> bias, int64_t parts, int64_t rows,
                           Precision precision)
    : layer_(std::move(layer)),
      in_(plain.in),
      out_(plain.out),
      parts_(parts),
      precision_(precision),
      bias_(bias.begin(), bias.end()) {
  bias_.resize(size_t(out_), 0.0f);
  SquaredError error;
  const int threads = runtime.threads();
  make_panels(panel_columns(out_ / parts_, rows, threads, precision), [&](Panel& panel) {
    const ProductShape shape{chunks(rows, threads).size(0), in_, panel.columns, precision_};
    panel.desc = runtime.product(shape, {}).weights_desc();
    panel.values = Buffer(floats(panel.desc));
    if (precision_ == Precision::int8) {
      fill_int8(runtime, panel, plain, error);
    } else {
      fill(runtime, panel, plain);
    }
  });
  error_ = error.relative();
}

PackedMatrix::PackedMatrix(Runtime& runtime, std::string layer,
                           std::shared_ptr<const RowSource> stored, int64_t parts,
                           Precision precision)
    : layer_(std::move(layer)),
      in_(stored->in()),
      out_(stored->out()),
      parts_(parts),
      precision_(precision),
      stored_(std::move(stored)),
      bias_(stored_->bias().begin(), stored_->bias().end()) {
  assert(precision != Precision::int8);
  bias_.resize(size_t(out_), 0.0f);
  const FloatType type = float_type(precision);
  const int64_t widest = columns_in_place(out_ / parts_, in_ * bytes_of(type), runtime.threads());
  make_panels(widest, [&](Panel& panel) {
    panel.desc = strided({in_, panel.columns}, {1, in_}, data_type(type));
  });
}

// Makes panels of at most `widest` columns and calls complete(panel) for each.
template <typename Complete>
void PackedMatrix::make_panels(int64_t widest, const Complete& complete) {
  const int64_t part = out_ / parts_;
  for (int64_t first = 0; first < out_;) {
    const int64_t end_of_part = (first / part + 1) * part;
    const int64_t columns = std::min(widest, end_of_part - first);
    panels_.push_back({first, columns, {}, {}});
    complete(panels_.back());
    first += columns;
  }
}

void PackedMatrix::fill(const Runtime& runtime, const Panel& panel,
                        const PlainMatrix& plain) const {
  const float* from = plain.values + panel.first * plain.out_stride;
  reorder(runtime,
          {strided({in_, panel.columns}, {plain.in_stride, plain.out_stride}), runtime.engine(),
           const_cast<float*>(from)},
          {panel.desc, runtime.engine(), panel.values.data()});
}

void PackedMatrix::fill_int8(const Runtime& runtime, const Panel& panel, const PlainMatrix& plain,
                             SquaredError& error) {
  // Without int8 instructions oneDNN adds pairs of products in 16 bits: 2 * 255 * 63 fits.
  const int limit = is_native(Precision::int8) ? 127 : 63;
  std::vector<int8_t> codes(size_t(panel.columns * in_));  // [columns, in]
  for (int64_t column = 0; column < panel.columns; ++column) {
    const float* from = plain.values + (panel.first + column) * plain.out_stride;
    int8_t* to = codes.data() + column * in_;
    scales_.push_back(quantize_channel({from, size_t(in_)}, limit, to, error));
    sums_.push_back(scales_.back() * float(std::accumulate(to, to + in_, 0)));
  }
  reorder(runtime,
          {strided({in_, panel.columns}, {1, in_}, dnnl::memory::data_type::s8), runtime.engine(),
           codes.data()},
          {panel.desc, runtime.engine(), panel.values.data()});
}

// Scratch that source() needs for quantized rows, in floats.
int64_t PackedMatrix::quantized_floats(const LayerInput& x, int64_t rows) const {
  if (precision_ != Precision::int8 || std::holds_alternative<QuantizedRows>(x)) return 0;
  const int64_t bytes = rows * (int64_t(sizeof(RowQuantization)) + in_);
  return ceil_div(bytes, sizeof(float));
}

// The rows in the type of the product; for int8 also what brings its sums back to floats.
PackedMatrix::Source PackedMatrix::source(const LayerInput& x, int64_t rows, float* scratch) const {
  if (precision_ != Precision::int8) {
    const FloatView values = std::get<FloatView>(x);
    assert((precision_ == Precision::bf16) == (values.type() == FloatType::bf16));
    return {static_cast<const std::byte*>(values.data()), in_ * bytes_of(values.type()), {}};
  }
  QuantizedRows quantized{};
  if (const auto* given = std::get_if<QuantizedRows>(&x)) {
    quantized = *given;
  } else {
    quantized.quantization = reinterpret_cast<RowQuantization*>(scratch);
    quantized.values = reinterpret_cast<uint8_t*>(quantized.quantization + rows);
    quantize_rows(std::get<FloatView>(x), rows, in_, quantized);
  }
  return {reinterpret_cast<const std::byte*>(quantized.values),
          in_,
          {quantized.quantization, scales_.data(), sums_.data()}};
}

// Stored weights take all rows at once, so that oneDNN or the conversion prepares each panel once.
RowChunks PackedMatrix::chunks(int64_t rows, int threads) const {
  if (stored_) return {rows, 1};
  return chunks_of(rows, threads);
}

// Floats that a thread needs to convert a panel of stored weights: from the file's type, and from
// f32.
size_t PackedMatrix::panel_scratch(const Panel& panel) const {
  return stored_ ? 2 * size_t(in_ * panel.columns) : 0;
}

// A panel in the type of the product: packed, or in the file, or converted in `scratch`.
const void* PackedMatrix::panel_values(const Panel& panel, float* scratch) const {
  if (!stored_) return panel.values.data();
  const auto count = size_t(in_ * panel.columns);
  const float* stored =
      stored_->rows(panel.first, panel.columns, {scratch, count}).data();  // [columns, in]
  if (precision_ == Precision::f32) return stored;
  const FloatView converted(scratch + count, float_type(precision_));
  copy_rows(stored, 1, int64_t(count), converted, 0);
  return converted.data();
}

// Computes tiles and calls epilogue(tile, dequantization) for each.
template <typename ApplyEpilogue>
void PackedMatrix::for_tiles(const LayerInput& x, int64_t rows, const Parts& parts,
                             Runtime& runtime, const ApplyEpilogue& epilogue) const {
  const std::vector<Step> steps = prepare_steps(rows, parts, runtime);
  const Scratch quantized = runtime.scratch(quantized_floats(x, rows));
  const Source from = source(x, rows, quantized);
  const RowChunks cut = chunks(rows, runtime.threads());
  const auto panels = int64_t(steps.size());
  parallel_tasks(runtime.threads(), cut.count * panels, [&](int64_t task, int thread) {
    const auto& [panel, larger, smaller] = steps[size_t(task % panels)];
    const int64_t chunk = task / panels, first = cut.first(chunk), count = cut.size(chunk);
    auto* scratch = static_cast<float*>(runtime.tile(thread));
    float* values = scratch + panel_scratch(*panel);
    Matmul& product = chunk < cut.larger() ? *larger : *smaller;
    product(from.rows + first * from.row_bytes, panel_values(*panel, scratch), values, thread);
    epilogue(Tile{values, first, count, panel->first, panel->columns}, from.dequantization);
  });
  if (stored_) stored_->release_pages();
}

void PackedMatrix::multiply(const LayerInput& x, int64_t rows, const Parts& parts,
                            const Epilogue& epilogue, const OutputLayout& to, FloatView y,
                            Runtime& runtime) const {
  for_tiles(x, rows, parts, runtime, [&](const Tile& tile, const Dequantization& dequantization) {
    apply_epilogue(tile, dequantization, bias_.data(), epilogue, to, y);
  });
}

void PackedMatrix::multiply(const LayerInput& x, int64_t rows, const Epilogue& epilogue,
                            const LayerInput& y, Runtime& runtime) const {
  const Parts all{0, parts_};
  if (const auto* floats = std::get_if<FloatView>(&y)) {
    return multiply(x, rows, all, epilogue, OutputLayout::plain(out_), *floats, runtime);
  }
  assert(can_quantize_output());
  for_tiles(x, rows, all, runtime, [&](const Tile& tile, const Dequantization& dequantization) {
    apply_epilogue(tile, dequantization, bias_.data(), epilogue, std::get<QuantizedRows>(y));
  });
}

// The panels of some parts, with their products for the two sizes of chunks. Makes the threads'
// tiles large enough and notes the number of rows for list_primitives().
std::vector<PackedMatrix::Step> PackedMatrix::prepare_steps(int64_t rows, const Parts& parts,
                                                            Runtime& runtime) const {
  const RowChunks cut = chunks(rows, runtime.threads());
  const int64_t part = out_ / parts_;
  const int64_t begin = parts.first * part, end = begin + parts.count * part;
  std::vector<Step> steps;
  for (const Panel& panel : panels_) {
    if (panel.first < begin || panel.first >= end) continue;
    const auto product = [&](int64_t count) {
      return &runtime.product({count, in_, panel.columns, precision_}, panel.desc);
    };
    // The sums have 32 bits in every precision.
    const size_t tile = panel_scratch(panel) + size_t(cut.size(0) * panel.columns);
    runtime.reserve_tile(tile * sizeof(float));
    steps.push_back({&panel, product(cut.size(0)), product(cut.size(cut.count - 1))});
  }
  runtime.note_rows(this, rows);
  return steps;
}

Buffer PackedMatrix::part(int64_t part, const Runtime& runtime) const {
  assert(precision_ != Precision::int8);
  const int64_t columns = out_ / parts_;
  Buffer plain(size_t(in_ * columns));
  for (const Panel& panel : panels_) {
    if (panel.first / columns != part) continue;
    Buffer scratch(panel_scratch(panel));
    reorder(runtime,
            {panel.desc, runtime.engine(), const_cast<void*>(panel_values(panel, scratch.data()))},
            {strided({in_, panel.columns}, {columns, 1}), runtime.engine(),
             plain.data() + panel.first % columns});
  }
  return plain;
}

void PackedMatrix::list_primitives(Runtime& runtime, std::vector<PrimitiveInfo>& list) const {
  const Panel& panel = panels_.front();
  for (const int64_t rows : runtime.rows_of(this)) {
    const int64_t chunk = chunks(rows, runtime.threads()).size(0);
    const Matmul& product = runtime.product({chunk, in_, panel.columns, precision_}, panel.desc);
    list.push_back({fmt::format("{} [{}, {}] -> [{}, {}]", layer_, rows, in_, rows, out_),
                    product.implementation()});
  }
}

}  // namespace saccade
