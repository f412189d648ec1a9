// Forks, limits and waits for the processes that do the work.
#include "fleet/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <exception>
#include <new>
#include <utility>

#if defined(__linux__)
#include <sys/prctl.h>
#endif

#include "base/byte_text.h"
#include "base/process_memory.h"

namespace ckptlint {
namespace {

constexpr std::size_t kLongestAnswer = std::size_t{256} << 20;
constexpr int kOutOfMemory = 80;  // exit statuses of the child: 0 has answered
constexpr int kThrew = 81;

// Ends the child without a word: what stands half done in memory is nobody's business any more.
[[noreturn]] void end_out_of_memory() { _exit(kOutOfMemory); }

// A child must not outlive its parent: nobody would read its answer, or end it when its time is over.
void end_with_parent([[maybe_unused]] pid_t parent) {
#if defined(__linux__)
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(kThrew);  // it ended before that
#endif
}

// The lines of others come in on standard input, and answers go out on standard output.
void let_go_of_streams() {
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nothing < 0) _exit(kThrew);
  dup2(nothing, STDIN_FILENO);
  dup2(nothing, STDOUT_FILENO);
}

// The parent alone decides about ending: a terminal sends its signals to all.
void leave_signals_to_parent() {
  for (const int signal_number : {SIGINT, SIGTERM, SIGHUP}) signal(signal_number, SIG_IGN);
}

bool write_all(int descriptor, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t written = ::write(descriptor, text.data() + at, text.size() - at);
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) at += static_cast<std::size_t>(written);
  }
  return true;
}

[[noreturn]] void run_child(const std::function<std::string()>& work, std::uint64_t memory, int descriptor) {
  let_go_of_streams();
  std::set_new_handler(end_out_of_memory);
  limit_process_memory(memory);
  try {
    _exit(write_all(descriptor, work()) ? 0 : kThrew);
  } catch (const std::bad_alloc&) {
    end_out_of_memory();
  } catch (...) {
    _exit(kThrew);
  }
}

// While it lives, the signals that end programs wait: a child must not hear them as its parent does.
class SignalsHeldBack {
 public:
  SignalsHeldBack() {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsHeldBack() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  SignalsHeldBack(const SignalsHeldBack&) = delete;
  SignalsHeldBack& operator=(const SignalsHeldBack&) = delete;

 private:
  sigset_t before_{};
};

int waited_for(pid_t process) {
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

std::string name_of_signal(int number) {
  constexpr std::array<std::pair<int, const char*>, 6> kNames = {{{SIGABRT, "SIGABRT"},
                                                                  {SIGBUS, "SIGBUS"},
                                                                  {SIGFPE, "SIGFPE"},
                                                                  {SIGILL, "SIGILL"},
                                                                  {SIGKILL, "SIGKILL"},
                                                                  {SIGSEGV, "SIGSEGV"}}};
  for (const auto& [known, name] : kNames) {
    if (known == number) return fmt::format("{} ({})", number, name);
  }
  return std::to_string(number);
}

NoAnswer after_status(int status, const ItemLimits& limits) {
  if (WIFSIGNALED(status))
    return {Cause::kCrash,
            fmt::format(
                "the process that checked it was ended by signal {}{}", name_of_signal(WTERMSIG(status)),
                WTERMSIG(status) == SIGKILL ? ", which somebody sent, or the system where its memory ran out" : "")};
  if (WIFEXITED(status) && WEXITSTATUS(status) == kOutOfMemory)
    return {Cause::kMemory,
            fmt::format("it takes more memory than the {} of `--item-memory`", byte_text(limits.memory))};
  return {Cause::kCrash, "the process that checked it ended before it had answered"};
}

}  // namespace

Child::Child(pid_t process, int descriptor, const ItemLimits& limits)
    : process_(process),
      descriptor_(descriptor),
      limits_(limits),
      deadline_(Clock::now() + std::chrono::duration_cast<Clock::duration>(limits.time)) {}

Child::Child(Child&& other) noexcept { *this = std::move(other); }

Child& Child::operator=(Child&& other) noexcept {
  if (this == &other) return *this;
  end();
  process_ = std::exchange(other.process_, -1);
  descriptor_ = std::exchange(other.descriptor_, -1);
  limits_ = other.limits_;
  deadline_ = other.deadline_;
  text_ = std::move(other.text_);
  ended_ = other.ended_;
  too_long_ = other.too_long_;
  return *this;
}

Result<Child> Child::start(const std::function<std::string()>& work, const ItemLimits& limits) {
  const auto failure = [] { return Error{fmt::format("no process can be started: {}", strerror(errno))}; };
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return failure();
  const pid_t parent = getpid();
  pid_t process;
  {
    const SignalsHeldBack held;
    process = fork();
    if (process == 0) {
      leave_signals_to_parent();
      end_with_parent(parent);
    }
  }
  if (process == 0) {
    close(ends[0]);
    run_child(work, limits.memory, ends[1]);
  }
  const int failed = errno;
  close(ends[1]);
  if (process < 0) {
    close(ends[0]);
    errno = failed;
    return failure();
  }
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return Child(process, ends[0], limits);
}

bool Child::read() {
  std::array<char, 1 << 16> block;
  while (!ended_) {
    const ssize_t size = ::read(descriptor_, block.data(), block.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) break;
    if (size > 0 && text_.size() + static_cast<std::size_t>(size) <= kLongestAnswer) {
      text_.append(block.data(), static_cast<std::size_t>(size));
      continue;
    }
    too_long_ = size > 0;
    ended_ = true;
  }
  return ended_;
}

std::variant<std::string, NoAnswer> Child::answer() {
  if (!ended_) {
    end();
    return NoAnswer{Cause::kTime,
                    fmt::format("it takes longer than the {:g} seconds of `--item-time`", limits_.time.count())};
  }
  if (too_long_) {
    end();
    return NoAnswer{Cause::kMemory, fmt::format("its report is longer than {}", byte_text(kLongestAnswer))};
  }
  const int status = waited_for(std::exchange(process_, -1));
  end();
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::move(text_);
  return after_status(status, limits_);
}

void Child::end() {
  if (process_ > 0) {
    kill(process_, SIGKILL);
    (void)waited_for(std::exchange(process_, -1));
  }
  if (descriptor_ >= 0) close(std::exchange(descriptor_, -1));
}

}  // namespace ckptlint
