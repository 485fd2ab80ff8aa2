#include "weights/hub/etag_hash.h"

#include "weights/base/digest.h"
#include "weights/hub/hub_name.h"

namespace saccade {
namespace {

bool is_sha256(const std::string& etag) {
  return etag.size() == 64 && etag.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

bool is_hash(const std::string& text) { return is_sha256(text) || is_commit(text); }

bool matches_etag(const std::filesystem::path& file, const std::string& etag) {
  if (is_sha256(etag)) return sha256_of_files({file}) == etag;
  return !is_commit(etag) || git_blob_id(file) == etag;
}

}  // namespace saccade
