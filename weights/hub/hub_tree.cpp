#include "weights/hub/hub_tree.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "weights/hub/etag_hash.h"

namespace saccade {
namespace {

std::optional<TreeFile> file_of(const nlohmann::json& entry) {
  const auto lfs = entry.find("lfs");
  const nlohmann::json& stored = lfs != entry.end() && lfs->is_object() ? *lfs : entry;
  const auto oid = stored.find("oid"), size = stored.find("size");
  if (oid == stored.end() || !oid->is_string() || !is_hash(oid->get<std::string>())) return {};
  if (size == stored.end() || !size->is_number_unsigned()) return {};
  return TreeFile{oid->get<std::string>(), size->get<uint64_t>()};
}

}  // namespace

HubTree parse_hub_tree(std::string_view json) {
  HubTree tree;
  const auto list = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!list.is_array()) return tree;
  for (const nlohmann::json& entry : list) {
    if (!entry.is_object()) continue;
    const auto path = entry.find("path");
    if (path == entry.end() || !path->is_string()) continue;
    if (auto file = file_of(entry)) tree.emplace(path->get<std::string>(), std::move(*file));
  }
  return tree;
}

}  // namespace saccade
