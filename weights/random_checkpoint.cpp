#include "weights/random_checkpoint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <utility>

#include "weights/base/errors.h"
#include "weights/base/text.h"

namespace saccade {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian");

struct Size {
  std::string_view name;
  int64_t dim, depth, heads;
};
constexpr std::array<Size, 4> kSizes{
    {{"tiny", 192, 12, 3}, {"small", 384, 12, 6}, {"base", 768, 12, 12}, {"large", 1024, 24, 16}}};
constexpr std::array<int64_t, 3> kPatches{14, 16, 32};
constexpr std::array<int64_t, 2> kImages{224, 384};

struct Architecture {
  std::string name;
  Size size;
  int64_t patch, image;
};

std::vector<Architecture> architectures() {
  std::vector<Architecture> list;
  for (const Size& size : kSizes) {
    for (const int64_t patch : kPatches) {
      for (const int64_t image : kImages) {
        list.push_back(
            {fmt::format("vit_{}_patch{}_{}", size.name, patch, image), size, patch, image});
      }
    }
  }
  return list;
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

[[noreturn]] void fail() {
  throw SystemError("cannot make random weights: " + std::generic_category().message(errno));
}

void write(const File& file, const void* bytes, size_t size) {
  if (std::fwrite(bytes, 1, size, file.get()) != size) fail();
}

int64_t count_of(const ExpectedTensor& tensor) {
  int64_t count = 1;
  for (const int64_t extent : tensor.shape) count *= extent;
  return count;
}

void write_header(const File& file, const ExpectedTensors& tensors) {
  nlohmann::ordered_json header;
  int64_t end = 0;
  for (const ExpectedTensor& tensor : tensors) {
    const int64_t begin = std::exchange(end, end + 4 * count_of(tensor));
    header[tensor.name] = {
        {"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {begin, end}}};
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that tensors are aligned
  const uint64_t length = text.size();
  write(file, &length, sizeof length);
  write(file, text.data(), text.size());
}

/// Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators": SplitMix64.
uint64_t next_bits(uint64_t& state) {
  uint64_t z = state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

void write_values(const File& file, const ExpectedTensor& tensor, uint64_t& state) {
  const float half_width = 0.02f * std::sqrt(3.0f);
  const bool ones = tensor.name.ends_with("norm.weight") || tensor.name.ends_with("norm1.weight") ||
                    tensor.name.ends_with("norm2.weight");
  std::vector<float> part(size_t(std::min<int64_t>(count_of(tensor), 1 << 16)), 1.0f);
  for (int64_t left = count_of(tensor); left > 0;) {
    const auto size = size_t(std::min(left, int64_t(part.size())));
    if (!ones) {
      for (float& value : part) {
        value = half_width * (float(next_bits(state) >> 40) * 0x1p-23f - 1.0f);
      }
    }
    write(file, part.data(), size * sizeof(float));
    left -= int64_t(size);
  }
}

ModelConfig config_of(std::string_view architecture, VitDescription vit) {
  ModelConfig config;
  config.family = find_family(ConfigKind::timm, "vit");
  config.architecture = architecture;
  config.recipe.resize = vit.tokens.image;
  config.vit = std::move(vit);
  return config;
}

}  // namespace

std::vector<std::string> random_architectures() {
  std::vector<std::string> names;
  for (Architecture& known : architectures()) names.push_back(std::move(known.name));
  return names;
}

VitDescription named_vit(std::string_view architecture) {
  for (const auto& [name, size, patch, image] : architectures()) {
    if (name != architecture) continue;
    VitDescription vit;
    vit.tokens.image = {image, image};
    vit.tokens.patch = patch;
    vit.dim = size.dim;
    vit.depth = size.depth;
    vit.attention.heads = size.heads;
    vit.mlp.hidden_dim = 4 * size.dim;
    vit.head.classes = 1000;
    vit.head.classifiers = {{"head", 0}};
    return vit;
  }
  throw UsageError(fmt::format("unknown architecture {}; there are {}", quote(architecture),
                               fmt::join(random_architectures(), ", ")));
}

Checkpoint random_checkpoint(std::string_view architecture, uint64_t seed) {
  ModelConfig config = config_of(architecture, named_vit(architecture));
  const int descriptor = memfd_create("saccade-random-weights", MFD_CLOEXEC);
  const File file(descriptor < 0 ? nullptr : fdopen(descriptor, "wb"));
  if (!file) fail();
  const ExpectedTensors tensors = expected_tensors(config.vit);
  write_header(file, tensors);
  for (const ExpectedTensor& tensor : tensors) write_values(file, tensor, seed);
  if (std::fflush(file.get()) != 0) fail();

  std::string name = config.architecture + ", random weights";
  TensorFile opened(fmt::format("/proc/self/fd/{}", descriptor));  // the mapping outlives the file
  FoundNaming naming = find_naming(opened);
  Weights weights(std::move(opened), std::move(naming), config.vit, {}, name);
  return {std::move(name), {}, std::move(config), std::move(weights)};
}

}  // namespace saccade
