#include "model/packed_matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <numeric>
#include <utility>

#include "model/matmul.h"
#include "model/parallel.h"
#include "model/row_chunks.h"

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
  const int64_t part = out_ / parts_;
  const int64_t widest = panel_columns(part, rows, runtime.threads(), precision);
  for (int64_t first = 0; first < out_;) {
    const int64_t end_of_part = (first / part + 1) * part;
    const int64_t columns = std::min(widest, end_of_part - first);
    packed->panels.push_back(make_panel(first, columns, rows));
    if (precision_ == Precision::int8) {
      fill_int8(packed->panels.back(), plain, *packed, error);
    } else {
      fill(packed->panels.back(), plain);
    }
    first += columns;
  }
  packed->error = error.relative();
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

PackedMatrix::Panel PackedMatrix::make_panel(int64_t first, int64_t columns, int64_t rows) {
  const int64_t chunk = chunks_of(rows, runtime_->threads()).size(0);
  const auto desc = runtime_->product({chunk, in_, columns, precision_}, {}).weights_desc();
  return {first, columns, desc, Buffer(floats(desc))};
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
PackedMatrix::Source PackedMatrix::source(const Rows& x, int64_t rows) {
  const auto coded_source = [&](const CodedRows& coded) -> Source {
    return {reinterpret_cast<const std::byte*>(coded.u),
            in_,
            {coded.codes, packed_->scales.data(), packed_->sums.data()}};
  };
  if (const auto* coded = std::get_if<CodedRows>(&x)) {
    assert(precision_ == Precision::int8);
    return coded_source(*coded);
  }
  const Numbers numbers = std::get<Numbers>(x);
  if (precision_ != Precision::int8) {
    assert((precision_ == Precision::bf16) == (numbers.type() == NumberType::bf16));
    return {static_cast<const std::byte*>(numbers.data()), in_ * bytes_of(numbers.type()), {}};
  }
  void* room = runtime_->shared(size_t(rows) * (sizeof(RowCode) + size_t(in_)));
  auto* codes = static_cast<RowCode*>(room);
  const CodedRows coded{reinterpret_cast<uint8_t*>(codes + rows), codes};
  quantize_rows(numbers, rows, in_, coded);
  return coded_source(coded);
}

// Calls finish(tile, codes) for every tile that has been multiplied.
template <typename FinishTile>
void PackedMatrix::for_tiles(const Rows& x, int64_t rows, const Parts& parts,
                             const FinishTile& finish) {
  const std::vector<Step> steps = steps_of(rows, parts);
  const Source from = source(x, rows);
  const RowChunks chunks = chunks_of(rows, runtime_->threads());
  const auto panels = int64_t(steps.size());
  parallel_tasks(runtime_->threads(), chunks.count * panels, [&](int64_t task, int thread) {
    const auto& [panel, larger, smaller] = steps[size_t(task % panels)];
    const int64_t chunk = task / panels, first = chunks.first(chunk), count = chunks.size(chunk);
    void* values = runtime_->tile(thread);
    Matmul& product = chunk < chunks.larger() ? *larger : *smaller;
    product(from.rows + first * from.row_bytes, panel->values.data(), values, thread);
    finish(Tile{values, first, count, panel->first, panel->columns}, from.codes);
  });
}

void PackedMatrix::multiply(const Rows& x, int64_t rows, const Parts& parts, const Finish& finish,
                            const Placement& to, Numbers y) {
  for_tiles(x, rows, parts, [&](const Tile& tile, const Codes& codes) {
    finish_tile(tile, codes, packed_->bias.data(), finish, to, y);
  });
}

void PackedMatrix::multiply(const Rows& x, int64_t rows, const Finish& finish, const Rows& y) {
  const Parts all{0, parts_};
  if (const auto* numbers = std::get_if<Numbers>(&y)) {
    return multiply(x, rows, all, finish, Placement::plain(out_), *numbers);
  }
  assert(can_code());
  for_tiles(x, rows, all, [&](const Tile& tile, const Codes& codes) {
    finish_tile(tile, codes, packed_->bias.data(), finish, std::get<CodedRows>(y));
  });
}

// The panels of some parts, with their products for the two sizes of chunks.
std::vector<PackedMatrix::Step> PackedMatrix::steps_of(int64_t rows, const Parts& parts) {
  const RowChunks chunks = chunks_of(rows, runtime_->threads());
  const int64_t part = out_ / parts_;
  const int64_t begin = parts.first * part, end = begin + parts.count * part;
  std::vector<Step> steps;
  for (const Panel& panel : packed_->panels) {
    if (panel.first < begin || panel.first >= end) continue;
    const auto product = [&](int64_t count) {
      return &runtime_->product({count, in_, panel.columns, precision_}, panel.desc);
    };
    // 32 bits an element, whatever is multiplied.
    runtime_->reserve_tile(size_t(chunks.size(0) * panel.columns) * sizeof(float));
    steps.push_back({&panel, product(chunks.size(0)), product(chunks.size(chunks.count - 1))});
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
    reorder(*runtime_, {panel.desc, runtime_->engine(), panel.values.data()},
            {strided({in_, panel.columns}, {columns, 1}), runtime_->engine(),
             plain.data() + panel.first % columns});
  }
  return plain;
}

void PackedMatrix::list_primitives(std::vector<PrimitiveInfo>& list) const {
  for (const int64_t rows : seen_) {
    const int64_t columns = packed_->panels.front().columns;
    const Matmul& product =
        runtime_->product({chunks_of(rows, runtime_->threads()).size(0), in_, columns, precision_},
                          packed_->panels.front().desc);
    list.push_back({fmt::format("{} [{}, {}] -> [{}, {}]", layer_, rows, in_, rows, out_),
                    product.implementation()});
  }
}

}  // namespace saccade
