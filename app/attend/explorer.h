// The explorer: one self-contained HTML page that shows where a model looks in a photo. The page's
// own files are in explorer/; this module embeds the data.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "app/attend/attention_store.h"
#include "app/results/report.h"
#include "vision/overlay/colormap.h"
#include "weights/describe/preprocess_recipe.h"

namespace saccade {

/// Upper bound of a page's size.
inline constexpr size_t kExplorerPageBytes = 12'000'000;

/// The photo as the page shows it: upright, possibly scaled down.
struct ExplorerPhoto {
  std::vector<std::byte> jpeg;
  ImageSize size;
};

/// The rectangle that the grid covers, in fractions of the photo's width and height. It extends
/// beyond 0-1 if the crop was padded.
struct CoveredRect {
  double x = 0;
  double y = 0;
  double width = 1;
  double height = 1;
};

/// The maps of one method.
struct ExplorerMethod {
  std::string name;            ///< as shown, e.g. "relevance"
  bool class_specific = true;  ///< maps[i] explains predictions[i]; if false, there is one map
  std::vector<std::vector<float>> maps;  ///< each [rows * columns]
};

struct ExplorerData {
  std::string model;
  std::string file;  ///< the photo's name
  ExplorerPhoto photo;
  ImageSize grid;
  CoveredRect covered;
  std::vector<Prediction> predictions;  ///< best first
  bool probabilities = true;            ///< scores are within 0-1 and shown as percentages
  std::vector<std::string> prefix;      ///< names of the tokens before the patches, e.g. "CLS"
  std::vector<float> head_rows;         ///< [T], weight of each token's row in the head's input
  std::vector<ExplorerMethod> methods;
  Colormap colour_map = Colormap::turbo;  ///< initially selected in the page
};

/// Returns the page's HTML. Names and labels are escaped and may contain invalid UTF-8. Layers that
/// `store` has not recorded are listed in the page as missing. Throws std::invalid_argument if the
/// shapes do not match.
std::string explorer_page(const ExplorerData& data, const AttentionStore& store);

/// Number of bytes of base64 text that an AttentionStore may fill so that a page with a photo of
/// `jpeg_bytes` and `maps` maps on `grid` stays below kExplorerPageBytes.
size_t explorer_attention_budget(size_t jpeg_bytes, size_t maps, ImageSize grid);

}  // namespace saccade
