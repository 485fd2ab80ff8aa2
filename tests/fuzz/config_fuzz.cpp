// libFuzzer target: the configuration files of a checkpoint whose tensors are sound. Anything but a
// valid model, or a ModelError or UsageError of one printable line, is a finding.
//
// The input is a JSON object: "config" and "processor" are the two files, "tensors" names the
// golden case (or tiny checkpoint) whose tensors they go with, and the bits of "choice" choose
// overrides. Seeds: config_seeds/ and the golden cases. Mutations use the keys that the readers
// look up and the values that the seeds have.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/shared_data.h"
#include "tests/unit/weights/tiny_checkpoint.h"
#include "weights/base/errors.h"
#include "weights/base/json_text.h"
#include "weights/base/text.h"
#include "weights/config/model_config.h"
#include "weights/timm/timm_config.h"
#include "weights/timm/timm_entry_points.h"
#include "weights/transformers/transformers_config.h"
#include "weights/weights.h"

namespace {

using namespace saccade;

/// The path of a file that exists only in memory, as long as the process.
std::string in_memory(const test::TinyTensors& tensors) {
  const std::string bytes = test::safetensors_of(tensors);
  const int file = memfd_create("tensors", 0);
  if (file < 0 || write(file, bytes.data(), bytes.size()) != ssize_t(bytes.size())) std::abort();
  return "/proc/self/fd/" + std::to_string(file);
}

/// Files of tensors by name: every golden case, that is every kind of block and position, and two
/// tiny checkpoints.
const std::map<std::string, std::string>& tensor_files() {
  static const auto files = [] {
    std::map<std::string, std::string> list{
        {"tiny_transformers", in_memory(test::tiny_transformers_tensors())},
        {"tiny_timm", in_memory(test::tiny_timm_tensors())}};
    for (const auto& entry :
         std::filesystem::directory_iterator(test::source_path("tests/golden/cases"))) {
      const auto file = entry.path() / "model.safetensors";
      if (exists(file)) list[entry.path().filename().string()] = file.string();
    }
    return list;
  }();
  return files;
}

const std::string& tensor_path(const std::string& name) {
  const auto found = tensor_files().find(name);
  return found != tensor_files().end() ? found->second : tensor_files().at("tiny_transformers");
}

RecipeOverrides overrides_of(uint64_t bits) {
  RecipeOverrides overrides;
  overrides.use_test_size = bits & 2;
  if (bits & 4) overrides.img_size = ImageSize{6, 10};
  if (bits & 8) overrides.crop_pct = 0.9;
  if (bits & 16) overrides.crop_mode = CropMode::border;
  return overrides;
}

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const ModelConfig& model) {
  const VitDescription& vit = model.vit;
  require(!problem_of(vit));
  const PreprocessRecipe& recipe = model.recipe;
  for (const ImageSize& size : {recipe.resize, recipe.output_size()}) {
    require(size.height >= 1 && size.width >= 1);
    require(size.height <= ConfigReader::kMaxSide && size.width <= ConfigReader::kMaxSide);
  }
  for (size_t c = 0; c < 3; ++c) {
    const float scaled = (1.0f - float(recipe.mean[c])) / float(recipe.std[c]);
    require(scaled - scaled == 0);  // finite
  }
  require(model.labels.names.size() <= size_t(vit.head.classes));
  require(model.labels.descriptions.size() <= size_t(vit.head.classes));
  require(model.sources.contains("resize") && model.sources.contains("labels"));
}

ModelConfig resolve(const ConfigReader& config, const ConfigReader& processor,
                    const TensorFile& tensors, const RecipeOverrides& overrides) {
  if (config.has("architecture")) {
    return resolve_timm_config(config, tensors, find_naming(tensors), overrides);
  }
  return resolve_transformers_config(config, processor, overrides);
}

/// UTF-8 without control characters, line breaks or changes of direction.
void require_one_printable_line(std::string_view text) { require(escaped(text) == text); }

/// The keys that readers have looked up in this process so far.
const std::shared_ptr<ConfigReader::Keys>& known_keys() {
  static const auto keys = [] {
    auto list = std::make_shared<ConfigReader::Keys>();
    list->insert({"config", "processor", "tensors", "choice", "0", "3"});
    list->insert(timm_args().begin(), timm_args().end());
    return list;
  }();
  return keys;
}

