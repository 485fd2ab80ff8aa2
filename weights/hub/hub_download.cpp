#include "weights/hub/hub_download.h"

#include <fmt/format.h>

#include <string_view>

#include "weights/base/errors.h"
#include "weights/hub/backoff.h"
#include "weights/hub/etag_hash.h"
#include "weights/hub/hub_lock.h"
#include "weights/hub/incomplete_file.h"

namespace saccade {
namespace {

/// The server goes on after the size that it named.
struct TooLong {};

/// One file on its way.
class Transfer {
 public:
  Transfer(HubClient& client, const HubName& name, const HubFile& file, const DownloadSite& site)
      : client_(client),
        name_(name),
        file_(file),
        site_(site),
        incomplete_(site.cache.blob(file.etag + ".incomplete")) {
    tell(incomplete_.size());
  }

  /// Until the file is whole and has its hash.
  void run() {
    for (int round = 1;; ++round) {
      receive();
      const bool sized = !file_.size || *file_.size == incomplete_.size();
      if (sized && matches_etag(site_.cache.blob(file_.etag + ".incomplete"), file_.etag)) break;
      refuse_wrong_bytes(round == 1, sized ? "have another hash than" : "are not as many as");
    }
    incomplete_.finish(site_.cache.blob(file_.etag));
  }

 private:
  // Until the server has no more of it, whatever came.
  void receive() {
    Backoff backoff(site_.settings.first_wait, site_.watch);
    if (file_.size.value_or(0) > site_.most) refuse_size();
    if (file_.size && incomplete_.size() > *file_.size) clear();
    if (file_.size) incomplete_.check_room(*file_.size - incomplete_.size());
    while (!is_whole()) {
      const uint64_t before = incomplete_.size();
      std::string trouble = "broke off";
      HttpResponse response;
      try {
        response = ask();
        if (response.status == 416) return;
        if (response.status / 100 == 2 && (!file_.size || is_whole())) return;
        if (may_pass(response.status)) trouble = fmt::format("answers {}", response.status);
        if (response.status / 100 != 2 && !may_pass(response.status)) {
          client_.refuse(name_, file_.name, response);
        }
        trouble = fmt::format("{}: {} after {} bytes", file_.name, trouble, incomplete_.size());
      } catch (const NetworkError& error) {
        trouble = fmt::format("{}: {}", file_.name, error.what());
      } catch (const TooLong&) {
        return;
      }
      if (incomplete_.size() > before) backoff.reset();
      if (!backoff.wait(trouble, &response)) {
        throw NetworkError(trouble + "; what came is kept, the same command goes on with it", true);
      }
    }
  }

  HttpResponse ask() {
    const uint64_t from = incomplete_.size();
    bool begun = false;
    return client_.get(name_, file_.name, from,
                       [&](const HttpResponse& response, std::string_view bytes) {
                         if (!begun) begin(response, from);
                         begun = true;
                         take(bytes);
                       });
  }

  void begin(const HttpResponse& response, uint64_t from) {
    if (response.status == 200) return clear();  // all of it, whatever was asked for
    const std::string range = response.header("content-range");
    if (range.starts_with(fmt::format("bytes {}-", from))) return;
    throw NetworkError(fmt::format("other bytes came than those asked for, from {} on", from),
                       true);
  }

  void take(std::string_view bytes) {
    incomplete_.append(bytes);
    tell(bytes.size());
    if (file_.size && incomplete_.size() > *file_.size) throw TooLong{};
    if (incomplete_.size() > site_.most) refuse_size();
  }

  bool is_whole() const { return file_.size && incomplete_.size() == *file_.size; }

  void clear() {
    if (site_.meter) site_.meter->take_back(incomplete_.size());
    incomplete_.clear();
  }

  void tell(uint64_t bytes) {
    if (site_.meter) site_.meter->add(bytes);
  }

  [[noreturn]] void refuse_size() {
    incomplete_.discard();
    throw ModelError(fmt::format("{} of {} is too large; wanted at most {} bytes", file_.name,
                                 name_.repo, site_.most));
  }

  void refuse_wrong_bytes(bool first, std::string_view how) {
    const std::string trouble =
        fmt::format("{}: the bytes that came {} the hub says", file_.name, how);
    clear();
    if (first) return site_.watch.note(trouble + "; once more from the beginning");
    incomplete_.discard();
    throw ModelError(fmt::format(
        "{} of {}, twice; they are thrown away: a proxy or mirror may alter them, or the hub is at "
        "fault; try later or without it",
        trouble, name_.repo));
  }

  HubClient& client_;
  const HubName& name_;
  const HubFile& file_;
  const DownloadSite& site_;
  IncompleteFile incomplete_;
};

}  // namespace

void PullMeter::expect(uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  total_ += bytes;
}

void PullMeter::add(uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  done_ += bytes;
  watch_.progress(done_, total_);
}

void PullMeter::take_back(uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  done_ -= bytes;
}

void download(HubClient& client, const HubName& name, const HubFile& file,
              const DownloadSite& site) {
  const std::string& commit = name.revision;
  site.cache.make_folders(commit);
  bool told = false;
  const HubLock lock(site.cache.lock(file.etag), [&] {
    stop_if_asked(site.watch);
    if (!told) site.watch.note(file.name + ": another program downloads it; waiting for that");
    told = true;
  });
  // With plain copies in place of links, the other program left no blob.
  if (site.cache.file(commit, file.name)) return;
  const bool fresh = !site.cache.has_blob(file.etag);
  if (fresh) {
    Transfer(client, name, file, site).run();
  } else if (site.meter) {
    site.meter->add(file.size.value_or(0));
  }
  site.cache.link(commit, file.name, file.etag, fresh, site.settings.symlinks);
}

}  // namespace saccade
