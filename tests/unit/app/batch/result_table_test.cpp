#include "app/batch/results/result_table.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "app/batch/results/sqlite_database.h"
#include "tests/support/expect_error.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/sqlite_rows.h"
#include "tests/support/temp_dir.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
using test::query;

const std::string kOddName = "a \"b\", c\n\xff.jpg";

std::vector<ImageResult> some_results() {
  return {{"cat.jpg", {{3, "cat", 0.75F}, {5, "dog, \"big\"", 0.1F}}, ""},
          {"broken.jpg", {}, "broken.jpg: the file is empty"},
          {kOddName, {{3, "cat", 0.5F}}, ""},
          {"none.jpg", {}, ""}};
}

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

using Rows = std::vector<std::string>;

ImageResult numbered(int number) {
  return {"picture" + std::to_string(number), {{number, "label", 0.5F}}, ""};
}

TEST(CsvTable, EqualsClassifysCsv) {
  const test::TempDir folder;
  const fs::path file = folder.write("results.csv", "of an earlier run, and longer than that\n");
  const auto report = make_csv_report();
  std::string wanted = report->head();
  const auto table = make_csv_table(OutputFolder(folder.path()), "results.csv");
  for (const ImageResult& result : some_results()) {
    wanted += report->record(result);
    table->add(result);
  }
  table->commit();
  EXPECT_EQ(text_of(file), wanted);
  table->add(some_results()[0]);
  table->finish("{}");
  EXPECT_EQ(text_of(file), wanted + report->record(some_results()[0]));
}

TEST(CsvTable, EmptyTableHasAHeader) {
  const test::TempDir folder;
  make_csv_table(OutputFolder(folder.path()), "a.csv")->finish("{}");
  EXPECT_EQ(text_of(folder.path() / "a.csv"), make_csv_report()->head());
}

TEST(CsvTable, FullDiskLeavesWholeLines) {
  const test::TempDir folder;
  const fs::path file = folder.path() / "results.csv";
  const auto table = make_csv_table(OutputFolder(folder.path()), "results.csv");
  const test::FileSizeLimit limit(100);
  for (int i = 0; i < 50; ++i) table->add(numbered(i));
  test::expect_error<SystemError>([&] { table->commit(); },
                                  {"results.csv: results could not be written"});
  const std::string text = text_of(file);
  EXPECT_GT(text.size(), 70u);
  EXPECT_TRUE(text.ends_with('\n'));
}

