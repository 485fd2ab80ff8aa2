#include "weights/files/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "weights/base/errors.h"
#include "weights/base/json_text.h"
#include "weights/base/text.h"

namespace saccade {
namespace {

constexpr uint64_t max_header_bytes = 100'000'000;  // the format's own limit
constexpr size_t max_rank = 64;                     // as NumPy and PyTorch
constexpr const char* remedy = "; the file is damaged, fetch or export it again";

struct KnownDType {
  std::string_view name;
  uint64_t bits;
  DType dtype;
};

/// Every dtype of safetensors 0.8 (tensor.rs, enum Dtype).
constexpr std::array<KnownDType, 22> known_dtypes{{
    {"BOOL", 8, DType::other},        {"F4", 4, DType::other},
    {"F6_E2M3", 6, DType::other},     {"F6_E3M2", 6, DType::other},
    {"U8", 8, DType::other},          {"I8", 8, DType::other},
    {"F8_E5M2", 8, DType::other},     {"F8_E4M3", 8, DType::other},
    {"F8_E8M0", 8, DType::other},     {"F8_E4M3FNUZ", 8, DType::other},
    {"F8_E5M2FNUZ", 8, DType::other}, {"I16", 16, DType::other},
    {"U16", 16, DType::other},        {"F16", 16, DType::f16},
    {"BF16", 16, DType::bf16},        {"I32", 32, DType::other},
    {"U32", 32, DType::other},        {"F32", 32, DType::f32},
    {"C64", 64, DType::other},        {"F64", 64, DType::f64},
    {"I64", 64, DType::other},        {"U64", 64, DType::other},
}};

const KnownDType* find_dtype(std::string_view name) {
  const auto found = std::find_if(known_dtypes.begin(), known_dtypes.end(),
                                  [&](const KnownDType& known) { return known.name == name; });
  return found == known_dtypes.end() ? nullptr : &*found;
}

// Not fmt::join: g++ 12 warns about the inside of fmt 9 there.
std::string shape_text(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (const int64_t size : shape) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(size);
  }
  return text + "]";
}

/// One tensor of the header, and its range relative to the data section.
struct Entry {
  TensorView view;
  uint64_t begin = 0;
  uint64_t end = 0;
};

/// Receives the header's tokens. Rejects anything outside the format at once, so that nesting is
/// limited to three levels and memory to the size of the tensors' entries.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  HeaderReader(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  std::vector<Entry> take_entries() { return std::move(entries_); }

