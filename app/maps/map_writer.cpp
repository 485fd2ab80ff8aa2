#include "app/maps/map_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "app/maps/map_caption.h"
#include "vision/overlay/caption.h"
#include "vision/overlay/panel.h"
#include "vision/overlay/picture_file.h"

namespace saccade {
namespace {

ImageSize size_of(const cv::Mat& picture) { return {picture.rows, picture.cols}; }

/// Whether the sheet is a grid with layers down and heads across: attention maps only, of several
/// layers and heads.
bool is_grid(const std::vector<PictureMap>& maps) {
  const auto differs = [&](auto part) {
    return std::any_of(maps.begin(), maps.end(), [&](const PictureMap& map) {
      return part(map.id) != part(maps.front().id);
    });
  };
  const bool attention = std::all_of(maps.begin(), maps.end(), [](const PictureMap& map) {
    return map.id.method == MapMethod::attention;
  });
  return attention && differs([](const MapId& id) { return id.layer; }) &&
         differs([](const MapId& id) { return id.heads->head; });
}

int heads_of_a_layer(const std::vector<PictureMap>& maps) {
  return static_cast<int>(std::count_if(maps.begin(), maps.end(), [&](const PictureMap& map) {
    return map.id.layer == maps.front().id.layer;
  }));
}

/// At most five columns, with as few empty cells as possible.
int even_columns(int64_t cells) {
  constexpr int64_t kMost = 5;
  const int64_t rows = (cells + kMost - 1) / kMost;
  return static_cast<int>((cells + rows - 1) / rows);
}

std::optional<std::string> label_of(const std::optional<Prediction>& prediction) {
  return prediction ? std::optional(prediction->label) : std::nullopt;
}

}  // namespace

MapWriter::MapWriter(const MapFileOptions& options, const MapOptions& maps,
                     const Checkpoint& checkpoint, const MapFiles& files, bool probabilities)
    : options_(options),
      maps_(maps),
      checkpoint_(checkpoint),
      files_(files),
      input_(checkpoint.input_size()),
      grid_(checkpoint.config.vit.tokens.grid(input_)),
      probabilities_(probabilities) {}

WrittenFiles MapWriter::write(const MappedPicture& picture, const std::vector<PictureMap>& maps,
                              const std::vector<Prediction>& predictions) const {
  WrittenFiles written;
  for (const PictureMap& map : maps) {
    WrittenMap files{map.id, "", ""};
    if (!options_.panel) files.file = write_overlay(picture, map);
    if (options_.raw) files.raw = write_raw(picture, map);
    if (!files.file.empty() || !files.raw.empty()) written.maps.push_back(files);
  }
  if (options_.panel) written.panel = write_panel(picture, maps, predictions);
  return written;
}

/// Draws `map` on `rgb`, of which the model saw `seen`.
cv::Mat MapWriter::draw(const cv::Mat& rgb, const SourceRect& seen, const PictureMap& map) const {
  const SourceRect covered = grid_rect(seen, input_, grid_, checkpoint_.config.vit.tokens.patch);
  return overlay(rgb, map.values, grid_, covered, options_.style);
}

std::string MapWriter::write_overlay(const MappedPicture& picture, const PictureMap& map) const {
  const auto file = files_.file(picture.index, file_suffix(map.id) + options_.extension);
  cv::Mat drawn = draw(picture.picture.rgb, picture.picture.seen, map);
  if (options_.caption) {
    std::optional<std::string> explained;
    if (map.explained) explained = class_text(*map.explained, probabilities_);
    const std::string what = map_caption(map.id, explained, label_of(map.versus));
    const std::string text = fmt::format("{}, {}", what, short_name(checkpoint_.name));
    drawn = with_caption(drawn, text, options_.style.colormap);
  }
  return files_.write(file, encode_picture(file, drawn));
}

std::string MapWriter::write_raw(const MappedPicture& picture, const PictureMap& map) const {
  const std::string suffix = file_suffix(map.id);
  const auto file = files_.file(picture.index, suffix + std::string(extension_of(*options_.raw)));
  const auto sidecar = files_.file(picture.index, suffix + ".json");
  const SourceRect covered =
      grid_rect(picture.picture.seen, input_, grid_, checkpoint_.config.vit.tokens.patch);
  write_raw_map(files_.folder(), file, sidecar, *options_.raw, map.values,
                {map.id, picture.file, checkpoint_.name, size_of(picture.picture.rgb), covered,
                 grid_, map.explained, map.versus, maps_.rollout_fusion, maps_.discard_ratio});
  return files_.path_of(file);
}

std::string MapWriter::write_panel(const MappedPicture& picture,
                                   const std::vector<PictureMap>& maps,
                                   const std::vector<Prediction>& predictions) const {
  const auto file = files_.file(picture.index, "_panel" + options_.extension);
  const cv::Mat& rgb = picture.picture.rgb;
  const bool grid = is_grid(maps);
  const auto cells = static_cast<int64_t>(maps.size()) + (grid ? 0 : 1);
  const int columns = grid ? heads_of_a_layer(maps) : even_columns(cells);
  // Draw at the size of a cell, which may be much smaller than the photo.
  const cv::Mat small = fit_picture(rgb, panel_cell_size(size_of(rgb), cells, columns));
  const SourceRect seen =
      picture.picture.seen.scaled(double(small.cols) / rgb.cols, double(small.rows) / rgb.rows);
  std::vector<PanelCell> sheet;
  if (!grid) sheet.push_back({small, "photo"});
  for (const PictureMap& map : maps) {
    // Labels without scores; the title has the score.
    sheet.push_back({draw(small, seen, map),
                     grid ? short_caption(map.id)
                          : map_caption(map.id, label_of(map.explained), label_of(map.versus))});
  }
  std::string title = fmt::format("{}, {}", short_name(picture.file), short_name(checkpoint_.name));
  if (!predictions.empty()) title += ": " + class_text(predictions.front(), probabilities_);
  return files_.write(file, encode_picture(file, panel(sheet, columns, title)));
}

}  // namespace saccade