TEST(SqliteTable, CanBeQueried) {
  const test::TempDir folder;
  const fs::path file = folder.write("results.sqlite", "no database");
  folder.write("results.sqlite-journal", "of an earlier run");
  {
    const auto table =
        make_sqlite_table(OutputFolder(file.parent_path()), "results.sqlite", "tiny");
    for (const ImageResult& result : some_results()) table->add(result);
    table->finish(R"({"outcome": "finished", "counts": {"pictures": 4}})");
  }
  EXPECT_EQ(query(file, "SELECT id, file, hex(file_bytes), error FROM images"),
            (Rows{"1|cat.jpg||NULL", "2|broken.jpg||broken.jpg: the file is empty",
                  "3|a \"b\", c\n\xEF\xBF\xBD.jpg|61202262222C20630AFF2E6A7067|NULL",
                  "4|none.jpg||NULL"}));
  EXPECT_EQ(query(file, "SELECT * FROM predictions ORDER BY image_id, rank"),
            (Rows{"1|1|3|cat|0.75", "1|2|5|dog, \"big\"|0.1", "3|1|3|cat|0.5"}));
  EXPECT_EQ(query(file, "SELECT * FROM run ORDER BY key"),
            (Rows{"counts|{\"pictures\":4}", "model|tiny", "outcome|finished"}));
  EXPECT_EQ(query(file, "SELECT label, score FROM answers"), (Rows{"cat|0.75", "cat|0.5"}));
  const Rows plan = query(file, "EXPLAIN QUERY PLAN SELECT * FROM predictions WHERE label='cat'");
  ASSERT_EQ(plan.size(), 1u);
  EXPECT_NE(plan[0].find("predictions_by_label"), std::string::npos) << plan[0];
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

TEST(SqliteTable, CommitShowsRowsAndDestructionTheRest) {
  const test::TempDir folder;
  const fs::path file = folder.path() / "results.sqlite";
  auto table = make_sqlite_table(OutputFolder(file.parent_path()), "results.sqlite", "tiny");
  table->add(numbered(0));
  EXPECT_EQ(query(file, "SELECT count(*) FROM images"), Rows{"0"});
  table->commit();
  EXPECT_EQ(query(file, "SELECT count(*) FROM images"), Rows{"1"});
  table->add(numbered(1));
  table.reset();
  EXPECT_EQ(query(file, "SELECT file FROM images"), (Rows{"picture0", "picture1"}));
}

/// Another process in the middle of a query, which locks the file.
class Reader {
 public:
  explicit Reader(const fs::path& file) {
    EXPECT_EQ(sqlite3_open(file.c_str(), &database_), SQLITE_OK);
    const char* query = "SELECT name FROM sqlite_schema";
    EXPECT_EQ(sqlite3_prepare_v2(database_, query, -1, &reading_, nullptr), SQLITE_OK);
    EXPECT_EQ(sqlite3_step(reading_), SQLITE_ROW);
  }
  ~Reader() {
    sqlite3_finalize(reading_);
    sqlite3_close(database_);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

 private:
  sqlite3* database_ = nullptr;
  sqlite3_stmt* reading_ = nullptr;
};

TEST(SqliteTable, AReaderDelaysOnlyWhatItIsShown) {
  const test::TempDir folder;
  const fs::path file = folder.path() / "results.sqlite";
  const auto table = make_sqlite_table(OutputFolder(file.parent_path()), "results.sqlite", "tiny");
  auto reader = std::make_unique<Reader>(file);
  table->add(numbered(0));
  EXPECT_NO_THROW(table->commit());
  table->add(numbered(1));
  reader.reset();
  table->commit();  // a moment later, because the last commit failed
  EXPECT_EQ(query(file, "SELECT count(*) FROM images"), Rows{"2"});
}

// More than the cache holds: SQLite keeps it in memory, as it cannot write the file.
TEST(SqliteTable, AReaderThatStaysIsAnError) {
  const test::TempDir folder;
  const fs::path file = folder.path() / "results.sqlite";
  SqliteDatabase database(OutputFolder(folder.path()), "results.sqlite",
                          "PRAGMA cache_size = 10; CREATE TABLE t (x)");
  auto reader = std::make_unique<Reader>(file);
  const std::string fill = "INSERT INTO t SELECT zeroblob(1000000)";
  EXPECT_NO_THROW(database.run(fill));
  EXPECT_FALSE(database.commit(0));
  test::expect_error<SystemError>(
      [&] { database.fail(); },
      {"results.sqlite: results could not be written: another program is reading it", "--resume"});
  EXPECT_NO_THROW(database.run(fill));
  reader.reset();
  EXPECT_TRUE(database.commit(0));
  EXPECT_EQ(query(file, "SELECT count(*) FROM t"), Rows{"2"});
}

/// Ends without destructors, with more uncommitted data than SQLite's cache holds.
[[noreturn]] void write_and_die(const fs::path& file) {
  const auto table = make_sqlite_table(OutputFolder(file.parent_path()), "results.sqlite", "tiny");
  for (int i = 0; i < 1000; ++i) table->add(numbered(i));
  table->commit();
  const std::string long_name(1000, 'x');
  for (int i = 0; i < 100'000; ++i) {
    table->add({long_name + std::to_string(i), {{i, "label", 0.5F}}, ""});
  }
  ::_exit(0);
}

TEST(SqliteTable, AKilledProcessLeavesWhatItCommitted) {
  const test::TempDir folder;
  const fs::path file = folder.path() / "results.sqlite";
  const pid_t child = ::fork();
  if (child == 0) write_and_die(file);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  EXPECT_GT(fs::file_size(file), 50'000'000u);  // much of it has reached the file
  EXPECT_EQ(query(file, "PRAGMA integrity_check"), Rows{"ok"});
  EXPECT_EQ(query(file, "SELECT count(*) FROM images"), Rows{"1000"});
}

TEST(SqliteTable, FullDiskKeepsWhatWasCommitted) {
  const test::TempDir folder;
  const fs::path file = folder.path() / "results.sqlite";
  {
    auto table = make_sqlite_table(OutputFolder(file.parent_path()), "results.sqlite", "tiny");
    for (int i = 0; i < 1000; ++i) table->add(numbered(i));
    table->commit();
    const test::FileSizeLimit limit(fs::file_size(file) + 10'000);
    for (int i = 1000; i < 9000; ++i) table->add(numbered(i));
    test::expect_error<SystemError>([&] { table->finish("{}"); },
                                    {"results.sqlite: results could not be written"});
    table.reset();
  }
  EXPECT_EQ(query(file, "PRAGMA integrity_check"), Rows{"ok"});
  EXPECT_EQ(query(file, "SELECT count(*) FROM images"), Rows{"1000"});
}

TEST(SqliteTable, WritesToNoOtherFile) {
  const test::TempDir folder;
  const fs::path valuable = folder.write("valuable", "precious");
  fs::create_directory(folder.path() / "out");
  for (const char* name : {"results.sqlite", "results.sqlite-journal"}) {
    for (const bool symbolic : {true, false}) {
      const fs::path link = folder.path() / "out" / name;
      symbolic ? fs::create_symlink(valuable, link) : fs::create_hard_link(valuable, link);
      auto table = make_sqlite_table(OutputFolder(folder.path() / "out"), "results.sqlite", "tiny");
      table->add(numbered(0));
      table->finish("{}");
      table.reset();
      EXPECT_EQ(text_of(valuable), "precious") << name;
      EXPECT_EQ(query(folder.path() / "out/results.sqlite", "SELECT count(*) FROM images"),
                Rows{"1"});
      fs::remove(folder.path() / "out/results.sqlite");
    }
  }
}

// As if put there while the run is working.
TEST(SqliteTable, NoJournalOfOthersIsWritten) {
  const test::TempDir folder;
  const fs::path valuable = folder.write("valuable", "precious");
  fs::create_directory(folder.path() / "out");
  const auto table =
      make_sqlite_table(OutputFolder(folder.path() / "out"), "results.sqlite", "tiny");
  table->commit();
  fs::create_hard_link(valuable, folder.path() / "out/results.sqlite-journal");
  table->add(numbered(0));
  table->finish("{}");
  EXPECT_EQ(text_of(valuable), "precious");
}

}  // namespace
}  // namespace saccade
