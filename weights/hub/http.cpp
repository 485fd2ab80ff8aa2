#include "weights/hub/http.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <exception>

#include "weights/hub/url.h"

namespace saccade {
namespace {

constexpr size_t kMostHeaders = 64 << 10;       // bytes
constexpr size_t kMostOfErrorPage = 256 << 10;  // bytes that are passed over

// Once for all threads, before the first handle.
void begin_curl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) throw SystemError("libcurl does not start");
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  const size_t last = text.find_last_not_of(kBlank);
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

bool was_never_connected(CURLcode code) {
  return code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY ||
         code == CURLE_COULDNT_CONNECT;
}

bool is_distrusted(CURLcode code) {
  return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
         code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_ISSUER_ERROR;
}

}  // namespace

std::string HttpResponse::header(std::string_view name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

/// What libcurl's callbacks know of. They are called from C: nothing may be thrown through it.
struct Http::Transfer {
  CURL* curl;
  const Body* body;
  const std::function<bool()>& stopped;
  HttpResponse response = {};
  size_t header_bytes = 0;
  size_t passed_over = 0;
  bool begun = false;
  std::exception_ptr failure = {};

  bool is_wanted() {
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &response.status);
    return body && (response.status == 200 || response.status == 206);
  }

  void take_header(std::string_view line) {
    header_bytes += line.size();
    if (header_bytes > kMostHeaders) {
      throw SystemError(fmt::format("the server sent more than {} bytes of headers", kMostHeaders));
    }
    if (line.starts_with("HTTP/")) response.headers.clear();  // those before were of a 1xx
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    response.headers[lower(line.substr(0, colon))] = trimmed(line.substr(colon + 1));
  }

  void take_body(std::string_view bytes) {
    if (is_wanted()) {
      begun = true;
      (*body)(response, bytes);
    } else if ((passed_over += bytes.size()) > kMostOfErrorPage) {
      throw SystemError("the server answered with an error page without end");
    }
  }

  template <typename Action>
  size_t guarded(size_t size, Action&& action) {
    try {
      action();
      return size;
    } catch (...) {
      failure = std::current_exception();
      return 0;
    }
  }

  static size_t on_header(char* data, size_t, size_t size, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    return transfer.guarded(size, [&] { transfer.take_header({data, size}); });
  }
  static size_t on_body(char* data, size_t, size_t size, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    return transfer.guarded(size, [&] { transfer.take_body({data, size}); });
  }
  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Transfer*>(self)->stopped() ? 1 : 0;
  }
};

Http::Http(std::function<bool()> stopped)
    : stopped_(std::move(stopped)), curl_((begin_curl(), curl_easy_init()), curl_easy_cleanup) {
  if (!curl_) throw SystemError("libcurl does not start");
}

Http::~Http() = default;

HttpResponse Http::head(const HttpRequest& request) { return perform(request, nullptr); }

HttpResponse Http::get(const HttpRequest& request, const Body& body) {
  return perform(request, &body);
}

HttpResponse Http::perform(const HttpRequest& request, const Body* body) {
  CURL* curl = curl_.get();
  curl_easy_reset(curl);
  Transfer transfer{curl, body, stopped_};
  std::array<char, CURL_ERROR_SIZE> reason{};
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers = [&] {
    curl_slist* list = nullptr;
    for (const std::string& line : request.headers) list = curl_slist_append(list, line.c_str());
    return std::unique_ptr<curl_slist, void (*)(curl_slist*)>(list, curl_slist_free_all);
  }();
  const long timeout = static_cast<long>(request.timeout.count());
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_NOBODY, body ? 0L : 1L);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "saccade/" SACCADE_VERSION);
  curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);  // there are threads
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason.data());
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, timeout);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, timeout);
  if (!body) curl_easy_setopt(curl, CURLOPT_TIMEOUT, timeout);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);

  const CURLcode code = curl_easy_perform(curl);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, nullptr);  // they end before the handle does
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, nullptr);
  if (transfer.failure) std::rethrow_exception(transfer.failure);
  if (code == CURLE_ABORTED_BY_CALLBACK) throw Interrupted("interrupted");
  if (code != CURLE_OK) {
    const std::string text =
        fmt::format("{}: {}", origin_of(request.url),
                    reason[0] != '\0' ? reason.data() : curl_easy_strerror(code));
    if (is_distrusted(code)) {
      throw SystemError(text + "; is ca-certificates installed, and the clock right?");
    }
    throw NetworkError(text, !was_never_connected(code));
  }
  if (transfer.is_wanted() && !transfer.begun) (*body)(transfer.response, "");
  return std::move(transfer.response);
}

}  // namespace saccade
