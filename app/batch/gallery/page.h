// The gallery's page files, embedded at build time.
#pragma once

#include "app/cli/embedded_file.h"

namespace saccade {

EmbeddedFile gallery_html();
EmbeddedFile gallery_css();
EmbeddedFile gallery_store();
EmbeddedFile gallery_charts();
EmbeddedFile gallery_grid();
EmbeddedFile gallery_detail();
EmbeddedFile gallery_js();

}  // namespace saccade
