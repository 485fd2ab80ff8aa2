#include <chrono>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "app/batch/results/result_table.h"
#include "app/batch/results/sqlite_database.h"
#include "app/results/json_values.h"

namespace saccade {
namespace {

// Rows are inserted in the order of images, so that every index grows at few places and its pages
// in use fit in the cache (size in KiB). Uses a rollback journal, not a write-ahead log, because
// the latter does not work on network file systems; SQLite removes the journal with each commit.
constexpr const char* kSchema = R"(
PRAGMA cache_size = -32768;
PRAGMA synchronous = NORMAL;
BEGIN;
CREATE TABLE images (
  id INTEGER PRIMARY KEY,
  file TEXT NOT NULL,
  file_bytes BLOB,
  error TEXT
);
CREATE TABLE predictions (
  image_id INTEGER NOT NULL REFERENCES images (id),
  rank INTEGER NOT NULL,
  class_index INTEGER NOT NULL,
  label TEXT NOT NULL,
  score REAL NOT NULL,
  PRIMARY KEY (image_id, rank)
) WITHOUT ROWID;
CREATE INDEX predictions_by_label ON predictions (label);
CREATE TABLE run (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE VIEW answers AS
  SELECT file, label, score FROM images JOIN predictions ON image_id = id WHERE rank = 1;
COMMIT;
)";

class SqliteTable : public ResultTable {
 public:
  SqliteTable(const OutputFolder& folder, const std::filesystem::path& name,
              const std::string& model)
      : database_(folder, name, kSchema),
        add_image_(database_, "INSERT INTO images VALUES (?, ?, ?, ?)"),
        add_prediction_(database_, "INSERT INTO predictions VALUES (?, ?, ?, ?, ?)"),
        set_run_(database_, "INSERT OR REPLACE INTO run VALUES (?, ?)") {
    set_run("model", utf8_text(model));
  }

  ~SqliteTable() override {
    try {
      if (whole_) database_.commit(0);
    } catch (...) {  // errors were reported by earlier calls
    }
  }

  void add(const ImageResult& result) override {
    whole_ = false;
    ++images_;
    const std::string file = utf8_text(result.file), error = utf8_text(result.error);
    add_image_.bind(1, images_);
    add_image_.bind(2, file);
    if (file != result.file) add_image_.bind(3, std::as_bytes(std::span(result.file)));
    if (!error.empty()) add_image_.bind(4, error);
    add_image_.run();
    int64_t rank = 0;
    for (const Prediction& prediction : result.predictions) {
      const std::string label = utf8_text(prediction.label);
      add_prediction_.bind(1, images_);
      add_prediction_.bind(2, ++rank);
      add_prediction_.bind(3, prediction.index);
      add_prediction_.bind(4, label);
      add_prediction_.bind(5, shortest_decimal(prediction.score));
      add_prediction_.run();
    }
    whole_ = true;
  }

  // A transaction syncs the disk a few times, so commit at most once per second.
  void commit() override {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_commit_) return;
    if (database_.commit(0)) next_commit_ = now + std::chrono::seconds(1);
  }

  void finish(const std::string& run_json) override {
    constexpr int kPatience = 10'000;
    const Json run = Json::parse(run_json);
    for (const auto& [key, value] : run.items()) {
      set_run(key, value.is_string() ? value.get<std::string>() : value.dump());
    }
    if (!database_.commit(kPatience)) database_.fail();
  }

 private:
  void set_run(std::string_view key, std::string_view value) {
    set_run_.bind(1, key);
    set_run_.bind(2, value);
    set_run_.run();
  }

  SqliteDatabase database_;
  SqliteStatement add_image_;
  SqliteStatement add_prediction_;
  SqliteStatement set_run_;
  int64_t images_ = 0;
  bool whole_ = true;  ///< false if only a part of a result was added
  std::chrono::steady_clock::time_point next_commit_{};
};

}  // namespace

std::unique_ptr<ResultTable> make_sqlite_table(const OutputFolder& folder,
                                               const std::filesystem::path& name,
                                               const std::string& model) {
  return std::make_unique<SqliteTable>(folder, name, model);
}

}  // namespace saccade
