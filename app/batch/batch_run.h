// Classifies the pictures of a batch and writes the results to disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "app/batch/batch_extras.h"
#include "app/batch/batch_options.h"
#include "app/batch/results/earlier_results.h"
#include "app/batch/results/run_results.h"
#include "app/batch/run_record.h"
#include "app/cli/progress.h"
#include "app/cli/stopwatch.h"
#include "app/inputs/inputs.h"
#include "app/pipeline/classify_pipeline.h"
#include "app/pipeline/resource_plan.h"
#include "app/system/output_folder.h"
#include "weights/checkpoint.h"

namespace saccade {

/// Holds references to its constructor's arguments, which must outlive it.
class BatchRun {
 public:
  /// Opens the results so that they continue after the earlier ones; `left` is the number of
  /// pictures to come. Throws UsageError, ModelError or SystemError.
  BatchRun(const BatchOptions& options, const OutputFolder& folder, const Checkpoint& checkpoint,
           BatchExtras& extras, const ResourcePlan& plan, const Inputs& inputs,
           const EarlierResults& earlier, size_t left);

  /// Classifies the pictures with the indices `order`, until the end or an interruption. Returns
  /// whether --strict stopped it. Throws errors that are not a picture's.
  bool run(const Inputs& inputs, const std::vector<size_t>& order);

  /// Classifies pictures that appear in the options' folders, except `inputs` and pictures called
  /// one of `names`, until a signal is received. Calls `after_each` whenever some are done. Returns
  /// and throws as run() does.
  bool watch(const Inputs& inputs, const std::vector<std::string>& names,
             const std::function<void()>& after_each);

  RunResults& results() { return results_; }
  const RunCounts& counts() const { return counts_; }
  bool complete() const { return counts_.done == counts_.pictures; }
  PipelineStats stats() const { return classifier_.stats(); }
  uint64_t max_memory() const { return classifier_.max_memory(); }
  uint64_t decoding_memory() const { return classifier_.decoding_memory(); }
  /// Timings so far.
  RunTimings timings();

 private:
  void write(ImageResult& result, Progress& progress);

  const BatchOptions& options_;
  BatchExtras& extras_;
  ClassifyPipeline classifier_;
  RunResults results_;
  RunCounts counts_;
  Stopwatch watch_;
  double seconds_ = 0;
};

}  // namespace saccade
