#include "vision/decode/codec_silence.h"

#include <stdio.h>
#include <unistd.h>

#include <iostream>
#include <mutex>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <streambuf>

namespace saccade {
namespace {

thread_local int silences = 0;

ssize_t write_unless_silenced(void*, const char* text, size_t size) {
  if (silences > 0) return ssize_t(size);
  return ::write(STDERR_FILENO, text, size);
}

/// Forwards to the previous buffer of std::cerr.
class CerrBuffer : public std::streambuf {
 public:
  explicit CerrBuffer(std::streambuf* target) : target_(target) {}

 protected:
  int overflow(int c) override {
    if (silences > 0 || c == traits_type::eof()) return traits_type::not_eof(c);
    return target_->sputc(traits_type::to_char_type(c));
  }
  std::streamsize xsputn(const char* text, std::streamsize size) override {
    return silences > 0 ? size : target_->sputn(text, size);
  }
  int sync() override { return target_->pubsync(); }

 private:
  std::streambuf* target_;
};

int ignore_error(int, const char*, const char*, const char*, int, void*) { return 0; }

void install() {
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  cv::redirectError(ignore_error);
  std::cerr.rdbuf(new CerrBuffer(std::cerr.rdbuf()));  // never freed, like std::cerr itself
  FILE* stream = fopencookie(nullptr, "w", {nullptr, write_unless_silenced, nullptr, nullptr});
  if (!stream) return;  // out of memory: the messages are printed
  setvbuf(stream, nullptr, _IONBF, 0);
  fflush(stderr);
  stderr = stream;  // glibc documents stderr as an assignable variable
}

}  // namespace

CodecSilence::CodecSilence() {
  static std::once_flag once;
  std::call_once(once, install);
  ++silences;
}

CodecSilence::~CodecSilence() { --silences; }

}  // namespace saccade
