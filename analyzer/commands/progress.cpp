// Draws on a thread of its own, as what it tells of does not stop for it.
#include "commands/progress.h"

#include <fmt/format.h>

#include <iostream>

#include "base/escape.h"
#include "commands/terminal.h"
#include "hub/activity.h"
#include "hub/address.h"

namespace ckptlint {
namespace {

constexpr std::chrono::milliseconds kWait(500), kInterval(200);
constexpr std::size_t kLongestName = 60;

}  // namespace

Progress::Progress(std::ostream& err, bool shown, std::size_t total, const char* does)
    : err_(err), total_(total), does_(does) {
  if (shown) thread_ = std::thread([this] { run(); });
}

Progress::Progress(std::ostream& err, const std::string& path)
    : Progress(err, &err == &std::cerr && error_is_terminal() && is_hub_address(path), 1, "reading") {
  advance(0, path);
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
  const HubActivity& hub = hub_activity();
  constexpr double kMebi = 1 << 20;
  const std::string fetched = hub.asked == 0 ? ""
                                             : fmt::format("; {} of {} answers from the Hub, {:.1f} MiB",
                                                           hub.answered.load(), hub.asked.load(), hub.bytes / kMebi);
  err_ << fmt::format("\r\x1b[K{} {}{} ({} s{})", does_, of, quoted_name(next_, kLongestName), seconds, fetched)
       << std::flush;
  drawn_ = true;
}

void Progress::run() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (auto wait = kWait; !ended_.wait_for(lock, wait, [this] { return end_; }); wait = kInterval) {
    if (done_ < total_) draw();
  }
}

}  // namespace ckptlint
