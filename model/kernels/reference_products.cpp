#include "model/kernels/reference_products.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "model/kernels/matmul.h"
#include "model/kernels/parallel.h"
#include "model/kernels/runtime.h"

namespace saccade {
namespace {

constexpr int64_t kWidth = 768, kWidest = 4 * kWidth;
constexpr std::array<std::pair<int64_t, int64_t>, 4> kShapes{
    {{kWidth, 3 * kWidth}, {kWidth, kWidth}, {kWidth, kWidest}, {kWidest, kWidth}}};

}  // namespace

class ReferenceProducts::Impl {
 public:
  Impl(int64_t rows, Precision precision)
      : rows_of_thread_((rows + runtime_.threads() - 1) / runtime_.threads()),
        in_(size_t(all_rows() * kWidest)),
        out_(size_t(all_rows() * kWidest)) {
    std::fill_n(in_.data(), in_.size(), 0.5f);
    for (const auto& [in, out] : kShapes) {
      const ProductDescs descs = product_descs({rows_of_thread_, in, out, precision});
      Matmul matmul(runtime_, descs.src, descs.weights, descs.dst);
      Buffer weights(matmul.weights_desc().get_size() / sizeof(float) + 1);
      std::fill_n(weights.data(), weights.size(), 0.5f);
      products_.push_back({std::move(matmul), std::move(weights)});
    }
  }

  void run() {
    for (Product& product : products_) {
      parallel_tasks(runtime_.threads(), runtime_.threads(), [&](int64_t chunk, int thread) {
        const int64_t at = chunk * rows_of_thread_ * kWidest;
        product.matmul(in_.data() + at, product.weights.data(), out_.data() + at, thread);
      });
    }
  }

  double flops() const {
    double flops = 0;
    for (const auto& [in, out] : kShapes) flops += 2.0 * double(all_rows()) * double(in * out);
    return flops;
  }

 private:
  struct Product {
    Matmul matmul;
    Buffer weights;
  };
  int64_t all_rows() const { return rows_of_thread_ * runtime_.threads(); }

  Runtime runtime_;
  int64_t rows_of_thread_;
  std::vector<Product> products_;
  Buffer in_, out_;
};

ReferenceProducts::ReferenceProducts(int64_t rows, Precision precision)
    : impl_(std::make_unique<Impl>(rows, precision)) {}
ReferenceProducts::~ReferenceProducts() = default;
ReferenceProducts::ReferenceProducts(ReferenceProducts&&) noexcept = default;
ReferenceProducts& ReferenceProducts::operator=(ReferenceProducts&&) noexcept = default;

void ReferenceProducts::run() { impl_->run(); }
double ReferenceProducts::flops() const { return impl_->flops(); }

}  // namespace saccade
