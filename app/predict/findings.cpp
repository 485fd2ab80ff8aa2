#include "app/predict/findings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "app/predict/class_label.h"

namespace saccade {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFromFiles = "path given";
constexpr const char* kFromWeights = "weights file";

std::string size_text(ImageSize size) { return fmt::format("{} x {}", size.height, size.width); }

Json size_json(ImageSize size) { return {{"height", size.height}, {"width", size.width}}; }

std::string list_text(const std::array<double, 3>& values) {
  return fmt::format("{:.6g}", fmt::join(values, ", "));
}

std::string_view name_of(ResizeRule rule) {
  switch (rule) {
    case ResizeRule::none:
      return "none";
    case ResizeRule::exact:
      return "exact";
    case ResizeRule::shortest_edge:
      return "shortest_edge";
    case ResizeRule::cover:
      return "cover";
    case ResizeRule::shortest_edge_within:
      return "shortest_edge_within";
    case ResizeRule::fit_truncated:
      return "fit_truncated";
    case ResizeRule::fit:
      return "fit";
  }
  return "?";
}

std::string resize_text(const PreprocessRecipe& recipe) {
  switch (recipe.resize_rule) {
    case ResizeRule::none:
      return "none";
    case ResizeRule::exact:
      return size_text(recipe.resize) + ", aspect not kept";
    case ResizeRule::shortest_edge:
      return fmt::format("short edge to {}", recipe.resize.height);
    case ResizeRule::cover:
      return "to cover " + size_text(recipe.resize);
    case ResizeRule::shortest_edge_within:
      return fmt::format("short edge to {}, long edge at most {}", recipe.resize.height,
                         recipe.resize.width);
    case ResizeRule::fit_truncated:
    case ResizeRule::fit:
      return "to fit inside " + size_text(recipe.resize);
  }
  return "?";
}

std::string labels_text(int64_t count, const std::vector<std::string>& first) {
  if (count == 0) return "none: classes go by their index";
  const bool more = count > static_cast<int64_t>(first.size());
  return fmt::format("{}: {}{}", count, fmt::join(first, "; "), more ? "; ..." : "");
}

// The JSON of a value, without a string's quotes.
std::string text_of_json(const Json& value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The JSON of a field of a description: an enum's is its name, an optional part's whether it is
// there.
template <typename T>
Json json_of(const T& value) {
  if constexpr (std::is_enum_v<T>) {
    return saccade::name_of(value);
  } else if constexpr (std::is_same_v<T, ImageSize>) {
    return size_json(value);
  } else if constexpr (std::is_same_v<T, std::optional<RopeSpec>>) {
    return value.has_value();
  } else if constexpr (std::is_same_v<T, std::vector<ClassifierHead>>) {
    return value.size();
  } else {
    return value;
  }
}

template <typename T>
std::string text_of(const T& value, const Json& json) {
  if constexpr (std::is_same_v<T, ImageSize>) {
    return size_text(value);
  } else {
    return text_of_json(json);
  }
}

// A list that is empty says nothing: it has no row.
template <typename T>
bool is_set(const T&) {
  return true;
}
bool is_set(const std::vector<int64_t>& list) { return !list.empty(); }

/// Collects findings of one checkpoint, section by section.
class Collector {
 public:
  explicit Collector(const Checkpoint& checkpoint)
      : checkpoint_(checkpoint), config_(checkpoint.config), vit_(checkpoint.config.vit) {}

  std::vector<Finding> collect() {
    add_model();
    add_weights();
    add_preprocessing();
    add_output();
    return std::move(findings_);
  }

 private:
  void add(std::string_view name, Json value, std::string text, std::string source) {
    findings_.push_back(
        {section_, std::string(name), std::move(value), std::move(text), std::move(source)});
  }
  /// Adds a value whose text is its JSON.
  void add(std::string_view name, Json value, std::string source) {
    std::string text = text_of_json(value);
    add(name, std::move(value), std::move(text), std::move(source));
  }

  /// The source that the configuration recorded for a field, else the family.
  std::string source(std::string_view field) const {
    const auto found = config_.sources.find(std::string(field));
    return found == config_.sources.end() ? kFromFamily : found->second;
  }

  void add_model() {
    section_ = "model";
    add("name", checkpoint_.name, kFromFiles);
    add("family", std::string(config_.family->name), source("family"));
    add("architecture", config_.architecture, source("family"));
    add_fields(FieldGroup::sizes);
    add_fields(FieldGroup::options);
    add_tokens();
  }

  // One row for each field that the specs report in this group.
  void add_fields(FieldGroup group) {
    vit_.visit([&](const Field& field, const auto& value) {
      if (field.group != group || !is_set(value)) return;
      Json json = json_of(value);
      std::string text = text_of_field(field, value, json);
      add(field.label, std::move(json), std::move(text), source(field.name));
    });
  }

  // A field's text, with what other fields add to it. Names are those in `visit()` of the specs.
  template <typename T>
  std::string text_of_field(const Field& field, const T& value, const Json& json) const {
    std::string text = text_of(value, json);
    if (field.name == "heads") return text + fmt::format(" of {} columns", vit_.head_dim());
    if (field.name == "mlp" && vit_.mlp.norm) return text + ", normalized inside";
    if (field.name == "blocks" && vit_.block.branches > 1) {
      return text + fmt::format(", {} of each", vit_.block.branches);
    }
    const bool attention_alone = vit_.block.layer_scale && !vit_.block.mlp_layer_scale;
    if (field.name == "layer_scale" && attention_alone) return text + ", of attention alone";
    return text;
  }

  void add_tokens() {
    const ImageSize input = checkpoint_.input_size();
    const ImageSize grid = vit_.tokens.grid(input);
    const ImageSize trained = vit_.tokens.grid(vit_.tokens.image);
    std::vector<std::string> layout;
    if (vit_.tokens.cls_token) layout.push_back("class");
    if (vit_.tokens.dist_token) layout.push_back("distillation");
    for (int64_t i = 1; i <= vit_.tokens.registers; ++i)
      layout.push_back(fmt::format("register {}", i));
    layout.push_back("patches");
    add("tokens", layout,
        fmt::format("{}: {} tokens at {}", fmt::join(layout, ", "), vit_.tokens.count(input),
                    size_text(input)),
        source("tokens"));
    add("patch_grid", size_json(grid), size_text(grid), "input and patch size");
    add_positions(trained, grid);
    add("pooling", saccade::name_of(vit_.pooling.kind), pooling_text(), source("pooling"));
    add_embedding();
    add_classifiers();
  }

  void add_positions(ImageSize trained, ImageSize grid) {
    const bool resized = grid != trained;
    const std::string where =
        resized ? source(config_.recipe.crop ? "crop" : "resize") : source("image");
    const auto text = [&](PosEmbedResize method) {
      return resized ? fmt::format("interpolated from {} to {} ({})", size_text(trained),
                                   size_text(grid), saccade::name_of(method))
                     : fmt::format("as trained, {}", size_text(trained));
    };
    if (vit_.positions.rows == PosEmbedRows::none) {
      add("position_embedding", nullptr, "none", source("pos_embed"));
    } else {
      add("position_embedding",
          Json{{"trained_grid", size_json(trained)},
               {"interpolated", resized},
               {"prefix_rows", vit_.positioned_prefix()},
               {"method", saccade::name_of(vit_.positions.resize)}},
          text(vit_.positions.resize) + positioned_text(), where);
    }
    if (!vit_.positions.bias && !vit_.positions.shared_bias) return;
    const char* whose = !vit_.positions.shared_bias ? "each block's own"
                        : !vit_.positions.bias      ? "one for all blocks"
                                                    : "each block's own and one for all blocks";
    add("position_bias",
        Json{{"own", vit_.positions.bias},
             {"shared", vit_.positions.shared_bias},
             {"mlp_width", vit_.positions.bias_mlp},
             {"trained_grid", size_json(trained)},
             {"interpolated", resized && vit_.positions.bias_mlp == 0},
             {"method", saccade::name_of(vit_.positions.bias_resize)}},
        fmt::format("{}, {}", whose,
                    vit_.positions.bias_mlp > 0 ? "computed for the grid"
                                                : text(vit_.positions.bias_resize)),
        where);
  }

  const char* positioned_text() const {
    switch (vit_.positions.rows) {
      case PosEmbedRows::all_tokens:
      case PosEmbedRows::none:
        return "";
      case PosEmbedRows::patches:
        return ", of patches alone";
      case PosEmbedRows::class_and_patches:
        return ", of class token and patches";
    }
    return "";
  }

  const char* pooled_text() const {
    switch (vit_.pooling.kind) {
      case Pooling::token:
        return "one token";
      case Pooling::patch_mean:
        return "mean of the patches";
      case Pooling::token_and_patch_mean:
        return "one token beside the mean of the patches";
      case Pooling::attention:
        return "attention over the patches";
    }
    return "";
  }

  std::string pooling_text() const {
    const std::string what = pooled_text();
    return what + (vit_.norms.after_pooling  ? ", then normalized"
                   : vit_.norms.after_blocks ? ", normalized before"
                                             : "");
  }

  // Only for models that embed images beside texts.
  void add_embedding() {
    if (vit_.head.embed_dim == 0) return;
    add("embedding",
        Json{{"width", vit_.head.embed_dim}, {"projected", vit_.head.visual_projection}},
        fmt::format("{}unit vector of {} columns, compared with those of texts",
                    vit_.head.visual_projection ? "projected to a " : "", vit_.head.embed_dim),
        source("embedding"));
  }

  void add_classifiers() {
    Json heads = Json::array();
    std::vector<std::string> texts;
    for (const ClassifierHead& head : vit_.head.classifiers) {
      heads.push_back({{"name", head.name}});
      if (vit_.pooling.kind == Pooling::token) heads.back()["token"] = head.token_row;
      texts.push_back(vit_.pooling.kind == Pooling::token
                          ? fmt::format("{} reads token {}", head.name, head.token_row)
                          : fmt::format("{} reads what is pooled", head.name));
    }
    add("classifiers", heads,
        fmt::format("{}{}", fmt::join(texts, "; "), texts.size() > 1 ? "; logits averaged" : ""),
        kFromFamily);
  }

  void add_weights() {
    section_ = "weights";
    const Weights& weights = checkpoint_.weights;
    add("file", checkpoint_.file.string(), kFromFiles);
    add("parameters", weights.parameter_count(),
        fmt::format("{} ({:.2f} million)", weights.parameter_count(),
                    double(weights.parameter_count()) / 1e6),
        kFromWeights);
    add("dtypes", weights.dtypes(), kFromWeights);
    add("naming", weights.naming(), kFromWeights);
    add("prefix", weights.prefix(),
        weights.prefix().empty() ? "none" : weights.prefix() + " taken off the names",
        kFromWeights);
    add("entry", weights.entry(),
        weights.entry().empty() ? "the file's own" : "those under " + weights.entry(),
        kFromWeights);
    add("ignored_tensors", weights.ignored(),
        weights.ignored().empty() ? "none" : fmt::format("{}", fmt::join(weights.ignored(), ", ")),
        kFromWeights);
  }

  void add_preprocessing() {
    section_ = "preprocessing";
    const PreprocessRecipe& recipe = config_.recipe;
    if (recipe.grey) add("colour", "grey", "grey, as Pillow's L", source("channels"));
    add("exif_orientation", recipe.apply_exif, recipe.apply_exif ? "applied" : "ignored",
        source("exif"));
    add("resize", Json{{"rule", name_of(recipe.resize_rule)}, {"size", size_json(recipe.resize)}},
        resize_text(recipe), source("resize"));
    add("interpolation", saccade::name_of(recipe.interpolation), source("interpolation"));
    add("crop", recipe.crop ? size_json(*recipe.crop) : Json(nullptr),
        recipe.crop ? size_text(*recipe.crop) + ", centred" : "none", source("crop"));
    add("padding", recipe.fill, fmt::format("{}", fmt::join(recipe.fill, ", ")), source("resize"));
    add("rescale", recipe.rescale, fmt::format("{:.6g}", recipe.rescale), source("rescale"));
    add("mean", recipe.mean, list_text(recipe.mean), source("mean"));
    add("std", recipe.std, list_text(recipe.std), source("std"));
    add("input_size", size_json(recipe.output_size()), size_text(recipe.output_size()),
        source(recipe.crop ? "crop" : "resize"));
  }

  void add_output() {
    section_ = "output";
    add("classes", vit_.head.classes, source("classes"));
    const auto named = static_cast<int64_t>(
        std::max(config_.labels.descriptions.size(), config_.labels.names.size()));
    constexpr int64_t kShown = 3;
    std::vector<std::string> first;
    for (int64_t i = 0; i < std::min(named, kShown); ++i) {
      first.push_back(class_label(config_.labels, i, LabelType::description));
    }
    add("labels",
        Json{{"descriptions", config_.labels.descriptions.size()},
             {"names", config_.labels.names.size()},
             {"first", first}},
        labels_text(named, first), source("labels"));
    add("score_activation", saccade::name_of(config_.activation), source("scores"));
  }

  const Checkpoint& checkpoint_;
  const ModelConfig& config_;
  const VitDescription& vit_;
  const char* section_ = "";
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> findings(const Checkpoint& checkpoint) {
  return Collector(checkpoint).collect();
}

nlohmann::ordered_json findings_as_json(const std::vector<Finding>& findings) {
  Json object;
  for (const Finding& finding : findings) {
    object[finding.section][finding.name] = {{"value", finding.value}, {"source", finding.source}};
  }
  return object;
}

}  // namespace saccade
