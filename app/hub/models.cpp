#include "app/hub/models.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <exception>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli/exit_code.h"
#include "app/cli/messages.h"
#include "app/cli/output.h"
#include "app/predict/download_progress.h"
#include "app/results/json_values.h"
#include "weights/base/errors.h"
#include "weights/base/text.h"
#include "weights/checkpoint.h"
#include "weights/hub/cached_models.h"

namespace saccade {
namespace {

/// A cached model and, if it can be opened, what kind of model it is.
struct ListedModel {
  CachedModel cached;
  std::string family, architecture;
  int64_t labels = 0;
  std::string reason;  ///< why it does not run; empty if it does
};

ListedModel list_model(CachedModel cached) {
  ListedModel model{std::move(cached), "", "", 0, ""};
  model.reason = model.cached.flaw;
  if (!model.reason.empty()) return model;
  try {
    const Checkpoint checkpoint = open_checkpoint(model.cached.snapshot);
    model.family = checkpoint.config.family->name;
    model.architecture = checkpoint.config.architecture;
    model.labels = checkpoint.config.vit.head.classes;
  } catch (const std::exception& error) {  // a broken model must not hide the others
    model.reason = error.what();
  }
  return model;
}

/// Branches and tags; if there are none, an abbreviated commit.
std::string revision_text(const CachedModel& model) {
  constexpr size_t kShownDigits = 12;
  if (model.refs.empty()) return model.commit.empty() ? "-" : model.commit.substr(0, kShownDigits);
  return fmt::format("{}", fmt::join(model.refs, ","));
}

std::string table_of(const std::vector<ListedModel>& models) {
  constexpr size_t kColumns = 6;
  using Row = std::array<std::string, kColumns>;
  std::vector<Row> rows{{"NAME", "REVISION", "SIZE", "FAMILY", "LABELS", "RUNS"}};
  for (const ListedModel& model : models) {
    const bool runs = model.reason.empty();
    rows.push_back({model.cached.repo, escaped(revision_text(model.cached)),
                    bytes_text(model.cached.bytes), runs ? model.family : "-",
                    runs ? std::to_string(model.labels) : "-",
                    runs ? "yes" : "no: " + escaped(model.reason)});
  }
  std::array<size_t, kColumns> widths{};
  for (const Row& row : rows) {
    for (size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    for (size_t i = 0; i + 1 < kColumns; ++i) text += fmt::format("{:{}}  ", row[i], widths[i]);
    text += row.back() + '\n';
  }
  return text;
}

std::string json_of(const std::vector<ListedModel>& models) {
  Json list = Json::array();
  for (const ListedModel& model : models) {
    const bool runs = model.reason.empty();
    Json entry{{"name", model.cached.repo},
               {"commit", model.cached.commit},
               {"refs", model.cached.refs},
               {"bytes", model.cached.bytes},
               {"folder", model.cached.snapshot.string()},
               {"runs", runs}};
    if (runs) {
      entry["family"] = model.family;
      entry["architecture"] = model.architecture;
      entry["labels"] = model.labels;
    } else {
      entry["reason"] = model.reason;
    }
    list.push_back(std::move(entry));
  }
  return pretty_json(list);
}

}  // namespace

int models(const ModelsOptions& options) {
  const HubSettings settings = hub_settings();
  if (options.remove) {
    const uint64_t freed = remove_cached_model(settings, *options.remove);
    print_note(fmt::format("{}: removed, {} freed", *options.remove, bytes_text(freed)));
    return kExitDone;
  }
  std::vector<ListedModel> found;
  for (CachedModel& model : cached_models(settings)) found.push_back(list_model(std::move(model)));
  if (found.empty() && !options.json) {
    print_note(fmt::format("no models in {}", settings.cache.string()));
    return kExitDone;
  }
  Output output;
  output.write(options.json ? json_of(found) : table_of(found));
  output.flush();
  return kExitDone;
}

}  // namespace saccade
