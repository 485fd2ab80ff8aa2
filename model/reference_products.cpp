#include "model/reference_products.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "model/linear.h"

namespace saccade {
namespace {

constexpr int64_t kWidth = 768, kWidest = 4 * kWidth;
constexpr std::array<std::pair<int64_t, int64_t>, 4> kShapes{
    {{kWidth, 3 * kWidth}, {kWidth, kWidth}, {kWidth, kWidest}, {kWidest, kWidth}}};

}  // namespace

class ReferenceProducts::Impl {
 public:
  explicit Impl(int64_t rows)
      : rows_(rows), in_(size_t(rows * kWidest)), out_(size_t(rows * kWidest)) {
    for (const auto& [in, out] : kShapes) {
      const std::vector<float> weight(size_t(in * out), 0.01f);
      products_.push_back(std::make_unique<Linear>(runtime_, "product", in, out, rows, Fused{},
                                                   LinearParameters{weight, {}}));
    }
    std::fill_n(in_.data(), in_.size(), 0.5f);
  }

  void run() {
    for (const auto& product : products_) (*product)(in_.data(), rows_, out_.data());
  }

  double flops() const {
    double flops = 0;
    for (const auto& [in, out] : kShapes) flops += 2.0 * double(rows_) * double(in * out);
    return flops;
  }

 private:
  int64_t rows_;
  Runtime runtime_;
  std::vector<std::unique_ptr<Linear>> products_;
  Buffer in_, out_;
};

ReferenceProducts::ReferenceProducts(int64_t rows) : impl_(std::make_unique<Impl>(rows)) {}
ReferenceProducts::~ReferenceProducts() = default;
ReferenceProducts::ReferenceProducts(ReferenceProducts&&) noexcept = default;
ReferenceProducts& ReferenceProducts::operator=(ReferenceProducts&&) noexcept = default;

void ReferenceProducts::run() { impl_->run(); }
double ReferenceProducts::flops() const { return impl_->flops(); }

}  // namespace saccade
