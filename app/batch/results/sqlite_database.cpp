#include "app/batch/results/sqlite_database.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <system_error>

#include "weights/base/errors.h"

namespace saccade {
namespace {

/// Removes a database and the journal files that SQLite may have left when an earlier run was
/// killed.
void remove_database(const std::filesystem::path& file) {
  for (const char* suffix : {"", "-journal", "-wal", "-shm"}) {
    std::filesystem::path path = file;
    path += suffix;
    std::error_code ignored;  // if removing fails, opening fails too
    std::filesystem::remove(path, ignored);
  }
}

}  // namespace

void SqliteDatabase::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

SqliteDatabase::SqliteDatabase(const std::filesystem::path& file, const std::string& schema)
    : name_(file.string()) {
  remove_database(file);
  // An absolute path is never interpreted as ":memory:" or a URI.
  sqlite3* handle = nullptr;
  const int opened =
      sqlite3_open_v2(std::filesystem::absolute(file).c_str(), &handle,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  handle_.reset(handle);
  if (opened != SQLITE_OK) fail();
  run(schema);
  run("BEGIN");
}

void SqliteDatabase::run(const std::string& sql) {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail();
}

bool SqliteDatabase::commit(int patience_ms) {
  sqlite3_busy_timeout(handle_.get(), patience_ms);
  const int outcome = sqlite3_exec(handle_.get(), "COMMIT", nullptr, nullptr, nullptr);
  if (outcome == SQLITE_BUSY) return false;
  if (outcome != SQLITE_OK) fail();
  run("BEGIN");
  return true;
}

void SqliteDatabase::fail() const {
  if (sqlite3_errcode(handle_.get()) == SQLITE_BUSY) {
    throw SystemError(
        name_ +
        ": results could not be written: another program is reading it; results.jsonl holds them: "
        "when that program has ended, --resume rebuilds the database");
  }
  const int reason = sqlite3_system_errno(handle_.get());
  throw SystemError(fmt::format(
      "{}: results could not be written: {}{}; results.jsonl holds them: free disk space, then use "
      "--resume",
      name_, sqlite3_errmsg(handle_.get()),
      reason == 0 ? "" : fmt::format(" ({})", std::generic_category().message(reason))));
}

void SqliteStatement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

SqliteStatement::SqliteStatement(SqliteDatabase& database, std::string_view sql)
    : database_(database) {
  sqlite3_stmt* handle = nullptr;
  check(sqlite3_prepare_v3(database.handle_.get(), sql.data(), static_cast<int>(sql.size()),
                           SQLITE_PREPARE_PERSISTENT, &handle, nullptr));
  handle_.reset(handle);
}

void SqliteStatement::bind(int parameter, int64_t value) {
  check(sqlite3_bind_int64(handle_.get(), parameter, value));
}

void SqliteStatement::bind(int parameter, double value) {
  check(sqlite3_bind_double(handle_.get(), parameter, value));
}

void SqliteStatement::bind(int parameter, std::string_view utf8) {
  check(sqlite3_bind_text64(handle_.get(), parameter, utf8.data(), utf8.size(), SQLITE_STATIC,
                            SQLITE_UTF8));
}

void SqliteStatement::bind(int parameter, std::span<const std::byte> bytes) {
  check(sqlite3_bind_blob64(handle_.get(), parameter, bytes.data(), bytes.size(), SQLITE_STATIC));
}

void SqliteStatement::run() {
  const int outcome = sqlite3_step(handle_.get());
  if (outcome != SQLITE_DONE) database_.fail();
  sqlite3_reset(handle_.get());
  sqlite3_clear_bindings(handle_.get());
}

void SqliteStatement::check(int outcome) const {
  if (outcome != SQLITE_OK) database_.fail();
}

}  // namespace saccade
