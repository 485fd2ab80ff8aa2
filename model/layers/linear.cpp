#include "model/layers/linear.h"

#include <utility>

namespace saccade {
namespace {

// PyTorch's [out, in] rows are the transpose of the operand [in, out]: strides say so.
PlainMatrix transposed_rows(const LinearShape& shape, std::span<const float> weight) {
  return {weight.data(), shape.in, shape.out, 1, shape.in};
}

PackedMatrix pack(Runtime& runtime, const std::string& name, const LinearShape& shape, int64_t rows,
                  const LinearParameters& parameters, Precision precision) {
  // If a few weights of a channel are far larger than the others, few steps are left for these.
  // Layers of trained models lose 0.005 to 0.012, and twice that with 7 bits, which processors
  // without int8 instructions use.
  const double most_error = is_native(Precision::int8) ? 0.02 : 0.04;
  const auto at = [&](Precision p) {
    return PackedMatrix(runtime, name, transposed_rows(shape, parameters.weight), parameters.bias,
                        shape.parts, rows, p);
  };
  PackedMatrix packed = at(precision);
  if (packed.quantization_error() <= most_error) return packed;  // not if it is NaN
  return at(beside_int8(precision));
}

}  // namespace

Linear::Linear(Runtime& runtime, std::string name, const LinearShape& shape, int64_t rows,
               const Epilogue& epilogue, const LinearParameters& parameters, Precision precision)
    : name_(std::move(name)),
      epilogue_(epilogue),
      shape_(shape),
      weights_(pack(runtime, name_, shape, rows, parameters, precision)) {}

Linear::Linear(Runtime& runtime, std::string name, const LinearShape& shape, int64_t rows,
               const Epilogue& epilogue, std::shared_ptr<StoredLinear> stored, Precision precision)
    : name_(std::move(name)),
      epilogue_(epilogue),
      shape_(shape),
      weights_(precision == Precision::int8
                   ? pack(runtime, name_, shape, rows, stored->all(), precision)
                   : PackedMatrix(runtime, name_, std::move(stored), shape.parts, precision)) {}

void Linear::operator()(const LayerInput& x, int64_t rows, const LayerInput& y,
                        Runtime& runtime) const {
  weights_.multiply(x, rows, epilogue_, y, runtime);
}

void Linear::operator()(const LayerInput& x, int64_t rows, const Parts& parts,
                        const OutputLayout& to, FloatView y, Runtime& runtime) const {
  weights_.multiply(x, rows, parts, epilogue_, to, y, runtime);
}

void Linear::product(FloatView x, int64_t rows, FloatView y, Runtime& runtime) const {
  weights_.multiply(x, rows, {}, y, runtime);
}

void Linear::backward(FloatView dy, int64_t rows, float* dx, Runtime& runtime, bool accumulate,
                      int64_t part) const {
  transposed_.at(size_t(part)).multiply(dy, rows, {.accumulate = accumulate}, dx, runtime);
}

void Linear::prepare_backward(int64_t rows, Runtime& runtime) {
  const int64_t columns = shape_.out / shape_.parts;
  for (int64_t part = 0; part < shape_.parts; ++part) {
    const Buffer plain = weights_.part(part, runtime);  // [in, columns]
    transposed_.emplace_back(runtime, name_ + " backward",
                             PlainMatrix{plain.data(), columns, shape_.in, 1, columns},
                             std::span<const float>{}, /*parts=*/1, rows, weights_.precision());
  }
}

void Linear::list_primitives(Runtime& runtime, std::vector<PrimitiveInfo>& list) const {
  weights_.list_primitives(runtime, list);
  for (const PackedMatrix& part : transposed_) part.list_primitives(runtime, list);
}

}  // namespace saccade
