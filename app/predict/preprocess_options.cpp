#include "app/predict/preprocess_options.h"

#include "app/cli/option_values.h"

namespace saccade {

OptionGroup preprocess_options() {
  return {"Model and preprocessing (default: as in the checkpoint)",
          {{"arch", 0, "NAME",
            "timm's name of the model, for weights without a config.json that do not name it"},
           {"classifier", 0, "FILE",
            "safetensors with text_embeds [classes, dim]: classes of a whole CLIP or SigLIP"},
           {"labels", 0, "FILE", "names of the classes, one per line"},
           {"img-size", 0, "N|HxW", "input size in pixels, height first"},
           {"crop-pct", 0, "X", "part of the resized picture that the crop keeps, 0.01 to 10"},
           {"crop-mode", 0, "MODE",
            "center (short edge, then crop), squash (both edges, then crop) or border (long edge, "
            "then pad)"},
           {"interpolation", 0, "NAME",
            "nearest, box, bilinear, hamming, bicubic or lanczos, as Pillow's"},
           {"mean", 0, "R,G,B",
            "subtracted from values scaled to 0-1; one number for all channels is possible"},
           {"std", 0, "R,G,B", "divisor after that; one number for all channels is possible"},
           {"use-test-size", 0, "",
            "timm checkpoints: use test_input_size and test_crop_pct if they exist"},
           {"no-exif", 0, "", "ignore the EXIF orientation of pictures, as timm's loader does"}}};
}

RecipeOverrides recipe_overrides(const ParsedArguments& arguments) {
  RecipeOverrides overrides;
  overrides.architecture = arguments.value("arch");
  if (const auto file = arguments.value("classifier")) overrides.classifier = *file;
  if (const auto file = arguments.value("labels")) overrides.labels = *file;
  overrides.img_size = size_value(arguments, "img-size");
  overrides.crop_pct = number_value(arguments, "crop-pct", 0.01, 10);
  if (const auto mode = arguments.value("crop-mode")) {
    overrides.crop_mode = crop_mode_named(*mode);
    if (!overrides.crop_mode) refuse_value("crop-mode", "center, squash or border", *mode);
  }
  if (const auto name = arguments.value("interpolation")) {
    overrides.interpolation = interpolation_named(*name);
    if (!overrides.interpolation) {
      refuse_value("interpolation", "nearest, box, bilinear, hamming, bicubic or lanczos", *name);
    }
  }
  overrides.mean = channels_value(arguments, "mean", -1e6, 1e6);
  overrides.std = channels_value(arguments, "std", 1e-6, 1e6);
  overrides.use_test_size = arguments.has("use-test-size");
  overrides.apply_exif = !arguments.has("no-exif");
  return overrides;
}

}  // namespace saccade
