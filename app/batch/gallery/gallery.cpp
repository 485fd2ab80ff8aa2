#include "app/batch/gallery/gallery.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "app/batch/gallery/gallery_choice.h"
#include "app/batch/gallery/gallery_thumbnails.h"
#include "app/batch/gallery/page.h"
#include "app/batch/results/result_reader.h"
#include "app/cli/page_text.h"
#include "app/maps/map_caption.h"
#include "app/results/json_values.h"
#include "weights/base/text.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

constexpr size_t kRecordsInFile = 2000;
const fs::path kReport = "report";

/// Encodes `path`, relative to the page, as a link.
std::string url_of(std::string_view path) {
  constexpr std::string_view kPlain = "-._~/!$'()*+,;=@";
  std::string url;
  for (const char c : path) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       kPlain.find(c) != kPlain.npos;
    url += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return url;
}

/// The error without the leading file name, which the page shows beside it.
std::string_view reason_of(std::string_view error, const GalleryPicture& picture) {
  for (const std::string& name : {picture.source.value_or(""), picture.name}) {
    if (!name.empty() && error.starts_with(name + ": ")) return error.substr(name.size() + 2);
  }
  return error;
}

/// Links from the report's folder to pictures. Both ends are resolved except for the picture
/// itself, because ".." in a link applies to names, not to symbolic links.
class PictureLinks {
 public:
  explicit PictureLinks(const fs::path& report) : report_(fs::canonical(report)) {}

  std::string to(const fs::path& picture) {
    const fs::path folder = picture.parent_path();
    if (!link_ || folder != folder_) {
      std::error_code ignored;
      folder_ = folder;
      link_ = fs::weakly_canonical(folder.empty() ? fs::path(".") : folder, ignored)
                  .lexically_relative(report_);
    }
    return url_of((*link_ / picture.filename()).string());
  }

 private:
  fs::path report_;
  fs::path folder_;               // of the previous picture
  std::optional<fs::path> link_;  // link to that folder
};

/// The second pass through the results, which writes the data files that the page loads.
class GalleryData {
 public:
  GalleryData(const OutputFolder& folder, const GallerySettings& settings,
              const PictureSource& source)
      : folder_(folder),
        with_links_(settings.links),
        source_(source),
        thumbnails_(folder, kReport / "thumbnails", settings),
        links_(folder.path() / kReport) {}

  void add(const ImageResult& result) {
    Json record = {{"file", printable(result.file)}};
    GalleryPicture picture{result.file, source_(result.file)};
    if (picture.source && with_links_) record["url"] = links_.to(*picture.source);
    if (result.error.empty()) {
      describe(result, record);
      ++pictures_;
    } else {
      record["error"] = printable(reason_of(result.error, picture));
      picture.source.reset();  // no thumbnail is needed
    }
    records_.push_back(std::move(record));
    waiting_.push_back(std::move(picture));
    if (records_.size() == kRecordsInFile) write_file();
  }

  /// Writes the remaining records. Returns the counts and file names that the page starts with.
  Json finish() {
    if (!records_.empty()) write_file();
    Json labels = Json::object();
    for (const auto& [index, label] : labels_) labels[std::to_string(index)] = printable(label);
    return {{"files", files_}, {"shown", pictures_}, {"labels", labels}};
  }

  /// Removes data files that an earlier gallery left.
  void remove_others() const {
    for (size_t i = files_; folder_.remove(file(i)); ++i) continue;
    thumbnails_.remove_others();
  }

 private:
  fs::path file(size_t number) const { return kReport / fmt::format("data-{:03}.js", number); }

  /// page.js documents the fields.
  void describe(const ImageResult& result, Json& record) {
    Json& top = record["top"] = Json::array();
    for (const Prediction& prediction : result.predictions) {
      labels_.emplace(prediction.index, prediction.label);
      top.push_back({prediction.index, shortest_decimal(prediction.score)});
    }
    if (!result.written || result.written->maps.empty()) return;
    Json& maps = record["maps"] = Json::array();
    for (const WrittenMap& map : result.written->maps) {
      if (map.file.empty()) continue;
      const auto index = map.map.class_index;
      maps.push_back(
          {name_of(map.map.method), index ? Json(*index) : Json(), "../" + url_of(map.file)});
    }
  }

  void write_file() {
    const std::vector<std::string> names = thumbnails_.make(waiting_);
    for (size_t i = 0; i < names.size(); ++i) {
      if (!names[i].empty()) records_[i]["thumbnail"] = names[i];
    }
    folder_.write(file(files_++), "saccadeGallery.add(" + script_json(records_) + ");\n");
    records_ = Json::array();
    waiting_.clear();
  }

  const OutputFolder& folder_;
  bool with_links_;
  const PictureSource& source_;
  GalleryThumbnails thumbnails_;
  PictureLinks links_;
  Json records_ = Json::array();
  std::vector<GalleryPicture> waiting_;  // of the records
  std::map<int64_t, std::string> labels_;
  size_t files_ = 0;
  uint64_t pictures_ = 0;
};

/// Allows the embedded scripts and the data files beside the page; nothing else runs, and nothing
/// is fetched. Pictures may lie anywhere on the disk.
std::string security_policy() {
  return fmt::format(
      "default-src 'none'; img-src 'self' file: data:; style-src {}; script-src 'self' file: {}; "
      "base-uri 'none'; form-action 'none'",
      hash_sources({theme_css(), gallery_css()}),
      hash_sources(
          {gallery_store(), gallery_charts(), gallery_grid(), gallery_detail(), gallery_js()}));
}

std::string index_page(const Json& data) {
  return fill_page(gallery_html().text, {{"policy", security_policy()},
                                         {"theme", theme_css().text},
                                         {"css", gallery_css().text},
                                         {"data", script_json(data)},
                                         {"store", gallery_store().text},
                                         {"charts", gallery_charts().text},
                                         {"grid", gallery_grid().text},
                                         {"detail", gallery_detail().text},
                                         {"js", gallery_js().text}});
}

}  // namespace

void write_gallery(const OutputFolder& folder, const GalleryFacts& facts,
                   const GallerySettings& settings, const PictureSource& source) {
  const fs::path results = folder.path() / kResultsFile;
  folder.make_folder(kReport);
  GalleryChoice choice(settings.most_pictures, settings.most_failures);
  read_results(results, [&](const StoredResult& stored) { choice.count(stored.result); });
  GalleryData data(folder, settings, source);
  read_results(results, [&](const StoredResult& stored) {
    if (choice.shows(stored.result)) data.add(stored.result);
  });
  Json page = {{"model", printable(short_name(facts.model))},
               {"probabilities", facts.probabilities},
               {"outcome", facts.outcome},
               {"written", facts.written},
               {"found", facts.pictures},
               {"classified", choice.pictures()},
               {"failed", choice.failures()},
               {"least", facts.probabilities ? 0 : shortest_decimal(choice.least())},
               {"greatest", facts.probabilities ? 1 : shortest_decimal(choice.greatest())}};
  page.update(data.finish());
  folder.write(kReport / "index.html", index_page(page));
  data.remove_others();
}

}  // namespace saccade
