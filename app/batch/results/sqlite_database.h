// What Saccade needs of SQLite, with errors thrown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace saccade {

/// A database that is begun anew, in one transaction at a time. Throws SystemError, which names the
/// file, where something fails.
class SqliteDatabase {
 public:
  /// Removes what was there. `schema` is run on the empty database.
  SqliteDatabase(const std::filesystem::path& file, const std::string& schema);

  /// Runs statements without parameters and results.
  void run(const std::string& sql);
  /// Ends the transaction and begins another. Returns false where a reader is in the way and
  /// `patience` is over: the transaction then goes on, and all that it changes stays in memory.
  bool commit(int patience_ms);

  /// Throws as said above, by the database's last error.
  [[noreturn]] void fail() const;

 private:
  friend class SqliteStatement;
  struct Close {
    void operator()(sqlite3* database) const;
  };
  std::string name_;
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A statement with parameters, to be run many times. Must not outlive its database.
class SqliteStatement {
 public:
  SqliteStatement(SqliteDatabase& database, std::string_view sql);

  /// Values of the next run, parameters counted from 1; what is not given is NULL. Text and bytes
  /// must stay valid until run().
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