  bool null() override { unexpected("null"); }
  bool boolean(bool value) override { unexpected(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { unexpected(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override {
    unexpected("the number " + quote(text));
  }
  bool binary(binary_t&) override { unexpected("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (place_ == Place::shape) {
      add_dimension(value);
    } else if (place_ == Place::offsets) {
      if (offset_count_ == 2) fail("data_offsets holds more than 2 numbers; wanted [begin, end]");
      (offset_count_ == 0 ? entry_.begin : entry_.end) = value;
      ++offset_count_;
    } else {
      unexpected(std::to_string(value));
    }
    return true;
  }

  bool string(string_t& value) override {
    if (place_ == Place::tensor && field_ == Field::dtype) {
      set_dtype(value);
    } else if (place_ != Place::metadata) {
      unexpected("the string " + quote(value));
    }
    return true;
  }

  bool start_object(std::size_t) override {
    if (place_ == Place::outside) {
      place_ = Place::top;
    } else if (place_ == Place::top) {
      place_ = name_ == "__metadata__" ? Place::metadata : Place::tensor;
      inner_keys_.clear();
      entry_ = Entry{};
      offset_count_ = 0;
    } else {
      unexpected("an object");
    }
    return true;
  }

  bool key(string_t& value) override {
    if (place_ == Place::top) name_ = value;
    if (!(place_ == Place::top ? names_ : inner_keys_).insert(value).second) {
      fail(place_ == Place::top ? "is listed twice; wanted once"
                                : "key " + quote(value) + " occurs twice; wanted once");
    }
    if (place_ == Place::tensor) field_ = field_of(value);
    return true;
  }

  bool end_object() override {
    if (place_ == Place::tensor) finish_entry();
    place_ = place_ == Place::top ? Place::outside : Place::top;
    return true;
  }

  bool start_array(std::size_t) override {
    if (place_ == Place::tensor && field_ == Field::shape) {
      place_ = Place::shape;
    } else if (place_ == Place::tensor && field_ == Field::offsets) {
      place_ = Place::offsets;
    } else {
      unexpected("an array");
    }
    return true;
  }

  bool end_array() override {
    if (place_ == Place::offsets && offset_count_ != 2) {
      fail(fmt::format("data_offsets holds {} number(s); wanted [begin, end]", offset_count_));
    }
    place_ = Place::tensor;
    return true;
  }

  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::json::exception& error) override {
    throw ModelError(fmt::format("{}: header is not valid JSON: {}{}", file_,
                                 json_error_text(error, text_), remedy));
  }

 private:
  enum class Place { outside, top, metadata, tensor, shape, offsets };
  enum class Field { dtype, shape, offsets };

  [[noreturn]] void fail(const std::string& what) const {
    const std::string subject =
        name_ == "__metadata__" ? name_ : fmt::format("tensor {}", quote(name_));
    throw ModelError(fmt::format("{}: {}: {}{}", file_, subject, what, remedy));
  }

  [[noreturn]] void unexpected(const std::string& found) const {
    switch (place_) {
      case Place::outside:
      case Place::top:
        fail("found " + found + "; wanted an object");
      case Place::metadata:
        fail("found " + found + "; wanted only strings");
      case Place::shape:
      case Place::offsets:
        break;
      case Place::tensor:
        if (field_ == Field::dtype) fail("dtype: found " + found + "; wanted a string");
        fail(fmt::format("{}: found {}; wanted an array", field_name(), found));
    }
    fail(fmt::format("{}: found {}; wanted a whole number, 0 or more", field_name(), found));
  }

  const char* field_name() const { return field_ == Field::shape ? "shape" : "data_offsets"; }

  Field field_of(const std::string& key) const {
    if (key == "dtype") return Field::dtype;
    if (key == "shape") return Field::shape;
    if (key == "data_offsets") return Field::offsets;
    fail("unknown field " + quote(key) + "; wanted dtype, shape, data_offsets");
  }

  void set_dtype(const std::string& value) {
    dtype_ = find_dtype(value);
    if (!dtype_) fail("unknown dtype " + quote(value) + "; wanted one of the format, as \"F32\"");
    entry_.view.dtype = dtype_->dtype;
    entry_.view.dtype_name = value;
  }

  void add_dimension(uint64_t value) {
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      fail(fmt::format("shape: found {}; wanted less than 2^63", value));
    }
    if (entry_.view.shape.size() == max_rank) {
      fail(fmt::format("shape has more than {} dimensions", max_rank));
    }
    entry_.view.shape.push_back(static_cast<int64_t>(value));
  }

  void finish_entry() {
    for (const char* field : {"dtype", "shape", "data_offsets"}) {
      if (!inner_keys_.contains(field)) fail(fmt::format("field \"{}\" is missing", field));
    }
    if (entry_.begin > entry_.end) {
      fail(fmt::format("data_offsets [{}, {}] run backwards; wanted begin <= end", entry_.begin,
                       entry_.end));
    }
    const uint64_t wanted = wanted_bytes();
    if (entry_.end - entry_.begin != wanted) {
      fail(fmt::format("data_offsets [{}, {}] hold {} bytes; wanted {} for shape {} of {}",
                       entry_.begin, entry_.end, entry_.end - entry_.begin, wanted,
                       shape_text(entry_.view.shape), entry_.view.dtype_name));
    }
    entry_.view.name = name_;
    entries_.push_back(std::move(entry_));
  }

  /// Returns the size in bytes by shape and dtype.
  uint64_t wanted_bytes() const {
    const auto& shape = entry_.view.shape;
    int64_t count = 1;
    bool overflow = false;
    for (const int64_t size : shape) overflow |= __builtin_mul_overflow(count, size, &count);
    uint64_t bits = 0;
    overflow |= __builtin_mul_overflow(static_cast<uint64_t>(count), dtype_->bits, &bits);
    if (overflow) {
      fail(fmt::format("shape {} of {} overflows 64 bits", shape_text(shape), dtype_->name));
    }
    if (bits % 8 != 0) {
      fail(fmt::format("shape {} of {} is {} bits; wanted whole bytes", shape_text(shape),
                       dtype_->name, bits));
    }
    return bits / 8;
  }

  std::string_view text_;
  const std::string& file_;
  Place place_ = Place::outside;
  Field field_ = Field::dtype;
  std::string name_;  // current key of the top level
  Entry entry_;
  const KnownDType* dtype_ = nullptr;  // of entry_, once its dtype has been read
  int offset_count_ = 0;
  std::vector<Entry> entries_;
  std::set<std::string, std::less<>> names_;
  std::set<std::string, std::less<>> inner_keys_;
};

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The JSON text between the length at the start of the file and the data section.
std::string_view header_text(std::span<const std::byte> bytes, const std::string& file) {
  if (as_text(bytes).starts_with("version https://git-lfs")) {
    throw ModelError(file + ": is a Git LFS pointer, not the weights; run \"git lfs pull\"");
  }
  uint64_t length = 0;
  if (bytes.size() < sizeof length) {
    throw ModelError(fmt::format("{}: {} bytes; a safetensors file has at least 8{}", file,
                                 bytes.size(), remedy));
  }
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > max_header_bytes) {
    throw ModelError(fmt::format("{}: not a safetensors file: header length {}; wanted at most {}",
                                 file, length, max_header_bytes));
  }
  const auto rest = bytes.subspan(sizeof length);
  if (length > rest.size()) {
    throw ModelError(fmt::format("{}: header length {}, but only {} bytes follow{}", file, length,
                                 rest.size(), remedy));
  }
  const std::string_view text = as_text(rest.first(length));
  if (!text.starts_with('{')) {
    throw ModelError(fmt::format("{}: header begins with {}; wanted \"{{\"{}", file,
                                 quote(text.substr(0, 1)), remedy));
  }
  // nlohmann-json treats a NUL byte as the end of its input and would ignore the rest.
  if (const size_t nul = text.find('\0'); nul != text.npos) {
    throw ModelError(
        fmt::format("{}: header is not valid JSON: NUL byte at offset {}{}", file, nul, remedy));
  }
  return text;
}

/// Checks that the entries, sorted by offset, cover `data_size` bytes without holes or overlaps.
void check_coverage(const std::vector<Entry>& entries, uint64_t data_size,
                    const std::string& file) {
  uint64_t covered = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != covered) {
      throw ModelError(fmt::format("{}: tensor {}: data begins at {}, which leaves {}; wanted {}{}",
                                   file, quote(entry.view.name), entry.begin,
                                   entry.begin < covered ? "an overlap" : "a hole", covered,
                                   remedy));
    }
    covered = entry.end;
  }
  if (covered != data_size) {
    throw ModelError(fmt::format("{}: the tensors come to {} bytes, but the file holds {}{}", file,
                                 covered, data_size, remedy));
  }
}

}  // namespace

std::vector<TensorView> parse_safetensors(std::span<const std::byte> bytes,
                                          const std::string& file) {
  const std::string_view text = header_text(bytes, file);
  HeaderReader reader(text, file);
  nlohmann::json::sax_parse(text, &reader);
  std::vector<Entry> entries = reader.take_entries();
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  const auto data = bytes.subspan(sizeof(uint64_t) + text.size());
  check_coverage(entries, data.size(), file);
  std::vector<TensorView> tensors;
  tensors.reserve(entries.size());
  for (Entry& entry : entries) {
    entry.view.bytes = data.subspan(entry.begin, entry.end - entry.begin);
    tensors.push_back(std::move(entry.view));
  }
  return tensors;
}

}  // namespace saccade
