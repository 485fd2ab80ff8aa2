#include "app/batch/batch_run.h"

#include <filesystem>
#include <numeric>
#include <string>
#include <system_error>

#include "app/batch/new_pictures.h"
#include "app/cli/interruption.h"

namespace saccade {
namespace {

/// Removes the folder of the pictures, if its path is absolute, from the text of an error.
void remove_root(std::string& error, const std::string& root) {
  if (!root.starts_with('/')) return;
  for (size_t at = error.find(root); at != error.npos; at = error.find(root, at)) {
    error.erase(at, root.size());
  }
}

}  // namespace

BatchRun::BatchRun(const BatchOptions& options, const OutputFolder& folder,
                   const Checkpoint& checkpoint, BatchExtras& extras, const ResourcePlan& plan,
                   const Inputs& inputs, const EarlierResults& earlier, size_t left)
    : options_(options),
      extras_(extras),
      classifier_(checkpoint, options, plan, extras.maps()),
      results_(folder, options.formats, checkpoint.name, earlier.bytes) {
  counts_.pictures = earlier.records + left;
  counts_.done = earlier.records;
  counts_.failures = earlier.failures;
  counts_.skipped_files = inputs.skipped;
  counts_.hidden = inputs.hidden;
  counts_.unreadable_folders = inputs.unreadable;
}

bool BatchRun::run(const Inputs& inputs, const std::vector<size_t>& order) {
  Progress progress(counts_.pictures, counts_.done, counts_.failures.size(), options_.quiet);
  bool strict_stop = false;
  PipelineJob job{inputs.images, order, {}, {}};
  job.on_result = [&](size_t image, ImageResult& result) {
    result.file = inputs.name(image);
    if (!options_.machine) remove_root(result.error, inputs.root);
    write(result, progress);
    strict_stop = options_.strict && !result.error.empty();
    return !strict_stop;
  };
  if (extras_.any()) {
    job.on_classified = [&](PipelineItem& picture, PictureDecoder& decoder) {
      extras_.make(picture, inputs.images[picture.image], std::string(inputs.name(picture.image)),
                   decoder);
    };
  }
  classifier_.run(job);
  return strict_stop;
}

bool BatchRun::watch(const Inputs& inputs, const std::vector<std::string>& names,
                     const std::function<void()>& after_each) {
  std::vector<std::string> folders;
  for (const std::string& path : options_.paths) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) folders.push_back(path);
  }
  std::vector<std::string> known = inputs.images;
  for (const std::string& name : names) known.push_back(inputs.root + name);
  NewPictures arriving(folders, options_.tree, known);
  while (interrupt_signal() == 0) {
    Inputs more;
    more.images = arriving.next();
    more.root = inputs.root;
    std::vector<size_t> order(more.images.size());
    std::iota(order.begin(), order.end(), size_t{0});
    counts_.pictures += order.size();
    if (order.empty()) continue;
    if (run(more, order)) return true;
    after_each();
  }
  return false;
}

void BatchRun::write(ImageResult& result, Progress& progress) {
  results_.add(result);
  ++counts_.done;
  if (result.error.empty()) {
    progress.advance();
  } else {
    progress.advance_failed(result.error);
    counts_.failures.push_back({result.file, result.error});
  }
}

RunTimings BatchRun::timings() {
  seconds_ += watch_.lap() / 1000;
  const PipelineStats stats = classifier_.stats();
  return {seconds_, stats.reading_seconds, stats.classifying_seconds};
}

}  // namespace saccade
