#include <string>

#include "app/batch/results/result_file.h"
#include "app/batch/results/result_table.h"

namespace saccade {
namespace {

class CsvTable : public ResultTable {
 public:
  CsvTable(const OutputFolder& folder, const std::filesystem::path& name, CsvFormulas formulas)
      : file_(folder, name), report_(make_csv_report(formulas)), pending_(report_->head()) {}

  ~CsvTable() override {
    try {
      commit();
    } catch (...) {  // errors were reported by earlier calls
    }
  }

  void add(const ImageResult& result) override { pending_ += report_->record(result); }

  void commit() override {
    const std::string lines = std::move(pending_);
    pending_.clear();  // before writing: a failed write must not be repeated
    file_.write(lines);
  }

  void finish(const std::string&) override {
    commit();
    file_.close();
  }

 private:
  ResultFile file_;
  std::unique_ptr<Report> report_;
  std::string pending_;
};

}  // namespace

std::unique_ptr<ResultTable> make_csv_table(const OutputFolder& folder,
                                            const std::filesystem::path& name,
                                            CsvFormulas formulas) {
  return std::make_unique<CsvTable>(folder, name, formulas);
}

}  // namespace saccade