/// Values that inputs have had so far, extreme ones, and every name that Saccade knows.
std::vector<nlohmann::json>& known_values() {
  static auto values = [] {
    auto list = nlohmann::json::parse(R"([
      null, true, false, 0, 1, 2, 3, 4, 6, 8, 16384, -1, 0.5, 0.01, 10, 1e-300, 1e308,
      9223372036854775807, 18446744073709551615, "", "\u001b", [], [4], [4, 4], {},
      {"shortest_edge": 5}, {"height": 4, "width": 4}])")
                    .get<std::vector<nlohmann::json>>();
    for (const auto& [name, file] : tensor_files()) list.emplace_back(name);
    for (const TimmEntryPoint& entry : timm_entry_points()) list.emplace_back(entry.name);
    return list;
  }();
  return values;
}

/// Adds the scalars and small lists in `value` to known_values().
void learn_values(const nlohmann::json& value) {
  constexpr size_t kMostValues = 4096, kMostItems = 4, kLongestText = 64;
  static std::set<nlohmann::json> seen(known_values().begin(), known_values().end());
  for (const auto& item : value) {
    if (item.is_structured()) learn_values(item);
    const bool small =
        item.size() <= kMostItems &&
        (!item.is_string() || item.get_ref<const std::string&>().size() <= kLongestText);
    if (item.is_object() || !small || seen.size() >= kMostValues) continue;
    if (seen.insert(item).second) known_values().push_back(item);
  }
}

/// Replaces, adds or removes one value somewhere in `value`.
void change(nlohmann::json& value, std::mt19937& random) {
  const bool deeper = random() % 2 && !value.empty();
  if (value.is_structured() && deeper) {
    return change(*std::next(value.begin(), std::ptrdiff_t(random() % value.size())), random);
  }
  const ConfigReader::Keys& keys = *known_keys();
  const nlohmann::json& other = known_values()[random() % known_values().size()];
  if (!value.is_object()) {
    value = other;
  } else if (random() % 4 == 0 && !value.empty()) {
    value.erase(std::next(value.begin(), std::ptrdiff_t(random() % value.size())));
  } else {
    value[*std::next(keys.begin(), std::ptrdiff_t(random() % keys.size()))] = other;
  }
}

}  // namespace

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

/// Mostly keeps the input valid JSON, so that values are fuzzed and not only syntax.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  std::mt19937 random(seed);
  auto input = nlohmann::json::parse(data, data + size, nullptr, /*allow_exceptions=*/false);
  if (!input.is_object() || random() % 8 == 0) return LLVMFuzzerMutate(data, size, max_size);
  change(input, random);
  const std::string text = input.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (text.size() > max_size) return size;
  std::copy(text.begin(), text.end(), data);
  return text.size();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    nlohmann::json object = parse_json_object({reinterpret_cast<const char*>(data), size}, "fuzz");
    learn_values(object);
    // Labels are keys, too: unlimited, they would crowd out the keys that matter.
    const auto log = known_keys()->size() < 512 ? known_keys() : nullptr;
    const ConfigReader input(std::move(object), "fuzz", "fuzz", log);
    const auto config = input.object("config");
    const auto processor = input.object("processor");
    if (!config || !processor) return 0;
    const auto choice = static_cast<uint64_t>(input.integer("choice", 0, INT64_MAX).value_or(0));
    TensorFile tensors(tensor_path(input.text("tensors").value_or("")));
    const ModelConfig model = resolve(*config, *processor, tensors, overrides_of(choice));
    check(model);
    const FoundNaming naming = find_naming(tensors);
    const Weights weights(std::move(tensors), naming, model.vit, model.family->ignorable,
                          "tensors");
    for (const ExpectedTensor& tensor : expected_tensors(model.vit)) {
      require(weights.has(tensor.name));
    }
  } catch (const ModelError& error) {
    require_one_printable_line(error.what());
  } catch (const UsageError& error) {  // overrides that such a checkpoint cannot have
    require_one_printable_line(error.what());
  }
  return 0;
}
