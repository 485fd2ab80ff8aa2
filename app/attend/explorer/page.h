// The explorer's page files, embedded at build time.
#pragma once

#include "app/cli/embedded_file.h"

namespace saccade {

EmbeddedFile page_html();
EmbeddedFile page_css();
EmbeddedFile page_js();

}  // namespace saccade
