// A thin C++ interface to SQLite that throws on errors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "app/system/output_folder.h"

struct sqlite3;
struct sqlite3_stmt;

namespace saccade {

/// A new database that is written in one transaction at a time. Throws SystemError, naming the
/// file, if an operation fails.
class SqliteDatabase {
 public:
  /// Replaces an existing database by an empty one and runs `schema` on it. SQLite opens files by
  /// name; it is kept from every file but the new database and new journals.
  SqliteDatabase(const OutputFolder& folder, const std::filesystem::path& name,
                 const std::string& schema);

  /// Runs statements that have no parameters and return no rows.
  void run(const std::string& sql);
  /// Commits the transaction and begins another. Returns false if a reader still locks the file
  /// after `patience_ms`: the transaction then stays open, with all its changes in memory.
  bool commit(int patience_ms);

  /// Throws the database's last error.
  [[noreturn]] void fail() const;

 private:
  friend class SqliteStatement;
  struct Close {
    void operator()(sqlite3* database) const;
  };
  std::string name_;
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A prepared statement with parameters, to be run many times. Must not outlive its database.
class SqliteStatement {
 public:
  SqliteStatement(SqliteDatabase& database, std::string_view sql);

  /// Sets a parameter (counted from 1) for the next run; parameters that are not set are NULL. Text
  /// and bytes must stay valid until run().
  void bind(int parameter, int64_t value);
  void bind(int parameter, double value);
  void bind(int parameter, std::string_view utf8);
  void bind(int parameter, std::span<const std::byte> bytes);
  void run();

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  void check(int outcome) const;

  SqliteDatabase& database_;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

}  // namespace saccade
