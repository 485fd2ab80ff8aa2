// Keeps the image libraries' own messages off standard error.
#pragma once

namespace saccade {

/// While one lives, what its thread prints to C's `stderr` or to std::cerr is dropped.
///
/// libjpeg and libpng print with fprintf(stderr, ...), OpenCV's imdecode with std::cerr, and OpenCV
/// offers no way to set their handlers. The first CodecSilence replaces the stream behind each by
/// one that asks a thread-local flag before it passes the bytes on: so other threads go on
/// printing, which turning file descriptor 2 elsewhere would not allow. OpenCV's log and its error
/// printer are turned off for good: their texts come back as exceptions.
class CodecSilence {
 public:
  CodecSilence();
  ~CodecSilence();
  CodecSilence(const CodecSilence&) = delete;
  CodecSilence& operator=(const CodecSilence&) = delete;
};

}  // namespace saccade
