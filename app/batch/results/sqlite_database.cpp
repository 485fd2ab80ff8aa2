#include "app/batch/results/sqlite_database.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <system_error>

#include "app/system/output_file.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

/// SQLite's access to files, except that a journal is always a new file: one that is there already
/// may be a hard link.
const char* access_to_new_files() {
  static sqlite3_vfs access = *sqlite3_vfs_find(nullptr);
  static const bool registered = [] {
    access.zName = "saccade";
    access.pNext = nullptr;
    access.xOpen = [](sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
      sqlite3_vfs* plain = sqlite3_vfs_find(nullptr);
      const bool journal = (flags & SQLITE_OPEN_MAIN_JOURNAL) && (flags & SQLITE_OPEN_CREATE);
      return plain->xOpen(plain, name, file, flags | (journal ? SQLITE_OPEN_EXCLUSIVE : 0), out);
    };
    return sqlite3_vfs_register(&access, 0) == SQLITE_OK;
  }();
  return registered ? access.zName : nullptr;
}

/// Removes the journal files that SQLite may have left when an earlier run was killed.
void remove_journals(const OutputFolder& folder, const fs::path& name) {
  for (const char* suffix : {"-journal", "-wal", "-shm"}) {
    fs::path journal = name;
    journal += suffix;
    folder.remove(journal);
  }
}

/// Whether `file` is the one that `made` has opened.
bool is_same(const fs::path& file, const Descriptor& made) {
  struct stat named {
  }, opened{};
  return ::lstat(file.c_str(), &named) == 0 && ::fstat(made.get(), &opened) == 0 &&
         named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

}  // namespace

void SqliteDatabase::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

SqliteDatabase::SqliteDatabase(const OutputFolder& folder, const fs::path& name,
                               const std::string& schema)
    : name_((folder.path() / name).string()) {
  remove_journals(folder, name);
  Descriptor made = OutputFile(folder, name).commit_open();
  // An absolute path is never interpreted as ":memory:" or a URI.
  const fs::path file = fs::canonical(folder.path()) / name;
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
  sqlite3* handle = nullptr;
  const int opened = sqlite3_open_v2(file.c_str(), &handle, kFlags, access_to_new_files());
  handle_.reset(handle);
  if (opened != SQLITE_OK) fail();
  int moved = 0;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  if (moved != 0 || !is_same(file, made)) {
    throw SystemError(name_ + ": another program has replaced it; choose another folder with -o");
  }
  made.close();  // before SQLite locks the file: closing it later would release the lock
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
