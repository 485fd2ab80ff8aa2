// Boxes of JPEG 2000 and ISO base media files (ISO/IEC 14496-12, 4.2).
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "vision/decode/byte_view.h"

namespace saccade {

/// Calls `visit(type, content)` for the boxes in `boxes` until it returns false. The content of the
/// last one may be cut off. Throws ImageError if a box is shorter than its own head.
template <typename Visit>
void visit_boxes(ByteView boxes, const Visit& visit) {
  for (uint64_t at = 0; boxes.has(at, 8);) {
    uint64_t length = boxes.big(at, 4), head = 8;
    const std::string_view type = boxes.text(at + 4, 4);
    if (length == 1) length = boxes.big(at + 8, 8), head = 16;
    if (length == 0) length = boxes.size() - at;
    if (length < head) throw ImageError("a box of the file is too short");
    const uint64_t content =
        std::min(length - head, boxes.size() - std::min(boxes.size(), at + head));
    if (!visit(type, ByteView(boxes.slice(at + head, content)))) return;
    if (length > boxes.size() - at) return;
    at += length;
  }
}

}  // namespace saccade
