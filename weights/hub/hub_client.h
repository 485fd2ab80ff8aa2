// The hub's protocol: what a file of a model is, and its bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "weights/hub/http.h"
#include "weights/hub/hub_name.h"
#include "weights/hub/hub_settings.h"
#include "weights/hub/pull_watch.h"

namespace saccade {

/// A file at one commit.
struct HubFile {
  std::string name;
  std::string etag;              ///< a plain name; for most files a hash of the bytes
  std::optional<uint64_t> size;  ///< bytes, where the hub says so
};

struct HubAnswer {
  std::string commit;           ///< what the revision means today
  std::optional<HubFile> file;  ///< nullopt: there is no such file
};

/// For one thread. The token goes to the endpoint's own origin and nowhere else.
class HubClient {
 public:
  HubClient(const HubSettings& settings, const PullWatch& watch);

  /// Asks for a file (HEAD), again where failures may pass. Throws ModelError where the hub refuses
  /// or is none, NetworkError, SystemError, Interrupted.
  HubAnswer find(const HubName& name, const std::string& file);

  /// Asks once for its bytes from `from` on; follows redirects. A response of any status but a
  /// redirect comes back; `body` as for Http::get.
  HttpResponse get(const HubName& name, const std::string& file, uint64_t from,
                   const Http::Body& body);

  /// What the hub's refusal means and what can be done. Throws ModelError.
  [[noreturn]] void refuse(const HubName& name, const std::string& file,
                           const HttpResponse& response) const;

 private:
  std::string address(const HubName& name, const std::string& file) const;
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
