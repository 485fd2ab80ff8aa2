#include "weights/other_formats.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weights/base/errors.h"
#include "weights/base/input_file.h"
#include "weights/base/text.h"
#include "weights/files/file_exists.h"
#include "weights/files/json_file.h"
#include "weights/files/peft_adapter.h"
#include "weights/files/weights_files.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

// A file's name ends with `end`, and where `magic` is given its bytes begin so whatever its name.
struct Format {
  std::string_view end;
  std::string_view what;
  std::string_view remedy;
  std::string_view magic = "";
};

constexpr std::string_view kFromFlax =
    "convert them in Python: Model.from_pretrained(FOLDER, from_flax=True).save_pretrained(...) in "
    "transformers 4";
constexpr std::string_view kFromTensorFlow =
    "convert them in Python: Model.from_pretrained(FOLDER, from_tf=True).save_pretrained(...) in "
    "transformers 4";
constexpr std::string_view kExported =
    "an exported program has no readable structure; use the PyTorch or safetensors checkpoint that "
    "it was made from";
constexpr std::string_view kNoModel = "give the file of weights, or its folder";

constexpr std::array<Format, 24> kFormats{{
    {".msgpack", "Flax weights", kFromFlax},
    {"tf_model.h5", "TensorFlow weights", kFromTensorFlow},
    {".h5", "Keras or TensorFlow weights", kFromTensorFlow, "\x89HDF\r\n\x1a\n"},
    {".hdf5", "Keras or TensorFlow weights", kFromTensorFlow},
    {".keras", "a Keras model", kExported},
    {"saved_model.pb", "a TensorFlow SavedModel", kExported},
    {".ckpt.index", "a TensorFlow 1 checkpoint", kFromTensorFlow},
    {".pb", "a TensorFlow graph", kExported},
    {".tflite", "a TensorFlow Lite model", kExported},
    {".onnx", "an ONNX model", kExported},
    {".onnx_data", "the weights of an ONNX model", kExported},
    {".ort", "an ONNX Runtime model", kExported},
    {".gguf", "a GGUF file", kExported, "GGUF"},
    {".ggml", "a GGML file", kExported},
    {".npz", "NumPy arrays, as JAX's vision transformers are published",
     "load them in timm (it reads .npz) and save with timm.models.save_for_hf"},
    {".mlmodel", "a Core ML model", kExported},
    {".engine", "a TensorRT engine", kExported},
    {".pt2", "a program of torch.export", kExported},
    {"training_args.bin", "the arguments of a training", kNoModel},
    {"optimizer.pt", "the state of an optimiser", kNoModel},
    {"optimizer.bin", "the state of an optimiser", kNoModel},
    {"scheduler.pt", "the state of a learning-rate scheduler", kNoModel},
    {"rng_state.pth", "the state of a random generator", kNoModel},
    {"adapter_model.bin", "a PEFT adapter", "merge it into its base model with merge_and_unload()"},
}};

[[noreturn]] void refuse(const fs::path& file, const Format& format) {
  throw ModelError(fmt::format("{}: {}, not weights that Saccade reads; {}", file.string(),
                               format.what, format.remedy));
}

std::string first_bytes(const fs::path& file) {
  std::string bytes(8, '\0');
  InputStream stream(file);
  stream.read(bytes.data(), std::streamsize(bytes.size()));
  bytes.resize(size_t(stream.gcount()));
  return bytes;
}

const Format* format_named(const std::string& name) {
  const auto found = std::find_if(kFormats.begin(), kFormats.end(),
                                  [&](const Format& one) { return name.ends_with(one.end); });
  return found != kFormats.end() ? &*found : nullptr;
}

// The network of an OpenVINO model stands beside its weights, in XML.
bool is_openvino(const fs::path& file) {
  if (file.extension() != ".xml" && file.extension() != ".bin") return false;
  fs::path network = file;
  network.replace_extension(".xml");
  if (!file_exists(network)) return false;
  InputStream stream(network);
  std::string head(512, '\0');
  stream.read(head.data(), std::streamsize(head.size()));
  head.resize(size_t(stream.gcount()));
  return head.find("<net ") != std::string::npos;
}

[[noreturn]] void refuse_openvino(const fs::path& file) {
  refuse(file, {"", "an OpenVINO model", kExported});
}

