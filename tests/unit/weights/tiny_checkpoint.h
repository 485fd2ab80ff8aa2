// Checkpoints of a few hundred bytes, well-formed until a test changes them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/safetensors_bytes.h"
#include "tests/support/temp_dir.h"
#include "weights/config/config_reader.h"
#include "weights/files/tensor_file.h"

namespace saccade::test {

struct TinyTensor {
  std::string name;
  std::vector<int64_t> shape;
  std::string dtype = "F32";
};
using TinyTensors = std::vector<TinyTensor>;

/// Element `index` of every tiny tensor: exact in each element type.
inline float tiny_value(int64_t index) { return float(index % 7) * 0.25f - 0.5f; }

inline std::string tiny_element(const std::string& dtype, int64_t index) {
  const float value = tiny_value(index);
  const double wide = value;
  uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  const auto high = static_cast<uint16_t>(bits >> 16);
  // The exponent's bias is 127 in f32, 15 in f16; zero has no exponent.
  const uint32_t magnitude =
      (bits & 0x7fffffffu) == 0 ? 0 : ((bits >> 13) & 0x3ffff) - (112u << 10);
  const auto half = static_cast<uint16_t>((bits >> 16 & 0x8000u) | (magnitude & 0x7fffu));
  std::string bytes;
  const auto append = [&](const auto& number) {
    bytes.assign(reinterpret_cast<const char*>(&number), sizeof number);
  };
  if (dtype == "F64") {
    append(wide);
  } else if (dtype == "F16") {
    append(half);
  } else if (dtype == "BF16") {
    append(high);
  } else if (dtype == "I64") {
    append(index);
  } else {
    append(value);
  }
  return bytes;
}

inline std::string safetensors_of(const TinyTensors& tensors) {
  nlohmann::json header = nlohmann::json::object();
  std::string data;
  for (const TinyTensor& tensor : tensors) {
    const size_t begin = data.size();
    int64_t count = 1;
    // A shape of no elements may hold any other number.
    const bool empty = std::count(tensor.shape.begin(), tensor.shape.end(), 0) > 0;
    for (const int64_t size : tensor.shape) count = empty ? 0 : count * size;
    for (int64_t i = 0; i < count; ++i) data += tiny_element(tensor.dtype, i);
    header[tensor.name] = {
        {"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {begin, data.size()}}};
  }
  return safetensors_bytes(header.dump(), data);
}

// The tiny transformer: 4x4 pixels in patches of 2, width 6, two heads, two blocks, MLP 8, three
// classes.

inline TinyTensors tiny_timm_tensors() {
  TinyTensors tensors{{"cls_token", {1, 1, 6}},
                      {"pos_embed", {1, 5, 6}},
                      {"patch_embed.proj.weight", {6, 3, 2, 2}},
                      {"patch_embed.proj.bias", {6}}};
  for (const std::string block : {"blocks.0.", "blocks.1."}) {
    const TinyTensors parts{{block + "norm1.weight", {6}},        {block + "norm1.bias", {6}},
                            {block + "attn.qkv.weight", {18, 6}}, {block + "attn.qkv.bias", {18}},
                            {block + "attn.proj.weight", {6, 6}}, {block + "attn.proj.bias", {6}},
                            {block + "norm2.weight", {6}},        {block + "norm2.bias", {6}},
                            {block + "mlp.fc1.weight", {8, 6}},   {block + "mlp.fc1.bias", {8}},
                            {block + "mlp.fc2.weight", {6, 8}},   {block + "mlp.fc2.bias", {6}}};
    tensors.insert(tensors.end(), parts.begin(), parts.end());
  }
  const TinyTensors last{
      {"norm.weight", {6}}, {"norm.bias", {6}}, {"head.weight", {3, 6}}, {"head.bias", {3}}};
  tensors.insert(tensors.end(), last.begin(), last.end());
  return tensors;
}

inline nlohmann::json tiny_timm_config() {
  return {{"architecture", "test_vit"},
          {"num_classes", 3},
          {"pretrained_cfg", {{"input_size", {3, 4, 4}}}}};
}

/// `prefix` stands before the backbone's names.
inline TinyTensors tiny_transformers_tensors(const std::string& prefix = "vit.") {
  TinyTensors tensors{{prefix + "embeddings.cls_token", {1, 1, 6}},
                      {prefix + "embeddings.position_embeddings", {1, 5, 6}},
                      {prefix + "embeddings.patch_embeddings.projection.weight", {6, 3, 2, 2}},
                      {prefix + "embeddings.patch_embeddings.projection.bias", {6}}};
  const auto add_linear = [&](const std::string& name, int64_t out, int64_t in) {
    tensors.push_back({name + ".weight", {out, in}});
    tensors.push_back({name + ".bias", {out}});
  };
  const auto add_norm = [&](const std::string& name) {
    tensors.push_back({name + ".weight", {6}});
    tensors.push_back({name + ".bias", {6}});
  };
  for (const char* number : {"0", "1"}) {
    const std::string layer = prefix + "encoder.layer." + number + ".";
    add_norm(layer + "layernorm_before");
    for (const char* part : {"query", "key", "value"}) {
      add_linear(layer + "attention.attention." + part, 6, 6);
    }
    add_linear(layer + "attention.output.dense", 6, 6);
    add_norm(layer + "layernorm_after");
    add_linear(layer + "intermediate.dense", 8, 6);
    add_linear(layer + "output.dense", 6, 8);
  }
  add_norm(prefix + "layernorm");
  add_linear("classifier", 3, 6);
  return tensors;
}

inline nlohmann::json tiny_transformers_config() {
  return {{"architectures", {"ViTForImageClassification"}},
          {"model_type", "vit"},
          {"hidden_size", 6},
          {"num_hidden_layers", 2},
          {"num_attention_heads", 2},
          {"intermediate_size", 8},
          {"image_size", 4},
          {"patch_size", 2},
          {"id2label", {{"0", "ant"}, {"1", "bee"}, {"2", "cat"}}}};
}

inline ConfigReader config_reader(const nlohmann::json& config) {
  return ConfigReader(config, "models/x/config.json", "config.json");
}

/// Opens tensors written to a folder of their own.
struct TinyFile {
  explicit TinyFile(const TinyTensors& list)
      : tensors(folder.write("model.safetensors", safetensors_of(list))) {}
  TempDir folder;
  TensorFile tensors;
};

inline TinyTensor& find_tensor(TinyTensors& tensors, const std::string& name) {
  return *std::find_if(tensors.begin(), tensors.end(),
                       [&](const TinyTensor& tensor) { return tensor.name == name; });
}

}  // namespace saccade::test
