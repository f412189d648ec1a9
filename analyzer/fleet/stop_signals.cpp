// Handlers that write into a pipe, which is all that a handler may do.
#include "fleet/stop_signals.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace ckptlint {
namespace {

constexpr std::array kStopping = {SIGTERM, SIGINT, SIGHUP};
volatile sig_atomic_t first_signal = 0;
std::array<int, 2> ends{-1, -1};
std::array<struct sigaction, kStopping.size()> before;
struct sigaction pipe_before;

extern "C" void note_signal(int number) {
  const int kept = errno;
  if (first_signal == 0) first_signal = number;
  [[maybe_unused]] const ssize_t written = write(ends[1], "", 1);
  errno = kept;
}

}  // namespace

StopSignals::StopSignals() {
  if (pipe(ends.data()) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  for (const int end : ends) fcntl(end, F_SETFL, O_NONBLOCK);
  first_signal = 0;
  struct sigaction action = {};
  sigemptyset(&action.sa_mask);
  action.sa_handler = note_signal;
  for (std::size_t i = 0; i < kStopping.size(); ++i) {
    sigaction(kStopping[i], nullptr, &before[i]);
    // What the caller had ignored, as nohup does, stays so.
    if (before[i].sa_handler != SIG_IGN) sigaction(kStopping[i], &action, nullptr);
  }
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, &pipe_before);
}

StopSignals::~StopSignals() {
  for (std::size_t i = 0; i < kStopping.size(); ++i) sigaction(kStopping[i], &before[i], nullptr);
  sigaction(SIGPIPE, &pipe_before, nullptr);
  for (int& end : ends) {
    close(end);
    end = -1;
  }
}

int StopSignals::descriptor() const { return ends[0]; }
int StopSignals::received() const { return first_signal; }

}  // namespace ckptlint
