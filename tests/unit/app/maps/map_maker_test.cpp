#include "app/maps/map_maker.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "model/explain/contrast.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_dir.h"
#include "weights/checkpoint.h"

namespace saccade {
namespace {

using Values = std::vector<float>;

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The built-in model with all position embeddings set to 0, so that it ignores positions.
std::filesystem::path without_positions(const test::TempDir& folder) {
  const auto builtin = test::source_path("weights/builtin-model");
  for (const char* name : {"config.json", "preprocessor_config.json"}) {
    folder.write(name, bytes_of(builtin / name));
  }
  std::string bytes = bytes_of(builtin / "model.safetensors");
  uint64_t header_size = 0;
  std::memcpy(&header_size, bytes.data(), sizeof header_size);
  const auto header = nlohmann::json::parse(bytes.substr(8, header_size));
  const auto& place = header["vit.embeddings.position_embeddings"]["data_offsets"];
  const size_t begin = 8 + header_size + place[0].get<size_t>();
  const size_t end = 8 + header_size + place[1].get<size_t>();
  std::fill(bytes.begin() + std::ptrdiff_t(begin), bytes.begin() + std::ptrdiff_t(end), '\0');
  folder.write("model.safetensors", bytes);
  return folder.path();
}

class Maps {
 public:
  explicit Maps(const std::filesystem::path& model, std::vector<MapMethod> methods)
      : checkpoint_(open_checkpoint(model)) {
    MapOptions options;
    options.methods = std::move(methods);
    options.classes = "3";
    request_ = map_request(options, checkpoint_.config, checkpoint_.input_size());
  }

  // Every map of every picture, in the order of the methods.
  std::vector<Values> of(const std::vector<Values>& pictures) {
    MapMaker maker(vit(), checkpoint_.input_size(), model_, request_);
    Values pixels, logits(pictures.size() * size_t(vit().head.classes));
    for (const Values& picture : pictures) {
      pixels.insert(pixels.end(), picture.begin(), picture.end());
    }
    maker.run(pixels, int64_t(pictures.size()), logits);
    std::vector<Values> maps;
    for (size_t i = 0; i < pictures.size(); ++i) {
      const auto first = logits.begin() + std::ptrdiff_t(i) * vit().head.classes;
      const auto ids = maps_of(request_, Values(first, first + vit().head.classes));
      for (Values& map : maker.maps(int64_t(i), ids)) maps.push_back(std::move(map));
    }
    return maps;
  }
  const VitDescription& vit() const { return checkpoint_.config.vit; }

 private:
  Checkpoint checkpoint_;
  MapRequest request_;
  InferenceContext model_{
      vit(), checkpoint_.weights, checkpoint_.input_size(), {.gradients = true}};
};

// A grey picture with noise in a square of `side` pixels at `corner`.
Values noise_square(ImageSize size, int64_t corner, int64_t side) {
  std::mt19937 random(1);
  Values pixels(size_t(3 * size.height * size.width), 0.3f);
  for (int64_t channel = 0; channel < 3; ++channel) {
    for (int64_t y = corner; y < corner + side; ++y) {
      for (int64_t x = corner; x < corner + side; ++x) {
        pixels[size_t((channel * size.height + y) * size.width + x)] =
            float(random() % 4096) / 1024 - 2;
      }
    }
  }
  return pixels;
}

float largest(const Values& values) { return *std::max_element(values.begin(), values.end()); }

// No method prefers a position: if the object moves by whole patches, its map moves along.
TEST(MapMaker, MapsMoveWithThePicture) {
  const test::TempDir folder;
  const auto model = without_positions(folder);
  for (const MapMethod method : kAllMapMethods) {
    Maps maps(model, {method});
    const ImageSize size = maps.vit().tokens.image;
    const int64_t patch = maps.vit().tokens.patch;
    const auto side = static_cast<size_t>(size.width / patch);
    ASSERT_GE(side, 8u);
    const Values before = maps.of({noise_square(size, 2 * patch, 3 * patch)}).front();
    const Values after = maps.of({noise_square(size, 3 * patch, 3 * patch)}).front();
    EXPECT_GT(largest(before), *std::min_element(before.begin(), before.end()));
    for (size_t row = 1; row + 1 < side; ++row) {
      for (size_t col = 1; col + 1 < side; ++col) {
        EXPECT_NEAR(after[(row + 1) * side + col + 1], before[row * side + col],
                    1e-4f * largest(before))
            << name_of(method) << " " << row << "," << col;
      }
    }
  }
}

TEST(MapMaker, MethodsDoNotDisturbEachOther) {
  const auto model = test::source_path("weights/builtin-model");
  const std::vector methods{MapMethod::relevance, MapMethod::saccade, MapMethod::gradcam};
  Maps together(model, methods);
  const ImageSize size = together.vit().tokens.image;
  const std::vector pictures{noise_square(size, 4, 12), noise_square(size, 10, 20)};
  const std::vector<Values> all = together.of(pictures);
  for (size_t m = 0; m < methods.size(); ++m) {
    Maps alone(model, {methods[m]});
    for (size_t i = 0; i < pictures.size(); ++i) {
      const Values wanted = alone.of({pictures[i]}).front();
      const Values& found = all[i * methods.size() + m];
      ASSERT_EQ(found.size(), wanted.size());
      for (size_t p = 0; p < found.size(); ++p) {
        EXPECT_NEAR(found[p], wanted[p], 1e-4f * largest(wanted)) << name_of(methods[m]);
      }
    }
  }
}

}  // namespace
}  // namespace saccade
