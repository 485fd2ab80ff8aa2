#include "weights/weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>
#include <stdexcept>

#include "weights/base/errors.h"
#include "weights/base/quote.h"

namespace saccade {
namespace {

constexpr const char* kBiasTable = "relative_position_bias_table";

std::string shape_text(const std::vector<int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

int64_t element_count(const std::vector<int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

void add_linear(std::vector<ExpectedTensor>& list, const std::string& name, int64_t out, int64_t in,
                bool bias = true) {
  list.push_back({name + ".weight", {out, in}});
  if (bias) list.push_back({name + ".bias", {out}});
}

void add_qkv(std::vector<ExpectedTensor>& list, const std::string& attn, const VitDescription& vit,
             int64_t block) {
  const int64_t D = vit.dim;
  const size_t first = list.size();
  add_linear(list, attn + "qkv", 3 * D, D, vit.attention.qkv_bias == QkvBias::all);
  if (!vit.attention.kv_heads.empty()) {
    for (size_t i = first; i < list.size(); ++i) {
      list[i].sharing = vit.attention.heads / vit.attention.kv_heads[size_t(block)];
      list[i].head_rows = vit.head_dim();
    }
  }
  if (vit.attention.qkv_bias != QkvBias::q_and_v) return;
  list.push_back({attn + "q_bias", {D}});
  list.push_back({attn + "v_bias", {D}});
}

void add_norm(std::vector<ExpectedTensor>& list, const std::string& name, int64_t dim,
              NormKind kind) {
  list.push_back({name + ".weight", {dim}});
  if (kind == NormKind::layer) list.push_back({name + ".bias", {dim}});
}

// A table of all distances, or an MLP from a distance to a bias of each head.
void add_position_bias(std::vector<ExpectedTensor>& list, const std::string& table,
                       const std::string& mlp, const VitDescription& vit) {
  if (vit.positions.bias_mlp == 0) {
    list.push_back({table, {vit.position_bias_rows(), vit.attention.heads}});
    return;
  }
  add_linear(list, mlp + "fc1", vit.positions.bias_mlp, 2);
  add_linear(list, mlp + "fc2", vit.attention.heads, vit.positions.bias_mlp);
}

// Of one path.
void add_block(std::vector<ExpectedTensor>& list, const BlockBranch& path,
               const VitDescription& vit) {
  const int64_t D = vit.dim;
  const std::string block = path.prefix();
  add_norm(list, block + "norm1", D, vit.norms.kind);
  add_qkv(list, block + "attn.", vit, path.block);
  if (vit.positions.bias) {
    add_position_bias(list, block + "attn." + kBiasTable, block + "attn.rel_pos.mlp.", vit);
  }
  if (vit.attention.qk_norm) {
    add_norm(list, block + "attn.q_norm", vit.head_dim() / vit.attention.key_parts(), vit.norms.kind);
    add_norm(list, block + "attn.k_norm", vit.head_dim() / vit.attention.key_parts(), vit.norms.kind);
  }
  if (vit.attention.differential) {
    for (const char* vector : {"lambda_q1", "lambda_k1", "lambda_q2", "lambda_k2"}) {
      list.push_back({block + "attn." + vector, {vit.head_dim() / 2}});
    }
    add_norm(list, block + "attn.sub_norm", vit.head_dim(), NormKind::rms);
  }
  if (vit.attention.norm) add_norm(list, block + "attn.norm", D, vit.norms.kind);
  add_linear(list, block + "attn.proj", D, D, vit.attention.proj_bias);
  if (vit.block.layer_scale) list.push_back({block + "ls1.gamma", {D}});
  if (vit.block.kind != BlockKind::parallel) add_norm(list, block + "norm2", D, vit.norms.kind);
  add_linear(list, block + "mlp.fc1", vit.mlp.fc1_dim(), D);
  if (vit.mlp.norm) add_norm(list, block + "mlp.norm", vit.mlp.hidden_dim, vit.norms.kind);
  add_linear(list, block + "mlp.fc2", D, vit.mlp.hidden_dim);
  if (vit.block.layer_scale && vit.block.mlp_layer_scale) list.push_back({block + "ls2.gamma", {D}});
}

void add_attention_pool(std::vector<ExpectedTensor>& list, const VitDescription& vit) {
  const int64_t D = vit.dim;
  list.push_back({"attn_pool.latent", {1, 1, D}});
  if (vit.pooling.fused_qkv) {
    list.push_back({"attn_pool.in_proj_weight", {3 * D, D}});
    list.push_back({"attn_pool.in_proj_bias", {3 * D}});
  } else {
    add_linear(list, "attn_pool.q", D, D);
    add_linear(list, "attn_pool.kv", 2 * D, D);
  }
  add_linear(list, "attn_pool.proj", D, D);
  add_norm(list, "attn_pool.norm", D, vit.norms.kind);
  add_linear(list, "attn_pool.mlp.fc1", vit.mlp.hidden_dim, D);
  add_linear(list, "attn_pool.mlp.fc2", D, vit.mlp.hidden_dim);
}

// Tokens and positions, [1, N, D], are stored as [N, D] or [D] where the library has no batch in
// them.
bool fits(const std::vector<int64_t>& stored, const std::vector<int64_t>& wanted) {
  if (wanted.size() != 3 || stored.size() >= 3) return stored == wanted;
  const auto dropped = wanted.end() - std::ptrdiff_t(stored.size());
  return !stored.empty() && std::equal(stored.begin(), stored.end(), dropped) &&
         std::all_of(wanted.begin(), dropped, [](int64_t extent) { return extent == 1; });
}

// Finds the file's tensors, which together have `shape`, and checks their element types and shapes.
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

// What stands beside the backbone in a file, not in it.
bool is_beside(const VitDescription& vit, std::string_view canonical) {
  return canonical == "visual_projection.weight" ||
         std::any_of(
             vit.head.classifiers.begin(), vit.head.classifiers.end(),
             [&](const ClassifierHead& head) { return canonical.starts_with(head.name + "."); });
}

}  // namespace

std::vector<ExpectedTensor> expected_tensors(const VitDescription& vit) {
  std::vector<ExpectedTensor> list;
  const int64_t D = vit.dim;
  if (vit.tokens.cls_token) list.push_back({"cls_token", {1, 1, D}});
  if (vit.tokens.dist_token) list.push_back({"dist_token", {1, 1, D}});
  if (vit.tokens.registers > 0) list.push_back({"reg_token", {1, vit.tokens.registers, D}});
  const int64_t patches = vit.tokens.count(vit.tokens.image) - vit.tokens.prefix();
  if (vit.positions.rows != PosEmbedRows::none) {
    list.push_back({"pos_embed", {1, vit.positioned_prefix() + patches, D}});
  }
  if (vit.attention.rope && vit.attention.rope->learned) {
    list.push_back({"rope.freqs", {2, vit.depth, vit.attention.heads, vit.head_dim() / 2}});
  }
  if (vit.positions.shared_bias) {
    add_position_bias(list, std::string("rel_pos_bias.") + kBiasTable, "shared_rel_pos.mlp.", vit);
  }
  list.push_back({"patch_embed.proj.weight", {D, vit.tokens.channels, vit.tokens.patch, vit.tokens.patch}});
  if (vit.tokens.patch_bias) list.push_back({"patch_embed.proj.bias", {D}});
  if (vit.norms.before_blocks) add_norm(list, "norm_pre", D, vit.norms.kind);
  for (int64_t i = 0; i < vit.depth; ++i) {
    for (int64_t path = 0; path < vit.block.branches; ++path) add_block(list, {i, path}, vit);
  }
  if (vit.norms.after_blocks) add_norm(list, "norm", D, vit.norms.kind);
  if (vit.pooling.kind == Pooling::attention) add_attention_pool(list, vit);
  if (vit.norms.after_pooling) add_norm(list, "fc_norm", D, vit.norms.kind);
  if (vit.head.visual_projection) {
    list.push_back({"visual_projection.weight", {vit.head.embed_dim, vit.pooled_dim()}});
  }
  for (const ClassifierHead& head : vit.head.classifiers) {
    add_linear(list, head.name, vit.head.classes, vit.classifier_dim());
  }
  return list;
}

Weights::Weights(TensorFile file, FoundNaming naming, const VitDescription& vit,
                 const std::vector<std::string>& ignorable, const std::string& checkpoint_name,
                 GivenTensors given)
    : file_(std::move(file)), naming_(std::move(naming)), given_(std::move(given)) {
  const std::vector<ExpectedTensor> all = expected_tensors(vit);
  std::map<std::string, std::vector<int64_t>> shapes;
  for (const ExpectedTensor& expected : all) shapes[expected.name] = expected.shape;
  for (const ExpectedTensor& expected : all) {
    parameters_[expected.name] = find_parameter(expected, vit, shapes, checkpoint_name);
  }
  check_nothing_is_left(ignorable, checkpoint_name);
}

// `shapes` are those of all canonical tensors.
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
    const bool ignore = std::any_of(ignorable.begin(), ignorable.end(),
                                    [&](const std::string& p) { return matches(bare, p); });
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

// From the row on.
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
  const auto* values = reinterpret_cast<const float*>(run.tensor.bytes.data());
  return std::span(values + size_t(run.first) * row_size, size_t(count) * row_size);
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
    // Where rows are parts of longer ones, one at a time.
    const int64_t taken = wanted.row_stride == row_size ? std::min(count, run.count) : 1;
    TensorView some = run.tensor;
    const int64_t begin = run.first * wanted.row_stride + wanted.first_column;
    some.bytes = some.bytes.subspan(size_t(begin * bytes), size_t(taken * row_size * bytes));
    convert_to_f32(some, out.first(size_t(taken * row_size)));
    out = out.subspan(size_t(taken * row_size));
    first += taken;
    count -= taken;
  }
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