// Names in the folder, sorted; at most so many, as anything can be given for a model.
std::vector<std::string> names_in(const fs::path& folder) {
  constexpr size_t kMost = 10'000;
  std::vector<std::string> names;
  std::error_code error;
  for (auto entry = fs::directory_iterator(folder, error);
       !error && entry != fs::directory_iterator() && names.size() < kMost;
       entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool has_weights(const fs::path& folder) {
  std::error_code ignored;
  return std::any_of(kWeightsFiles.begin(), kWeightsFiles.end(), [&](const WeightsFiles& files) {
    return fs::exists(folder / files.whole, ignored) || fs::exists(folder / files.index, ignored);
  });
}

// The number in "checkpoint-500"; nullopt for other names.
std::optional<uint64_t> checkpoint_number(std::string_view name) {
  constexpr std::string_view begin = "checkpoint-";
  if (!name.starts_with(begin)) return std::nullopt;
  name.remove_prefix(begin.size());
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

// The first of a list, for a message.
std::string first_of(const std::vector<std::string>& names) {
  constexpr size_t kShown = 5;
  const auto end = names.begin() + std::ptrdiff_t(std::min(names.size(), kShown));
  return fmt::format("{}{}", fmt::join(names.begin(), end, ", "),
                     names.size() > kShown ? ", ..." : "");
}

void refuse_trainers_root(const fs::path& folder, const std::vector<std::string>& names) {
  std::optional<uint64_t> newest;
  std::string name;
  for (const std::string& one : names) {
    const auto number = checkpoint_number(one);
    std::error_code ignored;
    if (!number || !fs::is_directory(folder / one, ignored) || (newest && *number <= *newest)) {
      continue;
    }
    newest = number;
    name = one;
  }
  if (!newest) return;
  throw ModelError(fmt::format(
      "{}: no weights in this folder, but a training's checkpoints; give one of them, the newest "
      "is {}",
      folder.string(), escaped((folder / name).string())));
}

void refuse_several_models(const fs::path& folder, const std::vector<std::string>& names) {
  std::vector<std::string> models;
  for (const std::string& name : names) {
    if (has_weights(folder / name)) models.push_back(escaped((folder / name).string()));
  }
  if (models.empty()) return;
  throw ModelError(
      fmt::format("{}: no weights in this folder itself, but in {} {} inside; give {}: {}",
                  folder.string(), models.size(), models.size() == 1 ? "folder" : "folders",
                  models.size() == 1 ? "that" : "one of them", first_of(models)));
}

// Weights that only a path of their own can name.
void refuse_other_names(const fs::path& folder, const std::vector<std::string>& names) {
  std::vector<std::string> files;
  for (const std::string& name : names) {
    if (format_named(name) || is_openvino(folder / name)) continue;
    const std::string extension = fs::path(name).extension().string();
    for (const char* one : {".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".tar"}) {
      if (extension == one) files.push_back(escaped((folder / name).string()));
    }
  }
  if (files.empty()) return;
  throw ModelError(fmt::format(
      "{}: neither model.safetensors nor pytorch_model.bin in this folder; give the file of "
      "weights by its own path: {}",
      folder.string(), first_of(files)));
}

}  // namespace

void refuse_other_format(const fs::path& file) {
  const std::string name = file.filename().string();
  if (name.starts_with("adapter_model.")) refuse_adapter(file.parent_path());
  if (is_openvino(file)) refuse_openvino(file);
  if (const Format* format = format_named(name)) refuse(file, *format);
  const std::string bytes = first_bytes(file);
  for (const Format& format : kFormats) {
    if (!format.magic.empty() && bytes.starts_with(format.magic)) refuse(file, format);
  }
}

void refuse_without_weights(const fs::path& folder) {
  const std::vector<std::string> names = names_in(folder);
  refuse_trainers_root(folder, names);
  for (const std::string& name : names) {
    if (is_openvino(folder / name)) refuse_openvino(folder / name);
    const Format* format = format_named(name);
    if (format && format->remedy != kNoModel) refuse(folder / name, *format);
  }
  for (const std::string& name : names_in(folder / "onnx")) {
    if (const Format* format = format_named(name)) refuse(folder / "onnx" / name, *format);
  }
  if (std::find(names.begin(), names.end(), "snapshots") != names.end()) {
    throw ModelError(fmt::format(
        "{}: a model's folder in the hub's cache; give the model's name on the hub (org/name), or "
        "a folder in {}",
        folder.string(), (folder / "snapshots").string()));
  }
  refuse_several_models(folder, names);
  refuse_other_names(folder, names);
  throw ModelError(fmt::format("{}: neither model.safetensors nor pytorch_model.bin in this folder",
                               folder.string()));
}

}  // namespace saccade
