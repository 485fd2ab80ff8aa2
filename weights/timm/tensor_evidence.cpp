#include "weights/timm/tensor_evidence.h"

#include <fmt/format.h>

#include <algorithm>

#include "weights/base/errors.h"

namespace saccade {

std::string TensorEvidence::stored(std::string_view canonical) const {
  return stored_names(naming_, canonical).front();
}

bool TensorEvidence::has_whole(std::string_view canonical) const {
  const std::vector<std::string> parts = stored_names(naming_, canonical);
  return std::all_of(parts.begin(), parts.end(),
                     [&](const std::string& part) { return tensors_.find(part) != nullptr; });
}

const std::vector<int64_t>& TensorEvidence::shape(std::string_view canonical, size_t rank) const {
  const std::string name = stored(canonical);
  const TensorView* tensor = tensors_.find(name);
  if (!tensor) {
    throw ModelError(fmt::format("{}: the weights lack the tensor '{}'", file_, name));
  }
  if (tensor->shape.size() != rank) {
    throw ModelError(fmt::format("{}: tensor '{}' has {} dimensions, wanted {}", file_, name,
                                 tensor->shape.size(), rank));
  }
  return tensor->shape;
}

int64_t TensorEvidence::rows(std::string_view canonical) const {
  const auto parts = static_cast<int64_t>(stored_names(naming_, canonical).size());
  const int64_t rows = shape(canonical, 2)[0];
  return rows <= kLargest ? rows * parts : rows;
}

int64_t TensorEvidence::rows_of_second(std::string_view canonical, int64_t otherwise) const {
  const std::vector<std::string> parts = stored_names(naming_, canonical);
  const TensorView* tensor = parts.size() > 1 ? tensors_.find(parts[1]) : nullptr;
  return tensor && !tensor->shape.empty() ? tensor->shape[0] : otherwise;
}

bool infer_flag(const ConfigReader& args, const char* key, const std::optional<bool>& said,
                const TensorEvidence& evidence, const char* tensor) {
  const bool there = evidence.has(tensor);
  if (said && *said != there) {
    args.fail(key, fmt::format("{}: the weights have {}tensor '{}'", there ? "it true" : "it false",
                               there ? "a " : "no ", evidence.stored(tensor)));
  }
  return there;
}

void check_number(const ConfigReader& args, const char* key, int64_t inferred) {
  const auto said = args.integer(key, 0, kLargest);
  if (said && *said != inferred) {
    args.fail(key, fmt::format("{}, as the shapes of the tensors show", inferred));
  }
}

}  // namespace saccade
