#include "app/batch/results/run_results.h"

#include "app/batch/results/earlier_results.h"
#include "app/batch/results/result_reader.h"

namespace saccade {
RunResults::RunResults(const OutputFolder& folder, ResultFormats formats, const std::string& model,
                       uint64_t kept)
    : folder_(folder),
      formats_(formats),
      model_(model),
      report_(make_report(OutputFormat::jsonl, {model, true, false})),
      file_(folder, kResultsFile, kept) {
  begin_tables();
}

void RunResults::begin_tables() {
  tables_.clear();
  if (formats_.csv) {
    tables_.push_back(make_csv_table(folder_, "results.csv", formats_.formulas));
  }
  if (formats_.sqlite) tables_.push_back(make_sqlite_table(folder_, "results.sqlite", model_));
  if (tables_.empty()) return;
  read_results(folder_.path() / kResultsFile, [&](const StoredResult& stored) {
    for (const auto& table : tables_) table->add(stored.result);
  });
  for (const auto& table : tables_) table->commit();
}

void RunResults::add(const ImageResult& result) {
  file_.write(report_->record(result));
  for (const auto& table : tables_) {
    table->add(result);
    table->commit();
  }
}

void RunResults::close() { file_.close(); }

void RunResults::sort(const NameIndex& names) {
  if (put_in_order(folder_, names)) begin_tables();
}

void RunResults::finish(const std::string& run_json) {
  for (const auto& table : tables_) table->finish(run_json);
}

}  // namespace saccade
