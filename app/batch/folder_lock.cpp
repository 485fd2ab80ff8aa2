#include "app/batch/folder_lock.h"

#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <system_error>

#include "app/cli/messages.h"
#include "weights/base/errors.h"

namespace saccade {

FolderLock::FolderLock(const OutputFolder& folder, bool quiet) : folder_(folder) {
  if (::flock(folder.handle(), LOCK_EX | LOCK_NB) == 0) {
    folder.remove_leftovers();
    return;
  }
  if (errno == EWOULDBLOCK) {
    throw SystemError(
        folder.path().string() +
        ": another run is writing there; wait until it ends or choose another folder with -o");
  }
  if (quiet) return;
  print_note(
      fmt::format("note: {}: cannot be locked ({}); make sure that no other run writes there",
                  folder.path().string(), std::generic_category().message(errno)));
}

FolderLock::~FolderLock() { ::flock(folder_.handle(), LOCK_UN); }

}  // namespace saccade
