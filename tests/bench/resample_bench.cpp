// Compares the time to prepare photographs for a model with the time to decode them:
//   resample_bench FOLDER [ROUNDS]
// Both are measured on one thread, in turns; each photo's best round counts, so that other work on
// the machine disturbs little.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "vision/preprocess/preprocess.h"

namespace {

namespace fs = std::filesystem;

struct Photo {
  std::vector<uint8_t> file;
  double decode = std::numeric_limits<double>::max();      // seconds, best round
  double preprocess = std::numeric_limits<double>::max();  // ms, the best round
};

std::vector<Photo> read_photos(const fs::path& folder) {
  std::vector<Photo> photos;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::string extension = entry.path().extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (extension != ".jpg" && extension != ".jpeg") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    photos.push_back({std::vector<uint8_t>(std::istreambuf_iterator<char>(in), {})});
  }
  return photos;
}

// Resized to `side`, then the middle 224 x 224.
saccade::PreprocessRecipe recipe(saccade::ResizeRule rule, int64_t side,
                                 saccade::Interpolation interpolation) {
  saccade::PreprocessRecipe result;
  result.resize_rule = rule;
  result.resize = {side, side};
  result.interpolation = interpolation;
  result.crop = saccade::ImageSize{224, 224};
  return result;
}

template <class Work>
double seconds(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void measure(const saccade::PreprocessRecipe& wanted, int rounds, std::vector<Photo>& photos) {
  const auto size = wanted.output_size();
  std::vector<float> input(3 * size.height * size.width);
  for (Photo& photo : photos) {
    for (int round = 0; round < rounds; ++round) {
      cv::Mat bgr;
      const double decode = seconds([&] { bgr = cv::imdecode(photo.file, cv::IMREAD_COLOR); });
      cv::Mat rgb;
      cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
      const double preprocess = seconds([&] { saccade::preprocess(rgb, wanted, input); });
      photo.decode = std::min(photo.decode, decode);
      photo.preprocess = std::min(photo.preprocess, preprocess);
    }
  }
}

void report(const std::string& name, const std::vector<Photo>& photos) {
  double decode = 0, preprocess = 0;
  for (const Photo& photo : photos) {
    decode += photo.decode;
    preprocess += photo.preprocess;
  }
  fmt::print("{:<36} {:4} photos  decode {:8.2f} ms  preprocess {:8.2f} ms  ratio {:.3f}\n", name,
             photos.size(), 1e3 * decode, 1e3 * preprocess, preprocess / decode);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: resample_bench FOLDER [ROUNDS]\n");
    return 2;
  }
  const int rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 5;
  cv::setNumThreads(1);
  using saccade::Interpolation;
  using saccade::ResizeRule;
  struct Case {
    const char* name;
    saccade::PreprocessRecipe recipe;
  };
  const Case cases[] = {
      {"shortest edge 248, bicubic, crop 224",
       recipe(ResizeRule::shortest_edge, 248, Interpolation::bicubic)},
      {"squash 256, bicubic, crop 224", recipe(ResizeRule::exact, 256, Interpolation::bicubic)},
      {"squash 224, bilinear", recipe(ResizeRule::exact, 224, Interpolation::bilinear)},
      {"shortest edge 256, lanczos, crop 224",
       recipe(ResizeRule::shortest_edge, 256, Interpolation::lanczos)},
  };
  for (const Case& c : cases) {
    auto photos = read_photos(argv[1]);
    measure(c.recipe, rounds, photos);
    report(c.name, photos);
  }
}
