#include "weights/other_models.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "weights/base/errors.h"
#include "weights/base/text.h"
#include "weights/naming/naming.h"
#include "weights/timm/timm_config.h"
#include "weights/transformers/transformers_config.h"

namespace saccade {
namespace {

struct Sign {
  std::string_view pattern;  // of a tensor's name
  std::string_view what;
};

// Beside the weights of quantised layers, or in their place.
constexpr std::array<Sign, 9> kQuantised{{{"*.SCB", "bitsandbytes, 8 bits"},
                                          {"*.weight.absmax", "bitsandbytes, 4 bits"},
                                          {"*.weight.quant_map", "bitsandbytes, 4 bits"},
                                          {"*.qweight", "GPTQ or AWQ"},
                                          {"*.weight_scale", "compressed-tensors"},
                                          {"*.weight_packed", "compressed-tensors"},
                                          {"*._packed_params*", "PyTorch's own"},
                                          {"*.zero_point", "PyTorch's own"},
                                          {"*.weight._data", "quanto"}}};

// Tensors that only one kind of architecture has.
constexpr std::array<Sign, 14> kOthers{
    {{"*layers.0.blocks.0.attn.*", "a Swin transformer"},
     {"*swin*", "a Swin transformer"},
     {"*features.1.0.attn.relative_position_*", "torchvision's Swin transformer"},
     {"*convnext*", "a ConvNeXt"},
     {"*stages.0.blocks.0.conv_dw.*", "a ConvNeXt"},
     {"*features.1.0.layer_scale", "torchvision's ConvNeXt"},
     {"*layer1.0.conv1.weight", "a ResNet"},
     {"*resnet.encoder.*", "a ResNet"},
     {"*conv_stem.weight", "an EfficientNet or MobileNet"},
     {"*features.denseblock1.*", "a DenseNet"},
     {"*features.0.weight", "a VGG or AlexNet"},
     {"*decoder_blocks.0.*", "a masked autoencoder"},
     {"*image_encoder.blocks.0.*", "a SAM"},
     {"*visual.transformer.resblocks.0.*", "an OpenCLIP or original CLIP file"}}};

template <typename Signs>
std::string_view sign_in(const TensorFile& tensors, const Signs& signs) {
  for (const Sign& sign : signs) {
    for (const auto& [name, tensor] : tensors.tensors()) {
      if (matches(name, sign.pattern)) return sign.what;
    }
  }
  return {};
}

void refuse_quantised(const std::string& file, std::string_view how) {
  throw ModelError(fmt::format(
      "{}: the weights are quantised ({}), which Saccade does not read; use the checkpoint that "
      "they were made from, and --precision int8 for speed",
      file, how));
}

}  // namespace

void refuse_other_architecture(const ConfigReader& config) {
  if (const auto quantised = config.object("quantization_config")) {
    refuse_quantised(config.file(), quote(quantised->text("quant_method").value_or("unknown")));
  }
  if (config.has("architecture")) {
    check_timm_architecture(config);
  } else if (config.has("architectures") || config.has("model_type")) {
    check_transformers_architecture(config);
  }
}

void refuse_changed_tensors(const TensorFile& tensors) {
  const std::string file = tensors.paths().front().string();
  if (const auto how = sign_in(tensors, kQuantised); !how.empty()) refuse_quantised(file, how);
  const bool rebuilt =
      std::any_of(tensors.tensors().begin(), tensors.tensors().end(), [](const auto& named) {
        return named.second.dtype_name.find("_rebuild_qtensor") != std::string::npos;
      });
  if (rebuilt) refuse_quantised(file, "PyTorch's own");
  const bool adapted =
      std::any_of(tensors.tensors().begin(), tensors.tensors().end(), [](const auto& named) {
        return matches(named.first, "*.lora_A.*") || matches(named.first, "*.lora_B.*");
      });
  if (!adapted) return;
  throw ModelError(
      fmt::format("{}: layers of a LoRA adapter stand among the weights; merge them in Python with "
                  "merge_and_unload(), save the model, and give what this makes",
                  file));
}

void refuse_unknown_tensors(const TensorFile& tensors) {
  const auto what = sign_in(tensors, kOthers);
  throw ModelError(fmt::format(
      "{}: not a vision transformer that Saccade knows: {}", tensors.paths().front().string(),
      what.empty() ? "it has none of the tensors that begin a block in timm's, transformers' or "
                     "torchvision's naming"
                   : fmt::format("its tensors are those of {}", what)));
}

}  // namespace saccade
