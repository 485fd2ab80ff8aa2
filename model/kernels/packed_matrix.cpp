#include "model/kernels/packed_matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <numeric>
#include <utility>

#include "model/kernels/convert.h"
#include "model/kernels/matmul.h"
#include "model/kernels/parallel.h"
#include "model/kernels/row_chunks.h"

namespace saccade {
namespace {

constexpr int64_t kGranule = 64;  // what oneDNN packs together

constexpr int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

// As few as their tiles allow; up to twice as many where no thread is then left with one more than
// another.
RowChunks chunks_of(int64_t rows, int64_t threads) {
  constexpr int64_t kMost = 128;
  const int64_t least = ceil_div(rows, kMost);
  for (int64_t count = least; count <= std::min(2 * least, rows); ++count) {
    if (count % threads == 0 || threads % count == 0) return {rows, count};
  }
  return {rows, least};
}

// Of a panel of weights where they lie, of `bytes` a column: it stays in a core's cache while it is
// multiplied by, and threads have equal shares.
int64_t columns_in_place(int64_t part, int64_t bytes, int threads) {
  constexpr int64_t kMostBytes = 1 << 20;
  const int64_t wanted = ceil_div(ceil_div(part * bytes, kMostBytes), threads) * threads;
  return ceil_div(ceil_div(part, wanted), kGranule) * kGranule;
}

// So that there is work for every thread.
int64_t panel_columns(int64_t part, int64_t rows, int threads, Precision precision) {
  // Wider ones and their tiles do not stay in a core's second cache.
  const int64_t widest = precision == Precision::int8 ? 1536 : 1024;
  const int64_t wanted =
      std::max(ceil_div(part, widest), ceil_div(threads, chunks_of(rows, threads).count));
  return ceil_div(ceil_div(part, wanted), kGranule) * kGranule;
}

void reorder(const Runtime& runtime, dnnl::memory from, dnnl::memory to) {
  dnnl::stream stream(runtime.engine());
  dnnl::reorder(from, to).execute(stream, from, to);
  stream.wait();
}

size_t floats(const dnnl::memory::desc& desc) {
  return (desc.get_size() + sizeof(float) - 1) / sizeof(float);
}

}  // namespace

PackedMatrix::PackedMatrix(Runtime& runtime, std::string layer, const PlainMatrix& plain,
                           std::span<const float> bias, int64_t parts, int64_t rows,
                           Precision precision)
    : runtime_(&runtime),
      layer_(std::move(layer)),
      in_(plain.in),
      out_(plain.out),
      parts_(parts),
      precision_(precision) {
  auto packed = std::make_shared<Packed>();
  packed->bias.assign(bias.begin(), bias.end());
  packed->bias.resize(size_t(out_), 0.0f);
  SquaredError error;
  const int64_t widest = panel_columns(out_ / parts_, rows, runtime.threads(), precision);
  make_panels(*packed, widest, [&](Panel& panel) {
    const ProductShape shape{chunks(rows).size(0), in_, panel.columns, precision_};
    panel.desc = runtime_->product(shape, {}).weights_desc();
    panel.values = Buffer(floats(panel.desc));
    if (precision_ == Precision::int8) {
      fill_int8(panel, plain, *packed, error);
    } else {
      fill(panel, plain);
    }
  });
  packed->error = error.relative();
  packed_ = std::move(packed);
}

PackedMatrix::PackedMatrix(Runtime& runtime, std::string layer,
                           std::shared_ptr<const RowSource> stored, int64_t parts,
                           Precision precision)
    : runtime_(&runtime),
      layer_(std::move(layer)),
      in_(stored->in()),
      out_(stored->out()),
      parts_(parts),
      precision_(precision) {
  assert(precision != Precision::int8);
  auto packed = std::make_shared<Packed>();
  packed->bias.assign(stored->bias().begin(), stored->bias().end());
  packed->bias.resize(size_t(out_), 0.0f);
  const int64_t bytes = in_ * bytes_of(float_type(precision));
  make_panels(
      *packed, columns_in_place(out_ / parts_, bytes, runtime.threads()), [&](Panel& panel) {
        panel.desc = strided({in_, panel.columns}, {1, in_}, data_type(float_type(precision)));
      });
  packed->stored = std::move(stored);
  packed_ = std::move(packed);
}

PackedMatrix::PackedMatrix(Runtime& runtime, const PackedMatrix& twin)
    : runtime_(&runtime),
      layer_(twin.layer_),
      in_(twin.in_),
      out_(twin.out_),
      parts_(twin.parts_),
      precision_(twin.precision_),
      packed_(twin.packed_) {}

// Panels none wider than `widest`, each completed by `complete`.
template <typename Complete>
void PackedMatrix::make_panels(Packed& packed, int64_t widest, const Complete& complete) const {
  const int64_t part = out_ / parts_;
  for (int64_t first = 0; first < out_;) {
    const int64_t end_of_part = (first / part + 1) * part;
    const int64_t columns = std::min(widest, end_of_part - first);
    packed.panels.push_back({first, columns, {}, {}});
    complete(packed.panels.back());
    first += columns;
  }
}

void PackedMatrix::fill(const Panel& panel, const PlainMatrix& plain) const {
  const float* from = plain.values + panel.first * plain.out_stride;
  reorder(*runtime_,
          {strided({in_, panel.columns}, {plain.in_stride, plain.out_stride}), runtime_->engine(),
           const_cast<float*>(from)},
          {panel.desc, runtime_->engine(), panel.values.data()});
}

void PackedMatrix::fill_int8(const Panel& panel, const PlainMatrix& plain, Packed& packed,
                             SquaredError& error) const {
  // Without instructions of its own, oneDNN adds pairs of products in 16 bits: 2 * 255 * 63 fits.
  const int limit = is_native(Precision::int8) ? 127 : 63;
  std::vector<int8_t> codes(size_t(panel.columns * in_));  // [columns, in]
  for (int64_t column = 0; column < panel.columns; ++column) {
    const float* from = plain.values + (panel.first + column) * plain.out_stride;
    int8_t* to = codes.data() + column * in_;
    packed.scales.push_back(quantize_channel({from, size_t(in_)}, limit, to, error));
    packed.sums.push_back(packed.scales.back() * float(std::accumulate(to, to + in_, 0)));
  }
  reorder(*runtime_,
          {strided({in_, panel.columns}, {1, in_}, dnnl::memory::data_type::s8), runtime_->engine(),
           codes.data()},
          {panel.desc, runtime_->engine(), panel.values.data()});
}

// The rows as the product takes them, and for int8 what brings its sums back.
PackedMatrix::Source PackedMatrix::source(const LayerInput& x, int64_t rows) {
  const auto quantized_source = [&](const QuantizedRows& quantized) -> Source {
    return {reinterpret_cast<const std::byte*>(quantized.values),
            in_,
            {quantized.quantization, packed_->scales.data(), packed_->sums.data()}};
  };
  if (const auto* quantized = std::get_if<QuantizedRows>(&x)) {
    assert(precision_ == Precision::int8);
    return quantized_source(*quantized);
  }
  const FloatView numbers = std::get<FloatView>(x);
  if (precision_ != Precision::int8) {
    assert((precision_ == Precision::bf16) == (numbers.type() == FloatType::bf16));
    return {static_cast<const std::byte*>(numbers.data()), in_ * bytes_of(numbers.type()), {}};
  }
  void* room = runtime_->shared(size_t(rows) * (sizeof(RowQuantization) + size_t(in_)));
  auto* quantization = static_cast<RowQuantization*>(room);
  const QuantizedRows quantized{reinterpret_cast<uint8_t*>(quantization + rows), quantization};
  quantize_rows(numbers, rows, in_, quantized);
  return quantized_source(quantized);
}

// All rows at once by weights where they lie: what oneDNN or a conversion does to a panel first is
// then done once.
RowChunks PackedMatrix::chunks(int64_t rows) const {
  if (packed_ && packed_->stored) return {rows, 1};
  return chunks_of(rows, runtime_->threads());
}

// Floats that a thread needs to bring a panel of stored weights to another type: from the file's,
// and from f32.
size_t PackedMatrix::panel_room(const Panel& panel) const {
  return packed_->stored ? 2 * size_t(in_ * panel.columns) : 0;
}

// A panel as the product takes it: as it was packed, or as it lies in the file, or in `room`.
const void* PackedMatrix::panel_values(const Panel& panel, float* room) const {
  if (!packed_->stored) return panel.values.data();
  const auto count = size_t(in_ * panel.columns);
  const float* stored =
      packed_->stored->rows(panel.first, panel.columns, {room, count}).data();  // [columns, in]
  if (precision_ == Precision::f32) return stored;
  const FloatView converted(room + count, float_type(precision_));
  copy_rows(stored, 1, int64_t(count), converted, 0);
  return converted.data();
}

// Calls finish(tile, dequantization) for every tile that has been multiplied.
template <typename ApplyEpilogue>
void PackedMatrix::for_tiles(const LayerInput& x, int64_t rows, const Parts& parts,
                             const ApplyEpilogue& epilogue) {
  const std::vector<Step> steps = steps_of(rows, parts);
  const Source from = source(x, rows);
  const RowChunks cut = chunks(rows);
  const auto panels = int64_t(steps.size());
  parallel_tasks(runtime_->threads(), cut.count * panels, [&](int64_t task, int thread) {
    const auto& [panel, larger, smaller] = steps[size_t(task % panels)];
    const int64_t chunk = task / panels, first = cut.first(chunk), count = cut.size(chunk);
    auto* room = static_cast<float*>(runtime_->tile(thread));
    float* values = room + panel_room(*panel);
    Matmul& product = chunk < cut.larger() ? *larger : *smaller;
    product(from.rows + first * from.row_bytes, panel_values(*panel, room), values, thread);
    finish(Tile{values, first, count, panel->first, panel->columns}, from.dequantization);
  });
  if (packed_->stored) packed_->stored->release_pages();
}

void PackedMatrix::multiply(const LayerInput& x, int64_t rows, const Parts& parts,
                            const Epilogue& epilogue, const OutputLayout& to, FloatView y) {
  for_tiles(x, rows, parts, [&](const Tile& tile, const Dequantization& dequantization) {
    apply_epilogue(tile, dequantization, packed_->bias.data(), epilogue, to, y);
  });
}

void PackedMatrix::multiply(const LayerInput& x, int64_t rows, const Epilogue& epilogue,
                            const LayerInput& y) {
  const Parts all{0, parts_};
  if (const auto* numbers = std::get_if<FloatView>(&y)) {
    return multiply(x, rows, all, epilogue, OutputLayout::plain(out_), *numbers);
  }
  assert(can_quantize_output());
  for_tiles(x, rows, all, [&](const Tile& tile, const Dequantization& dequantization) {
    apply_epilogue(tile, dequantization, packed_->bias.data(), epilogue,
                   std::get<QuantizedRows>(y));
  });
}

// The panels of some parts, with their products for the two sizes of chunks.
std::vector<PackedMatrix::Step> PackedMatrix::steps_of(int64_t rows, const Parts& parts) {
  const RowChunks cut = chunks(rows);
  const int64_t part = out_ / parts_;
  const int64_t begin = parts.first * part, end = begin + parts.count * part;
  std::vector<Step> steps;
  for (const Panel& panel : packed_->panels) {
    if (panel.first < begin || panel.first >= end) continue;
    const auto product = [&](int64_t count) {
      return &runtime_->product({count, in_, panel.columns, precision_}, panel.desc);
    };
    // 32 bits an element, whatever is multiplied.
    const size_t tile = panel_room(panel) + size_t(cut.size(0) * panel.columns);
    runtime_->reserve_tile(tile * sizeof(float));
    steps.push_back({&panel, product(cut.size(0)), product(cut.size(cut.count - 1))});
  }
  if (std::find(seen_.begin(), seen_.end(), rows) == seen_.end()) seen_.push_back(rows);
  return steps;
}

Buffer PackedMatrix::part(int64_t part) const {
  assert(precision_ != Precision::int8);
  const int64_t columns = out_ / parts_;
  Buffer plain(size_t(in_ * columns));
  for (const Panel& panel : packed_->panels) {
    if (panel.first / columns != part) continue;
    Buffer room(panel_room(panel));
    reorder(*runtime_,
            {panel.desc, runtime_->engine(), const_cast<void*>(panel_values(panel, room.data()))},
            {strided({in_, panel.columns}, {columns, 1}), runtime_->engine(),
             plain.data() + panel.first % columns});
  }
  return plain;
}

void PackedMatrix::list_primitives(std::vector<PrimitiveInfo>& list) const {
  for (const int64_t rows : seen_) {
    const int64_t columns = packed_->panels.front().columns;
    const Matmul& product = runtime_->product({chunks(rows).size(0), in_, columns, precision_},
                                              packed_->panels.front().desc);
    list.push_back({fmt::format("{} [{}, {}] -> [{}, {}]", layer_, rows, in_, rows, out_),
                    product.implementation()});
  }
}

}  // namespace saccade
