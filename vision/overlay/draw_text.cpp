#include "vision/overlay/draw_text.h"

#include <algorithm>
#include <cstdint>
#include <opencv2/imgproc.hpp>
#include <utility>

namespace saccade {
namespace {

constexpr int kFont = cv::FONT_HERSHEY_DUPLEX;
constexpr double kCapitalHeight = 21;  // of the font at scale 1
constexpr double kCapitalPart = 0.6;   // of the line's height
constexpr double kBaseline = 0.76;
constexpr double kStroke = 0.06;
constexpr int kOversampling = 4;  // OpenCV's antialiasing is poor at small sizes
constexpr float kInk = 32;

struct CodePoint {
  uint32_t value;
  size_t length;
};

constexpr uint32_t kInvalid = 0xFFFFFFFF;

CodePoint next_code_point(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {kInvalid, 1};
  uint32_t value = lead & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {kInvalid, 1};
    value = value << 6 | (byte(i) & 0x3Fu);
  }
  return {value, length};
}

/// Replacements of punctuation, and of letters that become two.
constexpr std::pair<uint32_t, std::string_view> kReplacements[] = {
    {0xA0, " "},   {0xAB, "\""},   {0xAD, ""},     {0xB7, "-"},    {0xBB, "\""},   {0xC6, "AE"},
    {0xD7, "x"},   {0xDE, "Th"},   {0xDF, "ss"},   {0xE6, "ae"},   {0xF7, "/"},    {0xFE, "th"},
    {0x132, "IJ"}, {0x133, "ij"},  {0x152, "OE"},  {0x153, "oe"},  {0x2010, "-"},  {0x2011, "-"},
    {0x2012, "-"}, {0x2013, "-"},  {0x2014, "-"},  {0x2015, "-"},  {0x2018, "'"},  {0x2019, "'"},
    {0x201A, "'"}, {0x201C, "\""}, {0x201D, "\""}, {0x201E, "\""}, {0x2022, "-"},  {0x2026, "..."},
    {0x202F, " "}, {0x2192, "->"}, {0x2212, "-"},  {0x2264, "<="}, {0x2265, ">="},
};

/// The letters from U+00C0 to U+017F without their accents.
constexpr std::string_view kLatin =
    "AAAAAAACEEEEIIIIDNOOOOO?OUUUUY??aaaaaaaceeeeiiiidnooooo?ouuuuy?y"
    "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi??JjKkkLlLlLlLlLlNnNnNnnNnOoOoOo??RrRrRrSs"
    "SsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";
static_assert(kLatin.size() == 0x180 - 0xC0);

std::string replacement(uint32_t value) {
  if (value < 0x20 || value == 0x7F) return " ";
  if (value < 0x80) return {static_cast<char>(value)};
  if (value >= 0x300 && value < 0x370) return {};  // a combining accent
  for (const auto& [from, to] : kReplacements) {
    if (from == value) return std::string(to);
  }
  if (value >= 0xC0 && value < 0x180) return {kLatin[value - 0xC0]};
  return "?";
}

double font_scale(int height) { return height * kCapitalPart / kCapitalHeight; }

int stroke(int height) { return std::max(1, cvRound(height * kStroke)); }

}  // namespace

std::string to_ascii(std::string_view text) {
  std::string ascii;
  while (!text.empty()) {
    const CodePoint code = next_code_point(text);
    ascii += replacement(code.value);
    text.remove_prefix(code.length);
  }
  return ascii;
}

int text_width(const std::string& ascii, int height) {
  if (ascii.empty()) return 0;
  const int large = height * kTextOversampling;
  const cv::Size size = cv::getTextSize(ascii, kFont, font_scale(large), stroke(large), nullptr);
  return (size.width + kTextOversampling - 1) / kTextOversampling;
}

std::string fit_text(std::string_view text, int height, int width) {
  // No letter is narrower than a sixteenth of the line height, so longer text need not be measured.
  const size_t max_letters =
      16 * static_cast<size_t>(std::max(width, 0)) / static_cast<size_t>(height);
  std::string ascii = to_ascii(text);
  if (ascii.size() <= max_letters && text_width(ascii, height) <= width) return ascii;
  ascii.resize(std::min(ascii.size(), max_letters));
  for (;; ascii.pop_back()) {
    const std::string shortened = ascii.substr(0, ascii.find_last_not_of(" ,") + 1) + "...";
    if (text_width(shortened, height) <= width) return shortened;
    if (ascii.empty()) return {};
  }
}

void draw_text(cv::Mat& rgb, const std::string& ascii, cv::Point at, int height) {
  const int width = text_width(ascii, height);
  const cv::Rect place = cv::Rect(at.x, at.y, width, height) & cv::Rect({0, 0}, rgb.size());
  if (place.empty()) return;
  const int large = height * kTextOversampling;
  cv::Mat drawn(large, width * kTextOversampling, CV_8UC1, cv::Scalar(0));
  cv::putText(drawn, ascii, {0, cvRound(large * kBaseline)}, kFont, font_scale(large), {255},
              stroke(large), cv::LINE_AA);
  cv::Mat cover;
  cv::resize(drawn, cover, {width, height}, 0, 0, cv::INTER_AREA);
  for (int y = place.y; y < place.y + place.height; ++y) {
    const uint8_t* share = cover.ptr(y - at.y);
    auto* pixel = rgb.ptr<cv::Vec3b>(y);
    for (int x = place.x; x < place.x + place.width; ++x) {
      for (int c = 0; c < 3; ++c) {
        const float base = pixel[x][c];
        pixel[x][c] = static_cast<uint8_t>(base + share[x - at.x] / 255.0f * (kInk - base) + 0.5f);
      }
    }
  }
}

}  // namespace saccade
