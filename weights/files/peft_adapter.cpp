#include "weights/files/peft_adapter.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "weights/base/errors.h"
#include "weights/base/text.h"
#include "weights/files/file_exists.h"
#include "weights/files/json_file.h"

namespace saccade {

void refuse_adapter(const std::filesystem::path& folder, const std::string& name) {
  const std::filesystem::path file = folder / kAdapterConfigFile;
  if (!file_exists(file)) return;
  const nlohmann::json config = read_json_file(file);
  const auto text = [&](const char* key) {
    const auto found = config.is_object() ? config.find(key) : config.end();
    return config.is_object() && found != config.end() && found->is_string()
               ? found->get<std::string>()
               : std::string();
  };
  const std::string base = text("base_model_name_or_path"), kind = text("peft_type");
  throw ModelError(fmt::format(
      "{}: a PEFT adapter{}, which only changes another model{}; merge it into that model in "
      "Python with merge_and_unload() and save_pretrained(), and give the folder that this makes",
      name.empty() ? file.string() : name, kind.empty() ? "" : fmt::format(" ({})", quote(kind)),
      base.empty() ? "" : ", " + quote(base)));
}

}  // namespace saccade
