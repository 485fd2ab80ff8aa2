#include "app/attend/attend.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <new>
#include <string>
#include <vector>

#include "app/attend/explorer_writer.h"
#include "app/attend/picture_batch.h"
#include "app/cli/exit_code.h"
#include "app/cli/messages.h"
#include "app/cli/output.h"
#include "app/cli/stopwatch.h"
#include "app/inputs/inputs.h"
#include "app/maps/map_files.h"
#include "app/maps/map_maker.h"
#include "app/maps/map_request.h"
#include "app/maps/map_writer.h"
#include "app/predict/open_model.h"
#include "app/predict/precision_option.h"
#include "app/predict/predictions.h"
#include "app/results/report.h"
#include "app/system/resource_limits.h"
#include "model/inference_context.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

/// Runs pictures through the model in batches and writes their maps to files.
class Attention {
 public:
  Attention(const AttendOptions& options, const Checkpoint& checkpoint, const MapRequest& request,
            const MapFiles& files)
      : options_(options),
        config_(checkpoint.config),
        request_(request),
        model_(make_model(checkpoint, options.precision, request.wants_gradients() || options.html,
                          {options.quiet, options.verbose})),
        maker_(config_.vit, checkpoint.input_size(), model_, request),
        writer_(options.files, options.maps, checkpoint, files,
                score_activation(config_, options) != ScoreActivation::none),
        explorer_(options, checkpoint, model_, files) {}

  /// An explorer page holds the attention of one picture, which needs a forward pass of its own.
  int64_t batch_limit() const { return options_.html ? 1 : maker_.batch_limit(); }
  std::vector<PrimitiveInfo> primitives() const { return model_.primitives(); }

  void run(const PictureBatch& batch) {
    if (batch.size() == 0) return;
    const auto classes = static_cast<size_t>(config_.vit.head.classes);
    logits_.resize(static_cast<size_t>(batch.size()) * classes);
    Stopwatch watch;
    maker_.run(batch.pixels(), batch.size(), logits_);
    if (options_.verbose) {
      print_note(fmt::format("{} pictures: forward {:.2f} ms", batch.size(), watch.lap()));
    }
  }

  /// The result of one picture of the batch that was run last.
  ImageResult result(const PictureBatch& batch, const BatchEntry& entry) {
    const MappedPicture& picture = entry.picture;
    if (!entry.error.empty()) return {picture.file, {}, entry.error};
    try {
      const auto classes = static_cast<size_t>(config_.vit.head.classes);
      const auto logits =
          std::span(logits_).subspan(static_cast<size_t>(entry.place) * classes, classes);
      const auto predicted = predictions(logits, picture.file, config_, options_);
      Stopwatch watch;
      const std::vector<PictureMap> maps = maps_of_picture(entry.place, logits);
      const double mapping = watch.lap();
      WrittenFiles written = writer_.write(picture, maps, predicted);
      if (options_.html) written.page = explorer_.write(picture, batch.pixels());
      if (options_.verbose) {
        print_note(
            fmt::format("{}: maps {:.2f} ms, files {:.2f} ms", picture.file, mapping, watch.lap()));
      }
      return {picture.file, predicted, "", written};
    } catch (const ImageError& error) {
      return {picture.file, {}, error.what()};
    } catch (const Error&) {
      throw;  // a problem of the folder or the disk, not of the picture
    } catch (const std::bad_alloc&) {
      return {picture.file,
              {},
              picture.file +
                  ": not enough memory to draw its maps; a lower --max-pixels refuses such "
                  "pictures before decoding"};
    } catch (const std::exception& error) {  // OpenCV throws its own exception when out of memory
      return {picture.file, {}, fmt::format("{}: {}", picture.file, error.what())};
    }
  }

 private:
  std::vector<PictureMap> maps_of_picture(int64_t place, std::span<const float> logits) {
    const auto prediction = [&](std::optional<int64_t> index) {
      return index ? std::optional(prediction_of(*index, logits, config_, options_)) : std::nullopt;
    };
    std::vector<PictureMap> maps;
    const std::vector<MapId> ids = maps_of(request_, logits);
    std::vector<std::vector<float>> values = maker_.maps(place, ids);
    for (size_t i = 0; i < ids.size(); ++i) {
      maps.push_back({ids[i], std::move(values[i]), prediction(ids[i].class_index),
                      prediction(ids[i].versus)});
    }
    return maps;
  }

  const AttendOptions& options_;
  const ModelConfig& config_;
  const MapRequest& request_;
  InferenceContext model_;
  MapMaker maker_;
  MapWriter writer_;
  ExplorerWriter explorer_;
  std::vector<float> logits_;  ///< [B, classes]
};

/// Returns the number of `images` that failed.
size_t attend_all(Attention& attention, PictureBatch& batch, const std::vector<std::string>& images,
                  Report& report, Output& output) {
  size_t failed = 0;
  write(output, report, report.head());
  for (size_t next = 0; next < images.size();) {
    next = batch.fill(images, next);
    attention.run(batch);
    for (const BatchEntry& entry : batch.entries()) {
      const ImageResult result = attention.result(batch, entry);
      if (!result.error.empty()) {
        ++failed;
        print_error(result.error);
      }
      write(output, report, report.record(result));
      output.flush();
    }
  }
  write(output, report, report.tail());
  output.flush();
  return failed;
}

/// Skips folders of maps that an earlier run wrote among the pictures.
InputOptions without_maps(const AttendOptions& options) {
  InputOptions wanted;
  wanted.tree.excluded_folders.push_back(options.folder);
  wanted.tree.hidden = options.hidden;
  wanted.separator = options.separator;
  return wanted;
}

}  // namespace

int attend(const AttendOptions& options) {
  const Inputs inputs = expand_inputs(options.paths, STDIN_FILENO, without_maps(options));
  if (!options.quiet) print_input_notes(inputs);
  const int threads = options.threads.value_or(usable_cpus());
  set_compute_threads(threads);

  Stopwatch watch;
  const Checkpoint checkpoint = open_model(options);
  const MapRequest request = map_request(options.maps, checkpoint.config, checkpoint.input_size());
  const MapFiles files(options.folder, inputs,
                       std::filesystem::absolute(checkpoint.file).parent_path());
  Attention attention(options, checkpoint, request, files);
  if (options.verbose) {
    print_note(
        fmt::format("{}: load {:.2f} ms, threads: {}", checkpoint.name, watch.lap(), threads));
  }
  const auto pictures = static_cast<int64_t>(inputs.images.size());
  PictureBatch batch(checkpoint, options, std::min(attention.batch_limit(), pictures));
  Output output;
  const auto report = make_report(options.format, report_style(options, checkpoint, output));
  const size_t failed = attend_all(attention, batch, inputs.images, *report, output);
  if (options.verbose) print_primitives(attention.primitives());
  return exit_code(failed + inputs.unreadable, inputs.images.size() + inputs.unreadable);
}

}  // namespace saccade
