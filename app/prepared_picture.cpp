#include "app/prepared_picture.h"

#include <fmt/format.h>

#include <exception>
#include <new>
#include <string_view>

#include "app/messages.h"
#include "app/stopwatch.h"
#include "vision/image.h"
#include "weights/errors.h"

namespace saccade {
namespace {

std::string about(const std::string& file, std::string_view complaint) {
  return complaint.starts_with(file + ": ") ? std::string(complaint)
                                            : fmt::format("{}: {}", file, complaint);
}

}  // namespace

PreparedPicture prepare_picture(const std::string& file, const PreprocessRecipe& recipe,
                                const PredictionOptions& options, std::span<float> pixels) {
  try {
    Stopwatch watch;
    PreparedPicture picture;
    picture.rgb = read_image(file, {options.max_pixels, recipe.apply_exif});
    const double decoding = watch.lap();
    picture.seen = preprocess(picture.rgb, recipe, pixels);
    if (options.verbose) {
      print_note(fmt::format("{}: {} x {}, decode {:.2f} ms, preprocess {:.2f} ms", file,
                             picture.rgb.cols, picture.rgb.rows, decoding, watch.lap()));
    }
    return picture;
  } catch (const std::bad_alloc&) {
    throw ImageError(file + ": not enough memory for it; a lower --max-pixels refuses such early");
  } catch (const std::exception& error) {
    throw ImageError(about(file, error.what()));
  }
}

}  // namespace saccade
