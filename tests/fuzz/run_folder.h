// A folder of a run that fuzz targets write to, in memory if the machine allows it.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace saccade::fuzz {

class RunFolder {
 public:
  RunFolder() {
    const std::filesystem::path memory = "/dev/shm";
    const bool usable = std::filesystem::is_directory(memory);
    std::string name =
        ((usable ? memory : std::filesystem::temp_directory_path()) / "saccade-fuzz-XXXXXX")
            .string();
    if (!mkdtemp(name.data())) abort();
    path_ = name;
  }
  ~RunFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

  void write(const char* name, const void* bytes, size_t size) const {
    std::filesystem::create_directories(path_ / "shard");
    std::ofstream(path_ / "shard" / name, std::ios::binary)
        .write(static_cast<const char*>(bytes), static_cast<std::streamsize>(size));
  }
  void write(const char* name, const std::string& text) const {
    write(name, text.data(), text.size());
  }

 private:
  std::filesystem::path path_;
};

/// Records of the two pictures of shard 1 of 1.
inline const std::string kResults =
    R"({"file":"a.png","model":"m","predictions":[{"index":1,"label":"cat","score":0.5}]})"
    "\n"
    R"({"file":"b.png","model":"m","predictions":[],"error":"b.png: is broken"})"
    "\n";

inline const std::string kPlaces = "0\n1\n";

/// The names' digest is that of "a.png" and "b.png".
inline const std::string kRunJson =
    R"({"outcome":"finished","command":["batch"],"settings":{"model":"m","topk":5},)"
    R"("shard":{"index":1,"of":1,"all_pictures":2,"all_names_sha256":")"
    "ba6495104e936e7c9c677fa5039814d524276a0e28a2582d73eac6a605d792f4"
    R"("},"host":{"name":"h"},"counts":{"pictures":2,"unreadable_folders":0},)"
    R"("timings":{"seconds":1.5,"reading_seconds":1},"failures":[]})";

}  // namespace saccade::fuzz
