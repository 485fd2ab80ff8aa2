// Runs a local hub during a test: tests/support/hub_server.py.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {

class TestHub {
 public:
  TestHub() {
    namespace detail = process_detail;
    ::setenv("no_proxy", "127.0.0.1", 1);
    const detail::Pipe in = detail::make_pipe();
    const detail::Pipe out = detail::make_pipe();
    child_ = ::fork();
    if (child_ < 0) throw std::runtime_error("fork failed");
    if (child_ == 0) {
      const std::string script = source_path("tests/support/hub_server.py").string();
      detail::become({"/usr/bin/env", "python3", script, folder_.path().string()}, {}, in.read_end,
                     out.write_end, STDERR_FILENO);
    }
    ::close(in.read_end);
    ::close(out.write_end);
    life_ = in.write_end;
    std::string line;
    for (char c = 0; ::read(out.read_end, &c, 1) == 1 && c != '\n';) line += c;
    ::close(out.read_end);
    std::istringstream ports(line);
    if (!(ports >> hub_port_ >> store_port_)) throw std::runtime_error("no hub server: python3?");
  }
  ~TestHub() { stop(); }
  TestHub(const TestHub&) = delete;
  TestHub& operator=(const TestHub&) = delete;

  /// Stops the servers: connections fail from now on.
  void stop() {
    if (child_ < 0) return;
    ::close(life_);
    ::waitpid(child_, nullptr, 0);
    child_ = -1;
  }

  std::string endpoint() const { return "http://127.0.0.1:" + hub_port_; }
  std::string store() const { return "http://127.0.0.1:" + store_port_; }
  const TempDir& folder() const { return folder_; }
  std::filesystem::path file(const std::string& repo, const std::string& name) const {
    return folder_.path() / "repos" / repo / name;
  }

  /// Adds the files of a golden checkpoint as the model `repo`.
  void add_golden(const std::string& repo, const std::string& name) const {
    add_files(repo, source_path("tests/golden/cases/" + name));
  }
  void add_files(const std::string& repo, const std::filesystem::path& from) const {
    namespace fs = std::filesystem;
    fs::create_directories(file(repo, "x").parent_path());
    for (const auto& entry : fs::directory_iterator(from)) {
      const std::string file_name = entry.path().filename().string();
      if (entry.is_regular_file() && file_name != "stages.safetensors") {
        fs::copy_file(entry.path(), file(repo, file_name));
      }
    }
  }

  /// Sets a JSON list of faults, which hub_server.py documents; single quotes stand for double
  /// quotes.
  void set_faults(std::string json) const {
    for (char& c : json) c = c == '\'' ? '"' : c;
    folder_.write("faults.new", json);
    std::filesystem::rename(folder_.path() / "faults.new", folder_.path() / "faults.json");
  }

  /// All requests so far.
  std::vector<nlohmann::json> log() const {
    std::vector<nlohmann::json> requests;
    std::ifstream stream(folder_.path() / "log.jsonl");
    for (std::string line; std::getline(stream, line);) {
      requests.push_back(nlohmann::json::parse(line));
    }
    return requests;
  }
  void forget_log() const { std::filesystem::remove(folder_.path() / "log.jsonl"); }

 private:
  TempDir folder_;
  pid_t child_ = -1;
  int life_ = -1;
  std::string hub_port_, store_port_;
};

}  // namespace saccade::test
