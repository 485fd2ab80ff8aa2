// Reads the .npz files of numpy.savez: a zip of uncompressed .npy files. Only for trusted test
// data; checks no more than is needed to notice the wrong file.
#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace saccade::test {

/// Every f32 array of the file by name, its values in C order.
inline std::map<std::string, std::vector<float>> read_npz(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  const auto number = [&](size_t at, size_t width) {
    uint64_t value = 0;
    std::memcpy(&value, bytes.data() + at, width);
    return static_cast<size_t>(value);
  };
  const size_t end = bytes.rfind("PK\5\6");  // end of central directory
  if (end == std::string::npos) throw std::runtime_error("not a zip: " + path.string());

  std::map<std::string, std::vector<float>> arrays;
  size_t entry = number(end + 16, 4);
  for (size_t left = number(end + 10, 2); left > 0; --left) {
    const size_t size = number(entry + 20, 4), name_size = number(entry + 28, 2);
    std::string name = bytes.substr(entry + 46, name_size);
    const size_t local = number(entry + 42, 4);
    const size_t npy = local + 30 + number(local + 26, 2) + number(local + 28, 2);
    const size_t data = npy + 10 + number(npy + 8, 2);
    if (bytes.substr(npy, data - npy).find("'<f4', 'fortran_order': False") == std::string::npos) {
      throw std::runtime_error("not f32 in C order: " + name);
    }
    std::vector<float> values((npy + size - data) / sizeof(float));
    std::memcpy(values.data(), bytes.data() + data, values.size() * sizeof(float));
    arrays[name.substr(0, name.rfind(".npy"))] = std::move(values);
    entry += 46 + name_size + number(entry + 30, 2) + number(entry + 32, 2);
  }
  return arrays;
}

}  // namespace saccade::test
