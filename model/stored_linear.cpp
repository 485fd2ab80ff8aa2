#include "model/stored_linear.h"

#include <functional>
#include <numeric>

namespace saccade {

StoredLinear::StoredLinear(const Weights& weights, const std::string& name)
    : weights_(weights), weight_name_(name + ".weight") {
  const std::vector<int64_t>& shape = weights.shape(weight_name_);  // [out, in] or [out, C, P, P]
  out_ = shape[0];
  in_ = std::accumulate(shape.begin() + 1, shape.end(), int64_t{1}, std::multiplies<>());
  if (weights.has(name + ".bias")) bias_ = weights.read(name + ".bias");
}

StoredLinear::~StoredLinear() { let_go(); }

LinearParameters StoredLinear::all() {
  if (const auto in_place = weights_.rows_in_place(weight_name_, 0, out_)) {
    return {*in_place, bias_};
  }
  if (converted_.size() == 0) {
    converted_ = Buffer(static_cast<size_t>(out_ * in_));
    weights_.read(weight_name_, converted_.span());
  }
  return {converted_.span(), bias_};
}

std::span<const float> StoredLinear::rows(int64_t first, int64_t count,
                                          std::span<float> room) const {
  if (const auto in_place = weights_.rows_in_place(weight_name_, first, count)) return *in_place;
  weights_.read_rows(weight_name_, first, count, room);
  return room;
}

void StoredLinear::let_go() const { weights_.let_go(weight_name_); }

}  // namespace saccade
