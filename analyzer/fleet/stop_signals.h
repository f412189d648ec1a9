// SIGTERM, SIGINT and SIGHUP as something that can be polled, for a process that has work to finish before it ends.
#pragma once

namespace ckptlint {

// While it lives, these signals end nothing, and a write that nobody reads fails instead of ending the process.  There
// is one at a time.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  int descriptor() const;  // is readable from the first signal on
  // The first that came; 0 where none has.
  int received() const;
};

}  // namespace ckptlint
