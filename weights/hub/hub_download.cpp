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

/// Thrown when the server sends more bytes than it announced.
struct TooLong {};

/// The download of one file.
class Transfer {
 public:
  Transfer(HubClient& client, const HubName& name, const HubFile& file,
           const DownloadTarget& target)
      : client_(client),
        name_(name),
        file_(file),
        target_(target),
        incomplete_(target.cache.blob(file.etag + ".incomplete")) {
    report(incomplete_.size());
  }

  /// Returns once the file is complete and has the right hash.
  void run() {
    for (int round = 1;; ++round) {
      receive();
      const bool sized = !file_.size || *file_.size == incomplete_.size();
      if (sized && matches_etag(target_.cache.blob(file_.etag + ".incomplete"), file_.etag)) break;
      refuse_wrong_bytes(round == 1, sized ? "have another hash than" : "are not as many as");
    }
    if (!is_hash(file_.etag)) {
      target_.watch.note(fmt::format(
          "{}: the hub sends no hash of it; {}", file_.name,
          file_.size ? "only its size was checked" : "and no size: its bytes were not checked"));
    }
    incomplete_.finish(target_.cache.blob(file_.etag));
  }

 private:
  // Receives until the server has no more bytes.
  void receive() {
    Backoff backoff(target_.settings.first_wait, target_.watch);
    if (file_.size.value_or(0) > target_.max_bytes) refuse_size();
    if (file_.size && incomplete_.size() > *file_.size) clear();
    if (file_.size) incomplete_.check_room(*file_.size - incomplete_.size());
    while (!is_whole()) {
      const uint64_t before = incomplete_.size();
      std::string trouble = "connection closed";
      HttpResponse response;
      try {
        response = ask();
        if (response.status == 416) return;
        if (response.status / 100 == 2 && (!file_.size || is_whole())) return;
        if (is_transient(response.status)) trouble = fmt::format("answers {}", response.status);
        if (response.status / 100 != 2 && !is_transient(response.status)) {
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
        throw NetworkError(
            trouble + "; the bytes received are kept, run the command again to resume", true);
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
    if (response.status == 200) return clear();  // the whole file, despite the range
    const std::string range = response.header("content-range");
    if (range.starts_with(fmt::format("bytes {}-", from))) return;
    throw NetworkError(
        fmt::format("the server sent a range other than the one from byte {} on", from), true);
  }

  void take(std::string_view bytes) {
    incomplete_.append(bytes);
    report(bytes.size());
    if (file_.size && incomplete_.size() > *file_.size) throw TooLong{};
    if (incomplete_.size() > target_.max_bytes) refuse_size();
  }

  bool is_whole() const { return file_.size && incomplete_.size() == *file_.size; }

  void clear() {
    if (target_.meter) target_.meter->take_back(incomplete_.size());
    incomplete_.clear();
  }

  void report(uint64_t bytes) {
    if (target_.meter) target_.meter->add(bytes);
  }

  [[noreturn]] void refuse_size() {
    incomplete_.discard();
    throw ModelError(fmt::format("{} of {} is too large; wanted at most {} bytes", file_.name,
                                 name_.repo, target_.max_bytes));
  }

  void refuse_wrong_bytes(bool first, std::string_view how) {
    const std::string trouble =
        fmt::format("{}: the bytes received {} the hub says", file_.name, how);
    clear();
    if (first) return target_.watch.note(trouble + "; starting over");
    incomplete_.discard();
    throw ModelError(
        fmt::format("{} of {}, twice; they were thrown away: a proxy or mirror may alter them, or "
                    "the hub is at "
                    "fault; try later or without it",
                    trouble, name_.repo));
  }

  HubClient& client_;
  const HubName& name_;
  const HubFile& file_;
  const DownloadTarget& target_;
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
              const DownloadTarget& target) {
  const std::string& commit = name.revision;
  target.cache.make_folders(commit);
  bool noted = false;
  const HubLock lock(target.cache.lock(file.etag), [&] {
    throw_if_stopped(target.watch);
    if (!noted) target.watch.note(file.name + ": another program is downloading it; waiting");
    noted = true;
  });
  // Check the snapshot first: without links, the other program leaves no blob.
  if (target.cache.file(commit, file.name)) return;
  const bool fresh = !target.cache.has_blob(file.etag);
  if (fresh) {
    Transfer(client, name, file, target).run();
  } else if (file.size && target.cache.blob_size(file.etag) != *file.size) {
    throw ModelError(
        fmt::format("{} of {}: {} bytes by the hub, but a file of the same hash has {}; the hub is "
                    "at fault, or "
                    "the cache is damaged: remove {}",
                    file.name, name.repo, *file.size, target.cache.blob_size(file.etag),
                    target.cache.blob(file.etag).string()));
  } else if (target.meter) {
    target.meter->add(file.size.value_or(0));
  }
  target.cache.link(commit, file.name, file.etag, fresh, target.settings.symlinks);
}

}  // namespace saccade
