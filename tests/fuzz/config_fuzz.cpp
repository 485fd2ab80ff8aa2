// libFuzzer target: the configuration files of a checkpoint whose tensors are sound. Any outcome
// but a sane model or a ModelError or UsageError of one printable line is a finding.
//
// The input is a JSON object: "config" and "processor" are the two files, the bits of "choice"
// choose tensors and overrides. Seeds: config_seeds/ and the golden checkpoints. The tensors live
// in anonymous memory: nothing touches a disk.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/weights/tiny_checkpoint.h"
#include "weights/base/errors.h"
#include "weights/base/json_text.h"
#include "weights/config/model_config.h"
#include "weights/timm/timm_config.h"
#include "weights/transformers/transformers_config.h"
#include "weights/weights.h"

namespace {

using namespace saccade;

/// The path of a file that exists only in memory, as long as the process.
std::string in_memory(const test::TinyTensors& tensors) {
  const std::string bytes = test::safetensors_of(tensors);
  const int file = memfd_create("tensors", 0);
  if (file < 0 || write(file, bytes.data(), bytes.size()) != ssize_t(bytes.size())) std::abort();
  return "/proc/self/fd/" + std::to_string(file);
}

const std::string& tensor_path(uint64_t choice) {
  static const std::array paths{in_memory(test::tiny_transformers_tensors()),
                                in_memory(test::tiny_timm_tensors())};
  return paths[choice % paths.size()];
}

RecipeOverrides overrides_of(uint64_t bits) {
  RecipeOverrides overrides;
  overrides.use_test_size = bits & 2;
  if (bits & 4) overrides.img_size = ImageSize{6, 10};
  if (bits & 8) overrides.crop_pct = 0.9;
  if (bits & 16) overrides.crop_mode = CropMode::border;
  return overrides;
}

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const ModelConfig& model) {
  const VitDescription& vit = model.vit;
  require(vit.attention.heads >= 1 && vit.dim % vit.attention.heads == 0 && vit.tokens.grid(vit.tokens.image).height >= 1);
  const PreprocessRecipe& recipe = model.recipe;
  for (const ImageSize& size : {recipe.resize, recipe.output_size()}) {
    require(size.height >= 1 && size.width >= 1);
    require(size.height <= ConfigReader::kMaxSide && size.width <= ConfigReader::kMaxSide);
  }
  for (size_t c = 0; c < 3; ++c) {
    const float scaled = (1.0f - float(recipe.mean[c])) / float(recipe.std[c]);
    require(scaled - scaled == 0);  // finite
  }
  require(model.labels.names.size() <= size_t(vit.head.classes));
  require(model.labels.descriptions.size() <= size_t(vit.head.classes));
  require(model.sources.contains("resize") && model.sources.contains("labels"));
}

ModelConfig resolve(const ConfigReader& config, const ConfigReader& processor,
                    const TensorFile& tensors, const RecipeOverrides& overrides) {
  if (config.has("architecture")) {
    return resolve_timm_config(config, tensors, find_naming(tensors), overrides);
  }
  return resolve_transformers_config(config, processor, overrides);
}

void require_one_printable_line(std::string_view text) {
  for (const char c : text) require(c >= 0x20 && c <= 0x7e);
}

// Words of the configuration files and values that may matter, apart by spaces.
constexpr const char* kKeys = R"(
config processor choice architectures model_type hidden_size num_hidden_layers
num_attention_heads intermediate_size image_size patch_size num_channels layer_norm_eps
qkv_bias hidden_act id2label num_labels problem_type image_processor_type
feature_extractor_type size height width shortest_edge longest_edge crop_size do_resize
do_center_crop do_rescale do_normalize rescale_factor resample image_mean image_std
architecture pretrained_cfg model_args input_size test_input_size fixed_input_size
interpolation crop_pct test_crop_pct crop_mode mean std num_classes label_names labels
label_descriptions img_size num_heads act_layer global_pool 0 3
use_absolute_position_embeddings use_relative_position_bias use_shared_relative_position_bias
use_mean_pooling layer_scale_init_value use_abs_pos_emb use_rel_pos_bias use_rot_pos_emb
ref_feat_shape swiglu_mlp scale_mlp vision_config projection_dim use_swiglu_ffn mlp_ratio
num_register_tokens in_chans class_token reg_tokens fc_norm final_norm norm_layer use_post_norm
attn_layer rel_pos_type rel_pos_dim shared_rel_pos rope_type rope_temperature rope_rotate_half
num_reg_tokens)";
constexpr const char* kValues = R"(
null true false 0 1 2 3 4 6 8 16384 -1 0.5 0.01 10 1e-300 1e308 9223372036854775807
18446744073709551615 "" "\u001b" "DeiTForImageClassification" "DeiTImageProcessor"
"BeitForImageClassification" "BeitImageProcessor" "beit_base_patch16_224" "eva02_tiny_patch14_224"
"Dinov2ForImageClassification" "CLIPModel" "SiglipModel" "vit_base_patch16_siglip_224"
"vit_small_patch16_dinov3" "cat" "dinov3" "mixed" "bias"
"test_vit" "border" "squash" "lanczos" "quick_gelu" "regression" [] [4] [4,4] [3,4,4]
[3,8,6] [0.5,0.5,0.5] ["a","b","c"] {} {"shortest_edge":5} {"height":4,"width":4}
{"0":"a","1":"b","2":"c"})";

std::vector<std::string> words(const char* text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

/// Replaces, adds or removes one value somewhere in `value`.
void change(nlohmann::json& value, std::mt19937& random) {
  const bool deeper = random() % 2 && !value.empty();
  if (value.is_structured() && deeper) {
    return change(*std::next(value.begin(), std::ptrdiff_t(random() % value.size())), random);
  }
  static const std::vector<std::string> keys = words(kKeys);
  static const std::vector<std::string> values = words(kValues);
  const auto other = nlohmann::json::parse(values[random() % values.size()]);
  if (!value.is_object()) {
    value = other;
  } else if (random() % 4 == 0 && !value.empty()) {
    value.erase(std::next(value.begin(), std::ptrdiff_t(random() % value.size())));
  } else {
    value[keys[random() % keys.size()]] = other;
  }
}

}  // namespace

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

/// Mostly keeps the input JSON, so that what it says is fuzzed and not only how it is spelled.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  std::mt19937 random(seed);
  auto input = nlohmann::json::parse(data, data + size, nullptr, /*allow_exceptions=*/false);
  if (!input.is_object() || random() % 8 == 0) return LLVMFuzzerMutate(data, size, max_size);
  change(input, random);
  const std::string text = input.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (text.size() > max_size) return size;
  std::copy(text.begin(), text.end(), data);
  return text.size();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const ConfigReader input(parse_json_object({reinterpret_cast<const char*>(data), size}, "fuzz"),
                             "fuzz", "fuzz");
    const auto config = input.object("config");
    const auto processor = input.object("processor");
    if (!config || !processor) return 0;
    const auto choice = static_cast<uint64_t>(input.integer("choice", 0, INT64_MAX).value_or(0));
    TensorFile tensors(tensor_path(choice));
    const ModelConfig model = resolve(*config, *processor, tensors, overrides_of(choice));
    check(model);
    const FoundNaming naming = find_naming(tensors);
    const Weights weights(std::move(tensors), naming, model.vit, model.family->ignorable,
                          "tensors");
    require(weights.has("norm.weight"));
  } catch (const ModelError& error) {
    require_one_printable_line(error.what());
  } catch (const UsageError& error) {  // overrides that such a checkpoint cannot have
    require_one_printable_line(error.what());
  }
  return 0;
}
