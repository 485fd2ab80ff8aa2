#include "weights/weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <set>
#include <stdexcept>

#include "weights/base/errors.h"
#include "weights/base/finite_values.h"
#include "weights/base/text.h"

namespace saccade {
namespace {

std::string shape_text(const std::vector<int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

int64_t element_count(const std::vector<int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

// Tokens and positions, [1, N, D], may be stored without the batch dimension, as [N, D] or [D].
bool fits(const std::vector<int64_t>& stored, const std::vector<int64_t>& wanted) {
  if (wanted.size() != 3 || stored.size() >= 3) return stored == wanted;
  const auto dropped = wanted.end() - std::ptrdiff_t(stored.size());
  return !stored.empty() && std::equal(stored.begin(), stored.end(), dropped) &&
         std::all_of(wanted.begin(), dropped, [](int64_t extent) { return extent == 1; });
}

// Finds the stored tensors, which together have `shape`, and checks their types and shapes.
std::vector<std::string> find_parts(const TensorFile& file, std::vector<std::string> stored,
                                    const std::vector<int64_t>& shape, const std::string& where,
                                    int64_t sharing = 1) {
  std::vector<int64_t> part_shape = shape;
  part_shape[0] /= static_cast<int64_t>(stored.size());
  for (size_t i = 0; i < stored.size(); ++i) {
    const std::string& name = stored[i];
    if (i == 1) part_shape[0] /= sharing;  // keys, and values after them
    const TensorView* tensor = file.find(name);
    if (!tensor) {
      throw ModelError(
          fmt::format("{}: tensor '{}' {} is missing; the file is incomplete, or is "
                      "of another architecture than its config.json says",
                      where, name, shape_text(part_shape)));
    }
    if (!fits(tensor->shape, part_shape)) {
      throw ModelError(fmt::format("{}: tensor '{}' has shape {}, wanted {} by config.json", where,
                                   name, shape_text(tensor->shape), shape_text(part_shape)));
    }
    if (tensor->dtype == DType::other) {
      throw ModelError(fmt::format("{}: tensor '{}' is of type {}; wanted F32, F16, BF16 or F64",
                                   where, name, tensor->dtype_name));
    }
  }
  return stored;
}

// Whether a tensor is outside the backbone, so that its stored name has no inner prefix.
bool is_beside(const VitDescription& vit, std::string_view canonical) {
  return canonical == "visual_projection.weight" ||
         std::any_of(
             vit.head.classifiers.begin(), vit.head.classifiers.end(),
             [&](const ClassifierHead& head) { return canonical.starts_with(head.name + "."); });
}

// Stored beside a model by its training, without a part in its answers: the loss, and the count of
// averaged models.
constexpr std::array<std::string_view, 4> kOfTraining{"criterion.*", "loss.*", "loss_fn.*",
                                                      "n_averaged"};

}  // namespace

Weights::Weights(TensorFile file, FoundNaming naming, const VitDescription& vit,
                 const std::vector<std::string>& ignorable, const std::string& checkpoint_name,
                 GivenTensors given)
    : file_(std::move(file)), naming_(std::move(naming)), given_(std::move(given)) {
  const ExpectedTensors all = expected_tensors(vit);
  std::map<std::string, std::vector<int64_t>> shapes;
  for (const ExpectedTensor& expected : all) shapes[expected.name] = expected.shape;
  for (const ExpectedTensor& expected : all) {
    parameters_[expected.name] = find_parameter(expected, vit, shapes, checkpoint_name);
  }
  check_nothing_is_left(ignorable, checkpoint_name);
}

// `shapes` holds the shapes of all canonical tensors.
Weights::Parameter Weights::find_parameter(
    const ExpectedTensor& expected, const VitDescription& vit,
    const std::map<std::string, std::vector<int64_t>>& shapes, const std::string& where) const {
  Parameter found{expected.shape, {}, element_count(expected.shape) / expected.shape[0]};
  if (const auto given = given_.find(expected.name); given != given_.end()) {
    if (static_cast<int64_t>(given->second.size()) != element_count(expected.shape)) {
      throw std::logic_error(fmt::format("'{}' was given in another size", expected.name));
    }
    return found;
  }
  if (is_beside(vit, expected.name)) {
    found.stored = find_parts(file_, {naming_.outer + expected.name}, expected.shape, where);
    return found;
  }
  std::vector<int64_t> whole = expected.shape;
  if (const auto joined = joined_place(naming_, expected.name)) {
    const auto axis = static_cast<size_t>(joined->axis);
    whole[axis] = 0;
    for (const std::string& name : joined->canonical) {
      const auto part = shapes.find(name);
      if (part == shapes.end()) continue;
      if (name == expected.name) (axis == 0 ? found.first_row : found.first_column) = whole[axis];
      whole[axis] += part->second[axis];
    }
    if (axis == 1) found.row_stride = whole[1];
  }
  found.sharing = expected.sharing;
  found.head_rows = expected.head_rows;
  found.stored =
      find_parts(file_, stored_names(naming_, expected.name), whole, where, expected.sharing);
  return found;
}

void Weights::check_nothing_is_left(const std::vector<std::string>& ignorable,
                                    const std::string& where) {
  std::set<std::string_view> used;
  for (const auto& [name, parameter] : parameters_) {
    used.insert(parameter.stored.begin(), parameter.stored.end());
  }
  for (const auto& [name, tensor] : file_.tensors()) {
    if (used.contains(name)) {
      parameter_count_ += tensor.count();
      continue;
    }
    std::string_view bare = name;
    if (bare.starts_with(naming_.outer)) bare.remove_prefix(naming_.outer.size());
    if (!naming_.inner.empty() && bare.starts_with(naming_.inner)) {
      bare.remove_prefix(naming_.inner.size());
    }
    const auto is_named = [&stored = name](std::string_view p) { return matches(stored, p); };
    const bool ignore = tensor.count() == 0 ||
                        std::any_of(ignorable.begin(), ignorable.end(),
                                    [&](const std::string& p) { return matches(bare, p); }) ||
                        std::any_of(kOfTraining.begin(), kOfTraining.end(), is_named);
    if (!ignore) {
      throw ModelError(
          fmt::format("{}: unexpected tensor {} {}; this architecture has no place "
                      "for it, so its answers would be wrong",
                      where, quote(name), shape_text(tensor.shape)));
    }
    ignored_.push_back(name);
  }
}

const Weights::Parameter& Weights::parameter(std::string_view name) const {
  const auto found = parameters_.find(name);
  if (found == parameters_.end()) {
    throw std::logic_error(fmt::format("no parameter '{}' in this description", name));
  }
  return found->second;
}

const std::vector<int64_t>& Weights::shape(std::string_view name) const {
  return parameter(name).shape;
}

void Weights::read(std::string_view name, std::span<float> out) const {
  const Parameter& wanted = parameter(name);
  if (static_cast<int64_t>(out.size()) != element_count(wanted.shape)) {
    throw std::logic_error(fmt::format("'{}' does not fit the space given to it", name));
  }
  read_rows(name, 0, wanted.shape[0], out);
  release_pages(name);
}

// The contiguous rows from `row` on.
Weights::Run Weights::run_at(const Parameter& wanted, int64_t row) const {
  const int64_t part_rows = wanted.shape[0] / static_cast<int64_t>(wanted.stored.size());
  const int64_t part = row / part_rows, at = row % part_rows;
  const TensorView& tensor = *file_.find(wanted.stored[size_t(part)]);
  if (part == 0 || wanted.sharing == 1) return {tensor, wanted.first_row + at, part_rows - at};
  const int64_t head = at / wanted.head_rows, in_head = at % wanted.head_rows;
  return {tensor, head / wanted.sharing * wanted.head_rows + in_head, wanted.head_rows - in_head};
}

std::optional<std::span<const float>> Weights::rows_in_place(std::string_view name, int64_t first,
                                                             int64_t count) const {
  const Parameter& wanted = parameter(name);
  const int64_t rows = wanted.shape[0];
  const auto row_size = static_cast<size_t>(element_count(wanted.shape) / rows);
  if (first < 0 || count < 1 || first + count > rows) return std::nullopt;
  if (wanted.stored.empty()) {
    return std::span(given_.find(name)->second)
        .subspan(size_t(first) * row_size, size_t(count) * row_size);
  }
  const Run run = run_at(wanted, first);
  const auto address = reinterpret_cast<uintptr_t>(run.tensor.bytes.data());
  if (run.tensor.dtype != DType::f32 || address % alignof(float) != 0) return std::nullopt;
  if (count > run.count || wanted.row_stride != int64_t(row_size)) return std::nullopt;
  const std::span values(
      reinterpret_cast<const float*>(run.tensor.bytes.data()) + size_t(run.first) * row_size,
      size_t(count) * row_size);
  check_finite(run.tensor, values);
  return values;
}

void Weights::read_rows(std::string_view name, int64_t first, int64_t count,
                        std::span<float> out) const {
  const Parameter& wanted = parameter(name);
  const int64_t rows = wanted.shape[0];
  const int64_t row_size = element_count(wanted.shape) / rows;
  if (first < 0 || count < 0 || first + count > rows ||
      static_cast<int64_t>(out.size()) != count * row_size) {
    throw std::logic_error(fmt::format("rows of '{}' do not fit the space given to them", name));
  }
  if (wanted.stored.empty()) {
    std::copy_n(given_.find(name)->second.data() + first * row_size, out.size(), out.data());
    return;
  }
  while (count > 0) {
    const Run run = run_at(wanted, first);
    const auto bytes = int64_t(run.tensor.bytes.size()) / run.tensor.count();  // of a value
    // Rows that are parts of longer ones are read one at a time.
    const int64_t taken = wanted.row_stride == row_size ? std::min(count, run.count) : 1;
    TensorView some = run.tensor;
    const int64_t begin = run.first * wanted.row_stride + wanted.first_column;
    some.bytes = some.bytes.subspan(size_t(begin * bytes), size_t(taken * row_size * bytes));
    convert(some, out.first(size_t(taken * row_size)));
    out = out.subspan(size_t(taken * row_size));
    first += taken;
    count -= taken;
  }
}

// Checks each part while it is in the processor's cache.
void Weights::convert(const TensorView& stored, std::span<float> out) const {
  constexpr size_t kPart = 1 << 14;
  TensorView part = stored;
  for (size_t first = 0; first < out.size(); first += kPart) {
    const std::span<float> values = out.subspan(first, std::min(kPart, out.size() - first));
    const size_t bytes = stored.bytes.size() / out.size();  // of a value
    part.bytes = stored.bytes.subspan(first * bytes, values.size() * bytes);
    convert_to_f32(part, values);
    check_finite(stored, values);
  }
}

void Weights::check_finite(const TensorView& stored, std::span<const float> values) const {
  if (all_finite(values)) return;
  throw ModelError(
      fmt::format("{}: tensor {} {} holds a number that is not finite, or larger than {:.4g}; the "
                  "file is damaged or its training failed, so use another one",
                  file_.path_of(stored).string(), quote(stored.name), shape_text(stored.shape),
                  kLargestWeight));
}

void Weights::check_finite(std::string_view name, std::span<const float> values) const {
  if (all_finite(values)) return;
  const Parameter& made_of = parameter(name);
  const std::string stored = made_of.stored.empty() ? std::string(name) : made_of.stored.front();
  throw ModelError(fmt::format(
      "{}: tensor {} and what scales it are too large: a product is not finite; use another file",
      file_.paths().front().string(), quote(stored)));
}

void Weights::release_pages(std::string_view name) const {
  for (const std::string& stored : parameter(name).stored) file_.release_pages(*file_.find(stored));
}

std::vector<float> Weights::read(std::string_view name) const {
  std::vector<float> values(static_cast<size_t>(element_count(parameter(name).shape)));
  read(name, values);
  return values;
}

std::string Weights::dtypes() const {
  std::map<std::string, int> counts;
  for (const auto& [name, tensor] : file_.tensors()) ++counts[tensor.dtype_name];
  std::vector<std::string> parts;
  for (const auto& [dtype, count] : counts) parts.push_back(fmt::format("{} ({})", dtype, count));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string Weights::naming() const { return std::string(naming_.naming->name); }

}  // namespace saccade
