// Builds the folder of a `saccade batch` run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/batch/gallery/gallery.h"
#include "app/results/report.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {

class GalleryRun {
 public:
  GalleryRun() { std::filesystem::create_directory(folder()); }

  std::filesystem::path folder() const { return place_.path() / "out"; }
  std::filesystem::path report() const { return folder() / "report"; }
  const TempDir& place() const { return place_; }

  bool probabilities = true;  ///< whether the scores are probabilities

  /// Adds a classified picture; `source` is its file, if any.
  void add(const std::string& name, std::vector<Prediction> predictions,
           const std::optional<std::filesystem::path>& source = std::nullopt,
           std::optional<WrittenFiles> written = std::nullopt) {
    add({name, std::move(predictions), "", std::move(written)}, source);
  }

  void add_failure(const std::string& name, const std::string& error) {
    add({name, {}, error, std::nullopt}, std::nullopt);
  }

  void write(const GallerySettings& settings = {}) {
    std::ofstream(folder() / "results.jsonl", std::ios::binary) << lines_;
    GalleryFacts facts;
    facts.model = "models/some model";
    facts.probabilities = probabilities;
    facts.outcome = "finished";
    facts.written = "2026-01-31 12:00 UTC";
    facts.pictures = count_;
    write_gallery(OutputFolder(folder()), facts, settings,
                  [&](const std::string& name) -> std::optional<std::string> {
                    const auto source = sources_.find(name);
                    if (source == sources_.end()) return std::nullopt;
                    return source->second.string();
                  });
  }

 private:
  void add(const ImageResult& result, const std::optional<std::filesystem::path>& source) {
    lines_ += make_jsonl_report({"some model", true, false})->record(result);
    if (source) sources_[result.file] = *source;
    ++count_;
  }

  TempDir place_;
  std::string lines_;
  std::map<std::string, std::filesystem::path> sources_;
  uint64_t count_ = 0;
};

}  // namespace saccade::test
