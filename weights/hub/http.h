// A small HTTP client over libcurl. Supports http and https, uses the proxies of libcurl's
// environment variables, and does not follow redirects.
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

/// The server could not be reached, did not answer in time, or closed the connection.
class NetworkError : public SystemError {
 public:
  NetworkError(const std::string& text, bool reached) : SystemError(text), reached_(reached) {}
  /// False if no connection was established.
  bool reached() const { return reached_; }

 private:
  bool reached_;
};

struct HttpResponse {
  long status = 0;
  std::map<std::string, std::string, std::less<>> headers;  ///< names in lower case

  /// Returns a header by its lower-case name, or "".
  std::string header(std::string_view name) const;
  bool is_redirect() const { return status / 100 == 3 && !header("location").empty(); }
};

struct HttpRequest {
  std::string url;
  std::vector<std::string> headers;  ///< "Name: value"
  std::chrono::seconds timeout{10};  ///< to connect, without receiving a byte, for all of a HEAD
};

/// Keeps its connection open for the next request. Not thread-safe.
class Http {
 public:
  /// Requests call `stopped` regularly and throw Interrupted once it returns true.
  explicit Http(std::function<bool()> stopped);
  ~Http();
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;

  /// Throws NetworkError, or SystemError if the server fails TLS verification.
  HttpResponse head(const HttpRequest& request);

  /// Receives a part of a body, which may be empty.
  using Body = std::function<void(const HttpResponse&, std::string_view)>;
  /// If the status is 200 or 206, calls `body` at least once; an exception from it ends the
  /// request. Skips the bodies of other responses. Throws like head().
  HttpResponse get(const HttpRequest& request, const Body& body);

 private:
  struct Transfer;
  HttpResponse perform(const HttpRequest& request, const Body* body);

  std::function<bool()> stopped_;
  std::unique_ptr<void, void (*)(void*)> curl_;
};

}  // namespace saccade
