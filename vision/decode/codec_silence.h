// Keeps messages of the image libraries off standard error.
#pragma once

namespace saccade {

/// During its lifetime, drops what its thread prints to C's `stderr` or to std::cerr.
///
/// libjpeg and libpng print with fprintf(stderr, ...), OpenCV's imdecode with std::cerr, and OpenCV
/// has no interface to set their handlers. The first CodecSilence replaces the stream behind each
/// with one that checks a thread-local flag before it forwards the bytes. Other threads can still
/// print, which redirecting file descriptor 2 would prevent. OpenCV's log and error printer are
/// turned off permanently: the same texts arrive as exceptions.
class CodecSilence {
 public:
  CodecSilence();
  ~CodecSilence();
  CodecSilence(const CodecSilence&) = delete;
  CodecSilence& operator=(const CodecSilence&) = delete;
};

}  // namespace saccade
