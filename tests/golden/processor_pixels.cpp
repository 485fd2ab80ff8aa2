// Prepares a picture by each image processor's settings, for sweep_processors.py:
//
//   processor_pixels PICTURE FOLDER
//
// Each folder in FOLDER has a preprocessor_config.json and "model_type", the text of that key.
// (TimmWrapper's settings are in config.json.) There "pixels" is written, floats of three channels
// after height and width as int32, or "refusal", the message.
#include <algorithm>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "vision/decode/image.h"
#include "vision/preprocess/preprocess.h"
#include "weights/files/json_file.h"
#include "weights/timm/timm_files.h"
#include "weights/transformers/transformers_config.h"

namespace {

namespace fs = std::filesystem;

std::string text_of_file(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

saccade::PreprocessRecipe recipe_of(const fs::path& folder) {
  saccade::Provenance sources;
  const std::string model_type = text_of_file(folder / "model_type");
  if (model_type == "timm_wrapper") {
    const auto file = folder / "config.json";
    const saccade::ConfigReader config(saccade::read_json_file(file), file.string(), "config.json");
    return saccade::resolve_timm_recipe(saccade::split_timm_config(config), {}, sources);
  }
  return saccade::resolve_transformers_recipe(saccade::read_processor_config(folder), model_type,
                                              {}, sources);
}

void prepare(const cv::Mat& rgb, const fs::path& folder) {
  const saccade::PreprocessRecipe recipe = recipe_of(folder);
  const saccade::ImageSize size = recipe.output_size();
  std::vector<float> pixels(static_cast<size_t>(3 * size.height * size.width));
  saccade::preprocess(rgb, recipe, pixels);
  std::ofstream out(folder / "pixels", std::ios::binary);
  for (const auto side : {int32_t(size.height), int32_t(size.width)}) {
    out.write(reinterpret_cast<const char*>(&side), sizeof side);
  }
  out.write(reinterpret_cast<const char*>(pixels.data()),
            std::streamsize(pixels.size() * sizeof(float)));
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::cerr << "usage: processor_pixels PICTURE FOLDER\n";
    return 2;
  }
  const cv::Mat rgb = saccade::read_image(arguments[1], {});
  for (const auto& entry : fs::directory_iterator(arguments[2])) {
    if (!entry.is_directory()) continue;
    try {
      prepare(rgb, entry.path());
    } catch (const std::exception& error) {
      std::ofstream(entry.path() / "refusal") << error.what();
    }
  }
}
