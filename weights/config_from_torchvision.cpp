#include "weights/config_from_torchvision.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <string_view>

#include "weights/base/errors.h"
#include "weights/config/labels.h"

namespace saccade {
namespace {

constexpr int64_t kLargestSide = 16384, kMostBlocks = 256;
constexpr const char* kFromTorchvision = "torchvision's default";

// torchvision 0.29, models/vision_transformer.py.
struct Builder {
  std::string_view name;
  int64_t patch, dim, depth;
};
constexpr std::array<Builder, 5> kBuilders{{{"vit_b_16", 16, 768, 12},
                                            {"vit_b_32", 32, 768, 12},
                                            {"vit_l_16", 16, 1024, 24},
                                            {"vit_l_32", 32, 1024, 24},
                                            {"vit_h_14", 14, 1280, 32}}};

const Builder* builder_of(const VitDescription& vit) {
  const auto found = std::find_if(kBuilders.begin(), kBuilders.end(), [&](const Builder& one) {
    return one.patch == vit.tokens.patch && one.dim == vit.dim && one.depth == vit.depth;
  });
  return found != kBuilders.end() ? &*found : nullptr;
}

class Tensors {
 public:
  Tensors(const TensorFile& tensors, const FoundNaming& naming, const std::string& file)
      : tensors_(tensors), naming_(naming), file_(file) {}

  const TensorView* find(std::string_view canonical) const {
    return tensors_.find(stored_names(naming_, canonical).front());
  }
  const std::vector<int64_t>& shape(std::string_view canonical, size_t rank) const {
    return shape_of(stored_names(naming_, canonical).front(), rank);
  }
  const std::vector<int64_t>& shape_of(const std::string& name, size_t rank) const {
    const TensorView* tensor = tensors_.find(name);
    if (!tensor || tensor->shape.size() != rank) {
      throw ModelError(fmt::format(
          "{}: tensor '{}' {}", file_, name,
          tensor ? fmt::format("has not {} dimensions", rank) : std::string("is missing")));
    }
    return tensor->shape;
  }
  // The last linear layer, as torchvision and fine-tuning scripts name it.
  std::string classifier() const {
    for (const char* name : {"heads.head", "heads", "heads.0", "heads.1", "head", "fc"}) {
      if (tensors_.find(naming_.outer + name + ".weight")) return name;
    }
    throw ModelError(fmt::format("{}: no classifier in this checkpoint (no tensor '{}')", file_,
                                 naming_.outer + "heads.head.weight"));
  }

