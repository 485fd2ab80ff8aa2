// A golden checkpoint with values changed.
#pragma once

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/golden_case.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {

/// Writes copies of a golden checkpoint whose weights are one safetensors file of f32.
class SpoiledCheckpoint {
 public:
  struct Tensor {
    std::string name;
    size_t begin;  ///< in the file
    int64_t count;
  };

  explicit SpoiledCheckpoint(const std::string& name) {
    for (const auto& file : std::filesystem::directory_iterator(golden_path(name))) {
      std::ifstream stream(file.path(), std::ios::binary);
      const std::string bytes(std::istreambuf_iterator<char>(stream), {});
      folder_.write(file.path().filename().string(), bytes);
      if (file.path().filename() == "model.safetensors") original_ = bytes;
    }
    uint64_t header_size = 0;
    std::memcpy(&header_size, original_.data(), sizeof header_size);
    const auto header = nlohmann::json::parse(original_.substr(8, header_size));
    for (const auto& [tensor, where] : header.items()) {
      if (tensor == "__metadata__" || where["dtype"] != "F32") continue;
      const auto offsets = where["data_offsets"].get<std::vector<size_t>>();
      tensors_.push_back({tensor, 8 + header_size + offsets[0],
                          int64_t((offsets[1] - offsets[0]) / sizeof(float))});
    }
    bytes_ = original_;
  }

  const std::filesystem::path& path() const { return folder_.path(); }
  const std::vector<Tensor>& tensors() const { return tensors_; }

  /// Changes one value of the file.
  void set(const Tensor& tensor, int64_t index, float value) {
    std::memcpy(bytes_.data() + tensor.begin + size_t(index) * sizeof value, &value, sizeof value);
    folder_.write("model.safetensors", bytes_);
  }
  /// Changes all values of a tensor.
  void fill(const Tensor& tensor, float value) {
    for (int64_t i = 0; i < tensor.count; ++i) set(tensor, i, value);
  }
  /// Undoes all changes.
  void reset() {
    bytes_ = original_;
    folder_.write("model.safetensors", bytes_);
  }

 private:
  TempDir folder_;
  std::string original_, bytes_;
  std::vector<Tensor> tensors_;
};

}  // namespace saccade::test
