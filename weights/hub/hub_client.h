// The hub's protocol: looks up files of a model and downloads them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "weights/hub/http.h"
#include "weights/hub/hub_name.h"
#include "weights/hub/hub_settings.h"
#include "weights/hub/hub_tree.h"
#include "weights/hub/pull_watch.h"

namespace saccade {

/// A file of a model at one commit.
struct HubFile {
  std::string name;
  std::string etag;              ///< names the blob: a hash of the bytes, or see unhashed_blob()
  std::optional<uint64_t> size;  ///< in bytes, if the hub sends it
};

struct HubAnswer {
  std::string commit;           ///< the commit that the revision points to
  std::optional<HubFile> file;  ///< nullopt if there is no such file
};

/// Sends the token only to the endpoint's own origin. Not thread-safe.
class HubClient {
 public:
  HubClient(const HubSettings& settings, const PullWatch& watch);

  /// Looks up a file (HEAD). Retries after transient failures. Throws ModelError if the hub refuses
  /// or the server is not a hub, and NetworkError, SystemError or Interrupted.
  HubAnswer find(const HubName& name, const std::string& file);

  /// Asks for the files of the commit `name.revision`. Returns an empty tree if the hub has no such
  /// list, or does not answer. Throws Interrupted.
  HubTree tree(const HubName& name);

  /// Requests the file's bytes from offset `from`, once. Follows redirects and returns the first
  /// other response, whatever its status. `body` is as in Http::get().
  HttpResponse get(const HubName& name, const std::string& file, uint64_t from,
                   const Http::Body& body);

  /// Throws a ModelError that explains the hub's refusal and names a remedy.
  [[noreturn]] void refuse(const HubName& name, const std::string& file,
                           const HttpResponse& response) const;

 private:
  std::string address(const HubName& name, const std::string& file) const;
  HttpResponse get(std::string url, uint64_t from, const Http::Body& body);
  std::vector<std::string> headers_for(const std::string& url) const;
  HttpResponse follow_head(std::string url);
  bool is_hub(const std::string& url) const;
  HubAnswer answer(const HubName& name, const std::string& file,
                   const HttpResponse& response) const;

  const HubSettings& settings_;
  const PullWatch& watch_;
  Http http_;
};

}  // namespace saccade
