#include <unistd.h>

#include <cstdio>

#include "app/pipeline/decoding_threads.h"
#include "app/run.h"

int main(int argc, char** argv) {
  const int code = saccade::run(argc, argv);
  if (saccade::threads_left_behind()) {
    std::fflush(nullptr);
    ::_exit(code);
  }
  return code;
}
