#include "weights/files/torch/torch_archive.h"

#include <fmt/format.h>
#include <minizip/unzip.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>

#include "weights/base/errors.h"
#include "weights/base/text.h"

namespace saccade {
namespace {

constexpr size_t kMaxEntries = 1 << 20;
constexpr size_t kMaxNameBytes = 4096;

// I/O callbacks that let minizip read the mapped bytes.
struct Reader {
  std::span<const std::byte> bytes;
  uint64_t at = 0;
};

voidpf open_reader(voidpf opaque, const void*, int) { return opaque; }
int close_reader(voidpf, voidpf) { return 0; }
int error_of_reader(voidpf, voidpf) { return 0; }
ZPOS64_T tell(voidpf, voidpf stream) { return static_cast<Reader*>(stream)->at; }

uLong read(voidpf, voidpf stream, void* to, uLong count) {
  auto& reader = *static_cast<Reader*>(stream);
  const uint64_t left = reader.bytes.size() - reader.at;
  const uint64_t taken = std::min<uint64_t>(count, left);
  if (taken > 0) std::memcpy(to, reader.bytes.data() + reader.at, size_t(taken));
  reader.at += taken;
  return uLong(taken);
}

long seek(voidpf, voidpf stream, ZPOS64_T offset, int origin) {
  auto& reader = *static_cast<Reader*>(stream);
  const uint64_t base = origin == ZLIB_FILEFUNC_SEEK_CUR   ? reader.at
                        : origin == ZLIB_FILEFUNC_SEEK_END ? reader.bytes.size()
                                                           : 0;
  if (offset > reader.bytes.size() - base) return -1;
  reader.at = base + offset;
  return 0;
}

struct CloseArchive {
  void operator()(void* archive) const { unzClose(archive); }
};
using OpenArchive = std::unique_ptr<void, CloseArchive>;

OpenArchive open_archive(Reader& reader) {
  zlib_filefunc64_def functions{};
  functions.zopen64_file = open_reader;
  functions.zread_file = read;
  functions.ztell64_file = tell;
  functions.zseek64_file = seek;
  functions.zclose_file = close_reader;
  functions.zerror_file = error_of_reader;
  functions.opaque = &reader;
  return OpenArchive(unzOpen2_64("", &functions));
}

// Returns the offset of the current entry's data, or 0 if its local header is damaged.
uint64_t offset_of_entry(unzFile archive) {
  int method = 0, level = 0;
  if (unzOpenCurrentFile2(archive, &method, &level, /*raw=*/1) != UNZ_OK) return 0;
  const uint64_t offset = unzGetCurrentFileZStreamPos64(archive);
  unzCloseCurrentFile(archive);
  return offset;
}

}  // namespace

bool is_zip(std::span<const std::byte> bytes) {
  constexpr std::array magic{std::byte{'P'}, std::byte{'K'}, std::byte{3}, std::byte{4}};
  return bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin());
}

TorchArchive::TorchArchive(std::span<const std::byte> bytes, const std::string& file)
    : file_(file) {
  const auto fail = [&](const std::string& problem) {
    throw ModelError(fmt::format("{}: {}; fetch or save it again", file, problem));
  };
  Reader reader{bytes};
  const OpenArchive archive = open_archive(reader);
  if (!archive) fail("the zip archive is cut off or damaged");
  for (int state = unzGoToFirstFile(archive.get()); state != UNZ_END_OF_LIST_OF_FILE;
       state = unzGoToNextFile(archive.get())) {
    unz_file_info64 info{};
    std::array<char, kMaxNameBytes> name{};
    if (state != UNZ_OK || entries_.size() >= kMaxEntries ||
        unzGetCurrentFileInfo64(archive.get(), &info, name.data(), name.size() - 1, nullptr, 0,
                                nullptr, 0) != UNZ_OK ||
        info.size_filename >= name.size()) {
      fail("the list of entries in the zip archive is damaged");
    }
    const std::string_view entry(name.data());
    constexpr uLong encrypted = 1;
    if (info.compression_method != 0 || (info.flag & encrypted) != 0 ||
        info.compressed_size != info.uncompressed_size) {
      fail(fmt::format("entry {} is compressed or encrypted, unlike those of torch.save",
                       quote(entry)));
    }
    const uint64_t offset = offset_of_entry(archive.get());
    if (offset == 0 || offset > bytes.size() || info.uncompressed_size > bytes.size() - offset) {
      fail(fmt::format("entry {} extends past the end of the zip archive", quote(entry)));
    }
    const auto slash = entry.find('/');
    if (slash == std::string_view::npos) continue;
    entries_.insert_or_assign(std::string(entry.substr(slash + 1)),
                              bytes.subspan(size_t(offset), size_t(info.uncompressed_size)));
  }
}

std::span<const std::byte> TorchArchive::entry(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found != entries_.end()) return found->second;
  throw ModelError(fmt::format("{}: no entry {} in the zip archive; is it from torch.save?", file_,
                               quote(name)));
}

}  // namespace saccade
