// A process that is forked for a piece of work, may take so much time and memory, and hands back a text.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <variant>

#include "base/result.h"
#include "fleet/item.h"

namespace ckptlint {

struct ItemLimits {
  std::chrono::duration<double> time;
  std::uint64_t memory = 0;  // bytes that a process may take beyond those that it was forked with
};

// Why a child's work has no text.
struct NoAnswer {
  Cause cause;
  std::string why;
};

// The process that forks must have no other thread.
class Child {
 public:
  using Clock = std::chrono::steady_clock;

  // `work` runs in the child, which ends behind it, whatever becomes of the parent (on Linux).
  static Result<Child> start(const std::function<std::string()>& work, const ItemLimits& limits);
  ~Child() { end(); }
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;

  int descriptor() const { return descriptor_; }  // is readable when there is something to be read()
  Clock::time_point deadline() const { return deadline_; }

  // Takes what is there.  True when the child has ended.
  bool read();
  // Once it has ended; a child whose deadline has passed is ended by this.
  std::variant<std::string, NoAnswer> answer();

 private:
  Child(pid_t process, int descriptor, const ItemLimits& limits);
  void end();

  pid_t process_ = -1;  // -1: it was waited for
  int descriptor_ = -1;
  ItemLimits limits_;
  Clock::time_point deadline_;
  std::string text_;
  bool ended_ = false;
  bool too_long_ = false;
};

}  // namespace ckptlint