 private:
  const TensorFile& tensors_;
  const FoundNaming& naming_;
  const std::string& file_;
};

void resolve_sizes(const Tensors& tensors, const std::string& file, ModelConfig& model) {
  VitDescription& vit = model.vit;
  const std::vector<int64_t>& patch = tensors.shape("patch_embed.proj.weight", 4);
  vit.dim = patch[0];
  vit.tokens.channels = patch[1];
  vit.tokens.patch = patch[2];
  vit.tokens.cls_token = true;
  vit.mlp.hidden_dim = tensors.shape("blocks.0.mlp.fc1.weight", 2)[0];
  while (vit.depth <= kMostBlocks &&
         tensors.find(fmt::format("blocks.{}.norm1.weight", vit.depth))) {
    ++vit.depth;
  }
  const int64_t rows = tensors.shape("pos_embed", 3)[1];
  const int64_t side = std::llround(std::sqrt(double(std::max<int64_t>(rows - 1, 0))));
  if (side < 1 || side * side + 1 != rows || vit.tokens.patch < 1 ||
      side > kLargestSide / vit.tokens.patch) {
    throw ModelError(fmt::format(
        "{}: {} rows of positions for patches of {}; wanted one, and those of a square of patches",
        file, rows, vit.tokens.patch));
  }
  vit.tokens.image = {side * vit.tokens.patch, side * vit.tokens.patch};
  for (const char* field :
       {"dim", "channels", "patch", "mlp_dim", "mlp", "depth", "image", "pos_embed", "tokens"}) {
    model.sources[field] = kFromShape;
  }
}

// Heads of 64 columns, but of 80 in vit_h_14.
void resolve_heads(const std::string& file, ModelConfig& model) {
  VitDescription& vit = model.vit;
  constexpr int64_t kHeadColumns = 64, kHuge = 1280, kHugeHeads = 16;
  if (vit.dim < 1 || vit.dim % kHeadColumns != 0) {
    throw ModelError(fmt::format(
        "{}: a width of {}, and nothing says how many heads it has; torchvision's builders have "
        "heads of {} columns",
        file, vit.dim, kHeadColumns));
  }
  vit.attention.heads = vit.dim == kHuge ? kHugeHeads : vit.dim / kHeadColumns;
  model.sources["heads"] = kFromTorchvision;
}

// The presets of torchvision's weights. Those of SWAG, and of no others above 224 pixels, are
// bicubic without a margin.
void resolve_recipe(const std::string& file, ModelConfig& model) {
  const Builder* builder = builder_of(model.vit);
  const std::string_view name = builder ? builder->name : "";
  const int64_t side = model.vit.tokens.image.height;
  const bool swag =
      std::filesystem::path(file).filename().string().find("swag") != std::string::npos ||
      name == "vit_h_14" || (name == "vit_b_16" && side == 384) ||
      (name == "vit_l_16" && side == 512);
  PreprocessRecipe& recipe = model.recipe;
  int64_t edge = std::llround(double(side) * 256 / 224);
  if (name == "vit_l_16" && side == 224 && model.vit.head.classes == 1000) edge = 242;
  if (swag) edge = side;
  recipe.resize_rule = ResizeRule::shortest_edge;
  recipe.resize = {edge, edge};
  recipe.interpolation = swag ? Interpolation::bicubic : Interpolation::bilinear;
  recipe.crop = model.vit.tokens.image;
  recipe.crop_rounding = CropRounding::half_to_even;
  for (const char* field : {"resize", "crop", "interpolation", "mean", "std", "rescale"}) {
    model.sources[field] = kFromTorchvision;
  }
  model.sources["exif"] = "Saccade's default";
}

void resolve_classes(const Tensors& tensors, const std::string& outer, bool labelled,
                     ModelConfig& model) {
  const std::string name = tensors.classifier();
  model.vit.head.classifiers = {{name, 0}};
  model.vit.head.classes = tensors.shape_of(outer + name + ".weight", 2)[0];
  model.sources["classes"] = kFromShape;
  const bool imagenet = model.vit.head.classes == 1000;
  if (labelled) return;
  model.sources["labels"] = imagenet ? "the ImageNet-1k list" : "none in the checkpoint";
  if (imagenet) model.labels = imagenet1k_labels();
}

}  // namespace

ModelConfig config_from_torchvision(const TensorFile& tensors, const FoundNaming& naming,
                                    const RecipeOverrides& overrides, const std::string& file) {
  for (const char* option : {overrides.architecture ? "--arch" : nullptr,
                             overrides.use_test_size ? "--use-test-size" : nullptr}) {
    if (!option) continue;
    throw UsageError(fmt::format(
        "{}: it is for timm's models; the tensors of {} have the names of torchvision's "
        "VisionTransformer and show its sizes",
        option, file));
  }
  ModelConfig model;
  model.family = find_family(ConfigKind::torchvision, "vit");
  const Tensors found(tensors, naming, file);
  resolve_sizes(found, file, model);
  resolve_heads(file, model);
  model.vit.norms.eps = 1e-6;
  model.vit.positions.resize = model.family->pos_embed_resize;
  resolve_classes(found, naming.outer, overrides.labels.has_value(), model);
  const Builder* builder = builder_of(model.vit);
  model.architecture = builder ? builder->name : "VisionTransformer";
  for (const char* field : {"family", "norm_eps"}) model.sources[field] = kFromTorchvision;
  model.sources["family"] = "names of the tensors";
  validate(model.vit, file);
  resolve_recipe(file, model);
  apply_overrides(model.recipe, overrides, model.sources);
  validate(model.recipe, file);
  if (model.vit.head.classes == 1) model.activation = ScoreActivation::sigmoid;
  model.sources["scores"] = "number of classes";
  return model;
}

}  // namespace saccade
