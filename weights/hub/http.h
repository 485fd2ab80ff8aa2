// One HTTP request at a time, by libcurl: http and https alone, redirects not followed, proxies as
// libcurl's environment variables say.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "weights/base/errors.h"

namespace saccade {

/// The other side could not be reached, did not answer in time or broke off.
class NetworkError : public SystemError {
 public:
  NetworkError(const std::string& text, bool reached) : SystemError(text), reached_(reached) {}
  /// False where there was no connection at all.
  bool reached() const { return reached_; }

 private:
  bool reached_;
};

/// Whoever watches asked for an end.
class Interrupted : public Error {
 public:
  using Error::Error;
};

struct HttpResponse {
  long status = 0;
  std::map<std::string, std::string, std::less<>> headers;  ///< names in lower case

  /// Empty where there is none.
  std::string header(std::string_view name) const;
  bool is_redirect() const { return status / 100 == 3 && !header("location").empty(); }
};

struct HttpRequest {
  std::string url;
  std::vector<std::string> headers;  ///< "Name: value"
  std::chrono::seconds timeout{10};  ///< to connect; without a byte; a HEAD in all
};

/// A connection that is kept for the next request. Not for two threads at once.
class Http {
 public:
  /// `stopped` is asked all the time; where it says so, a request throws Interrupted.
  explicit Http(std::function<bool()> stopped);
  ~Http();
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;

  /// Throws NetworkError, or SystemError where the other side is not who it should be (TLS).
  HttpResponse head(const HttpRequest& request);

  /// `body` is called with parts of the body, at least once and maybe with an empty one, where the
  /// status is 200 or 206; what it throws ends the request. Other bodies are passed over.
  using Body = std::function<void(const HttpResponse&, std::string_view)>;
  HttpResponse get(const HttpRequest& request, const Body& body);

 private:
  struct Transfer;
  HttpResponse perform(const HttpRequest& request, const Body* body);

  std::function<bool()> stopped_;
  std::unique_ptr<void, void (*)(void*)> curl_;
};

}  // namespace saccade
