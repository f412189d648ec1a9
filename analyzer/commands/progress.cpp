// Draws on a thread of its own, as what it tells of does not stop for it.
#include "commands/progress.h"

#include <fmt/format.h>

#include "base/escape.h"

namespace ckptlint {
namespace {

constexpr std::chrono::milliseconds kWait(500), kInterval(200);
constexpr std::size_t kLongestName = 60;

}  // namespace

Progress::Progress(std::ostream& err, bool shown, std::size_t total) : err_(err), total_(total) {
  if (shown) thread_ = std::thread([this] { run(); });
}

Progress::~Progress() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    end_ = true;
  }
  ended_.notify_all();
  if (thread_.joinable()) thread_.join();
  clear();
}

void Progress::advance(std::size_t done, const std::string& next) {
  const std::lock_guard<std::mutex> lock(mutex_);
  done_ = done;
  next_ = next;
}

void Progress::say(const std::string& text) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (drawn_) err_ << "\r\x1b[K" << std::flush;
  drawn_ = false;
  err_ << text;
}

void Progress::draw() {
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begin_).count();
  const std::string of = total_ > 1 ? fmt::format("{} of {}, ", done_ + 1, total_) : "";
  err_ << fmt::format("\r\x1b[Kchecking {}{} ({} s)", of, quoted_name(next_, kLongestName), seconds) << std::flush;
  drawn_ = true;
}

void Progress::run() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (auto wait = kWait; !ended_.wait_for(lock, wait, [this] { return end_; }); wait = kInterval) {
    if (done_ < total_) draw();
  }
}

}  // namespace ckptlint
