#include "weights/hub/hub_client.h"

#include <fmt/format.h>

#include <charconv>

#include "weights/base/text.h"
#include "weights/hub/backoff.h"
#include "weights/hub/hub_cache.h"
#include "weights/hub/url.h"

namespace saccade {
namespace {

constexpr int kMaxRedirects = 20;

std::optional<uint64_t> number(const std::string& text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// W/"abc" or "abc" -> abc, as in huggingface_hub's _normalize_etag.
std::string bare_etag(std::string etag) {
  etag.erase(0, etag.find_first_not_of("W/"));
  etag.erase(0, etag.find_first_not_of('"'));
  etag.erase(etag.find_last_not_of('"') + 1);
  return etag;
}

std::string next_address(const std::string& url, const HttpResponse& response) {
  const std::string location = response.header("location");
  const std::string target = redirected(url, location);
  if (target.empty() || (url.starts_with("https:") && !target.starts_with("https:"))) {
    throw SystemError(
        fmt::format("{}: redirects to {}, which is not followed", origin_of(url), quote(location)));
  }
  return target;
}

[[noreturn]] void throw_too_many_redirects(const std::string& url) {
  throw SystemError(fmt::format("{}: more than {} redirects; is a proxy or HF_ENDPOINT wrong?",
                                origin_of(url), kMaxRedirects));
}

[[noreturn]] void fail(const std::string& model, const std::string& reason) {
  throw ModelError(fmt::format("{}: {}", model, reason));
}

std::string title(const HubName& name) {
  return name.revision == HubName{}.revision ? name.repo : name.repo + "@" + name.revision;
}

}  // namespace

HubClient::HubClient(const HubSettings& settings, const PullWatch& watch)
    : settings_(settings), watch_(watch), http_(watch.stopped) {}

HubAnswer HubClient::find(const HubName& name, const std::string& file) {
  Backoff backoff(settings_.first_wait, watch_);
  for (;;) {
    try {
      const HttpResponse response = follow_head(address(name, file));
      if (!is_transient(response.status)) return answer(name, file, response);
      const std::string trouble =
          fmt::format("{}: the hub answers {}", origin_of(settings_.endpoint), response.status);
      if (!backoff.wait(trouble, &response)) {
        throw NetworkError(trouble + " repeatedly; try later", false);
      }
    } catch (const NetworkError& error) {
      // No retries without a connection: the model may be in the cache.
      if (!error.reached() || !backoff.wait(error.what())) throw;
    }
  }
}

HubTree HubClient::tree(const HubName& name) {
  constexpr size_t kMostBytes = size_t{16} << 20;
  std::string text;
  try {
    get(fmt::format("{}/api/models/{}/tree/{}", settings_.endpoint, name.repo, name.revision), 0,
        [&](const HttpResponse&, std::string_view bytes) {
          text += bytes;
          if (text.size() > kMostBytes) throw ModelError("the list of files is too long");
        });
  } catch (const SystemError&) {
    return {};
  } catch (const ModelError&) {
    return {};
  }
  return parse_hub_tree(text);
}

HttpResponse HubClient::get(const HubName& name, const std::string& file, uint64_t from,
                            const Http::Body& body) {
  return get(address(name, file), from, body);
}

HttpResponse HubClient::get(std::string url, uint64_t from, const Http::Body& body) {
  for (int i = 0; i < kMaxRedirects; ++i) {
    HttpRequest request{url, headers_for(url), settings_.download_timeout};
    if (from > 0) request.headers.push_back(fmt::format("Range: bytes={}-", from));
    HttpResponse response = http_.get(request, body);
    if (!response.is_redirect()) return response;
    url = next_address(url, response);
  }
  throw_too_many_redirects(url);
}

std::string HubClient::address(const HubName& name, const std::string& file) const {
  return fmt::format("{}/{}/resolve/{}/{}", settings_.endpoint, name.repo,
                     percent_encoded(name.revision), percent_encoded(file));
}

std::vector<std::string> HubClient::headers_for(const std::string& url) const {
  std::vector<std::string> headers{
      "Accept-Encoding: identity"};  // so that sizes and ranges are those of the file
  if (settings_.token && origin_of(url) == origin_of(settings_.endpoint)) {
    headers.push_back("Authorization: Bearer " + *settings_.token);
  }
  return headers;
}

// Follows redirects within the hub. The response that redirects to the storage describes the file.
HttpResponse HubClient::follow_head(std::string url) {
  for (int i = 0; i < kMaxRedirects; ++i) {
    HttpResponse response = http_.head({url, headers_for(url), settings_.answer_timeout});
    if (!response.is_redirect()) return response;
    const std::string target = next_address(url, response);
    if (!is_hub(target)) return response;
    url = target;
  }
  throw_too_many_redirects(url);
}

// A mirror may redirect to the hub itself.
bool HubClient::is_hub(const std::string& url) const {
  const std::string origin = origin_of(url);
  return origin == origin_of(settings_.endpoint) || origin == "https://huggingface.co:443" ||
         origin == "https://hf.co:443";
}

HubAnswer HubClient::answer(const HubName& name, const std::string& file,
                            const HttpResponse& response) const {
  const std::string commit = response.header("x-repo-commit");
  const bool missing = response.header("x-error-code") == "EntryNotFound";
  if (response.status / 100 > 3 && !missing) refuse(name, file, response);
  if (!is_commit(commit)) {
    throw ModelError(
        fmt::format("{}: does not answer like a Hugging Face hub (no commit for {} of {}); check "
                    "HF_ENDPOINT and proxies",
                    origin_of(settings_.endpoint), file, title(name)));
  }
  if (missing) return {commit, std::nullopt};
  const std::string linked = response.header("x-linked-etag");
  const std::string etag = bare_etag(linked.empty() ? response.header("etag") : linked);
  if (!is_plain_etag(etag)) {
    throw ModelError(fmt::format("{}: {} of {} has the ETag {}; wanted the hash of a file",
                                 origin_of(settings_.endpoint), file, title(name), quote(etag)));
  }
  std::optional<uint64_t> size = number(response.header("x-linked-size"));
  if (!size && !response.is_redirect()) size = number(response.header("content-length"));
  return {commit, HubFile{file, etag, size}};
}

void HubClient::refuse(const HubName& name, const std::string& file,
                       const HttpResponse& response) const {
  const std::string code = response.header("x-error-code");
  const std::string message = response.header("x-error-message");
  const std::string hub =
      origin_of(settings_.endpoint);  // unlike the endpoint, contains no password
  const std::string get_token = fmt::format("a token from {}/settings/tokens", hub);
  const std::string model = title(name);
  if (code == "RevisionNotFound") {
    fail(model,
         fmt::format("the model has no branch, tag or commit of this name; see {}/{}/tree/main",
                     hub, name.repo));
  }
  if (code == "GatedRepo") {
    const std::string terms = fmt::format("accept its terms at {}/{}", hub, name.repo);
    fail(model,
         settings_.token
             ? fmt::format("gated ({}), and your token has no access; {} with the token's account, "
                           "and let the token read gated models",
                           response.status, terms)
             : fmt::format("gated ({}); {}, then set HF_TOKEN to {}", response.status, terms,
                           get_token));
  }
  if (message == "Invalid credentials in Authorization header") {
    fail(model,
         fmt::format("{} does not recognise your token ({}); set HF_TOKEN to {}, or unset it for a "
                     "public model",
                     hub, response.status, get_token));
  }
  if (message == "Access to this resource is disabled.") {
    fail(model, fmt::format("{} has disabled this model", hub));
  }
  if (code == "RepoNotFound" || response.status == 401 || response.status == 404) {
    fail(model,
         fmt::format("{} has no such model ({}), or it is private; check the name, or set HF_TOKEN "
                     "to {}{}",
                     hub, response.status, get_token,
                     settings_.token ? " that can read it: yours cannot" : ""));
  }
  if (response.status == 403) {
    fail(model, fmt::format("{} denies access (403{}{}); set HF_TOKEN to {} that has access", hub,
                            message.empty() ? "" : ": ", message.empty() ? "" : quote(message),
                            get_token));
  }
  fail(model, fmt::format("{} answers {} for {}; wanted the file", hub, response.status, file));
}

}  // namespace saccade
