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

constexpr size_t kMaxHeaderBytes = 64 << 10;
constexpr size_t kMaxSkippedBytes = 256 << 10;  // of an error page

/// Initialises libcurl, once for all threads, before the first handle.
void start_curl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) throw SystemError("libcurl cannot be initialised");
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

/// The state of libcurl's callbacks. They are called from C, so no exception may leave them.
struct Http::Transfer {
  CURL* curl;
  const Body* body;
  const std::function<bool()>& stopped;
  HttpResponse response = {};
  size_t header_bytes = 0;
  size_t skipped_bytes = 0;
  bool begun = false;
  std::exception_ptr failure = {};

  bool is_wanted() {
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &response.status);
    return body && (response.status == 200 || response.status == 206);
  }

  void take_header(std::string_view line) {
    header_bytes += line.size();
    if (header_bytes > kMaxHeaderBytes) {
      throw SystemError(
          fmt::format("the server sent more than {} bytes of headers", kMaxHeaderBytes));
    }
    if (line.starts_with("HTTP/"))
      response.headers.clear();  // a new response, after one of status 1xx
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    response.headers[lower(line.substr(0, colon))] = trimmed(line.substr(colon + 1));
  }

  void take_body(std::string_view bytes) {
    if (is_wanted()) {
      begun = true;
      (*body)(response, bytes);
    } else if ((skipped_bytes += bytes.size()) > kMaxSkippedBytes) {
      throw SystemError("the server answered with an endless error page");
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

  void set_callbacks() {
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, this);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
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
    : stopped_(std::move(stopped)), curl_((start_curl(), curl_easy_init()), curl_easy_cleanup) {
  if (!curl_) throw SystemError("libcurl cannot be initialised");
}

Http::~Http() = default;

HttpResponse Http::head(const HttpRequest& request) { return perform(request, nullptr); }

HttpResponse Http::get(const HttpRequest& request, const Body& body) {
  return perform(request, &body);
}

namespace {

using HeaderList = std::unique_ptr<curl_slist, void (*)(curl_slist*)>;

HeaderList header_list(const std::vector<std::string>& lines) {
  curl_slist* list = nullptr;
  for (const std::string& line : lines) list = curl_slist_append(list, line.c_str());
  return {list, curl_slist_free_all};
}

void set_request(CURL* curl, const HttpRequest& request, curl_slist* headers, bool head) {
  const long timeout = static_cast<long>(request.timeout.count());
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_NOBODY, head ? 1L : 0L);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "saccade/" SACCADE_VERSION);
  curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);  // signals are unsafe in a threaded program
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, timeout);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, timeout);
  if (head) curl_easy_setopt(curl, CURLOPT_TIMEOUT, timeout);
}

[[noreturn]] void throw_failure(CURLcode code, const std::string& url, const char* reason) {
  if (code == CURLE_ABORTED_BY_CALLBACK) throw Interrupted("interrupted");
  const std::string text =
      fmt::format("{}: {}", origin_of(url), *reason != '\0' ? reason : curl_easy_strerror(code));
  if (is_distrusted(code)) {
    throw SystemError(text + "; is ca-certificates installed, and the clock right?");
  }
  throw NetworkError(text, !was_never_connected(code));
}

}  // namespace

HttpResponse Http::perform(const HttpRequest& request, const Body* body) {
  CURL* curl = curl_.get();
  curl_easy_reset(curl);
  Transfer transfer{curl, body, stopped_};
  transfer.set_callbacks();
  const HeaderList headers = header_list(request.headers);
  set_request(curl, request, headers.get(), body == nullptr);
  std::array<char, CURL_ERROR_SIZE> reason{};
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason.data());

  const CURLcode code = curl_easy_perform(curl);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, nullptr);  // the handle outlives both
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, nullptr);
  if (transfer.failure) std::rethrow_exception(transfer.failure);
  if (code != CURLE_OK) throw_failure(code, request.url, reason.data());
  if (transfer.is_wanted() && !transfer.begun) (*body)(transfer.response, "");
  return std::move(transfer.response);
}

}  // namespace saccade
