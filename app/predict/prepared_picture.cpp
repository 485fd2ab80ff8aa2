#include "app/predict/prepared_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <new>
#include <string>
#include <string_view>

#include "app/cli/messages.h"
#include "app/cli/stopwatch.h"
#include "vision/decode/image.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

std::string about(const std::string& file, std::string_view complaint) {
  return complaint.starts_with(file + ": ") ? std::string(complaint)
                                            : fmt::format("{}: {}", file, complaint);
}

/// The smallest side that scaled decoding may produce. The recipe's resize then still shrinks the
/// picture by at least kMargin, so its filter dominates the result.
int64_t least_side(const PreprocessRecipe& recipe, bool fast_decode) {
  constexpr int64_t kMargin = 2;
  if (!fast_decode || recipe.resize_rule == ResizeRule::none) return 0;
  return kMargin * std::max(recipe.resize.height, recipe.resize.width);
}

}  // namespace

PreparedPicture prepare_picture(const ImageFile& file, const PreprocessRecipe& recipe,
                                const PredictionOptions& options, std::span<float> pixels,
                                uint64_t max_memory) {
  try {
    Stopwatch watch;
    PreparedPicture picture;
    const ReducedImage image =
        read_reduced_image(file, least_side(recipe, options.fast_decode),
                           {options.max_pixels, max_memory, recipe.apply_exif});
    const double decoding = watch.lap();
    picture.rgb = image.rgb;
    picture.seen = preprocess(image.rgb, image.full, recipe, pixels);
    if (options.verbose) {
      print_note(fmt::format("{}: {} x {}, decode {:.2f} ms, preprocess {:.2f} ms", file.name(),
                             image.full.width, image.full.height, decoding, watch.lap()));
    }
    return picture;
  } catch (const std::bad_alloc&) {
    throw ImageError(
        file.name() +
        ": not enough memory to decode it; a lower --max-pixels refuses large pictures");
  } catch (const SystemError&) {
    throw;
  } catch (const std::exception& error) {
    throw ImageError(about(file.name(), error.what()));
  }
}

}  // namespace saccade
