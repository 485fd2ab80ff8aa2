// The explorer: one self-contained HTML page that shows where a model looks in a photo. The page's
// own files are in app/explorer/; this puts the data in.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "app/attend/attention_store.h"
#include "app/results/report.h"
#include "vision/overlay/colormap.h"
#include "weights/describe/preprocess_recipe.h"

namespace saccade {

/// A page stays below this.
inline constexpr size_t kExplorerPageBytes = 12'000'000;

/// The photo as the page shows it, upright and perhaps scaled down.
struct ExplorerPhoto {
  std::vector<std::byte> jpeg;
  ImageSize size;
};

/// The rectangle that the grid covers, in fractions of the photo's width and height. It reaches
/// outside 0-1 where the crop was padded.
struct CoveredRect {
  double x = 0;
  double y = 0;
  double width = 1;
  double height = 1;
};

/// What one method gives.
struct ExplorerMethod {
  std::string name;                      ///< as shown, e.g. "relevance"
  bool class_specific = true;            ///< maps[i] explains predictions[i]; else there is one map
  std::vector<std::vector<float>> maps;  ///< each [rows * columns]
};

struct ExplorerData {
  std::string model;
  std::string file;  ///< the photo's name
  ExplorerPhoto photo;
  ImageSize grid;
  CoveredRect covered;
  std::vector<Prediction> predictions;  ///< best first
  bool probabilities = true;            ///< scores are within 0-1, shown as percentages
  std::vector<std::string> prefix;      ///< names of the tokens before the patches: "CLS"
  std::vector<float> head_rows;         ///< [T], weight of each token's row in what the head reads
  std::vector<ExplorerMethod> methods;
  Colormap colour_map = Colormap::turbo;  ///< the one that the page begins with
};

/// The page. Names and labels need not be harmless, nor UTF-8. The attention's layers that `store`
/// has not kept are named in the page as missing. Throws std::invalid_argument where shapes do not
/// fit together.
std::string explorer_page(const ExplorerData& data, const AttentionStore& store);

/// How many bytes of base64 text an AttentionStore may fill so that a page with a photo of
/// `jpeg_bytes` and `maps` maps on `grid` stays below kExplorerPageBytes.
size_t explorer_attention_budget(size_t jpeg_bytes, size_t maps, ImageSize grid);

}  // namespace saccade
