// One loop over everything that can happen: lines, answers, room for output, deadlines and signals.  It never waits for
// one of them alone.
#include "fleet/fleet.h"

#include <fmt/format.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "fleet/line_reader.h"
#include "fleet/stop_signals.h"

namespace ckptlint {
namespace {

// While so much waits to be read by others, nothing new is begun.
constexpr std::size_t kMostUnwritten = std::size_t{1} << 20;
// A pipe that can be written to takes so many bytes at once without making the writer wait.
constexpr std::size_t kWrittenAtOnce = std::min<std::size_t>(PIPE_BUF, 4096);

class Fleet {
 public:
  Fleet(int in, int out, const FleetOptions& options, const std::function<std::string(const Item&)>& members)
      : in_(in), out_(out), options_(options), members_(members), lines_(kLongestLine) {}

  FleetResult run() {
    while (!result_) {
      begin_items();
      if (is_done()) break;
      wait();
    }
    if (result_) return *result_;
    if (!read_failure_.empty()) return {FleetEnd::kFailed, 0, read_failure_};
    const bool all_answered = at_end_ && !waiting_ && !lines_.next();
    return all_answered ? FleetResult{} : FleetResult{FleetEnd::kStopped, signals_.received(), ""};
  }

 private:
  struct Running {
    Asker asker;
    Child child;
  };

  bool stopping() const { return signals_.received() != 0; }
  std::size_t unwritten() const { return answers_.size() - written_; }
  bool is_done() const { return running_.empty() && unwritten() == 0 && (all_begun_ || stopping()); }
  bool has_room() const { return running_.size() < options_.jobs && unwritten() < kMostUnwritten; }

  // As many of the lines that were read as there is room for.
  void begin_items() {
    wants_lines_ = false;
    while (!stopping() && has_room()) {
      if (!waiting_) waiting_ = lines_.next();
      if (!waiting_) {
        wants_lines_ = !at_end_;
        all_begun_ = at_end_;
        return;
      }
      if (!begin(*waiting_)) return;
      waiting_.reset();
    }
  }

  // False where it has to wait for another one.
  bool begin(const Line& line) {
    Asker asker{"null", line.number};
    if (line.too_long) {
      answer(asker, failed_members(Cause::kLine, fmt::format("the line is longer than {} bytes", kLongestLine)));
      return true;
    }
    const Result<Item> item = read_item(line.text, asker);
    if (!item.ok()) {
      answer(asker, failed_members(Cause::kLine, item.error().message));
      return true;
    }
    Result<Child> child = Child::start([&] { return members_(*item); }, options_.limits);
    if (child.ok()) {
      running_.push_back({asker, std::move(*child)});
    } else if (!running_.empty()) {
      return false;
    } else {
      answer(asker, failed_members(Cause::kCrash, child.error().message));
    }
    return true;
  }

  void answer(const Asker& asker, std::string_view members) { answers_ += answer_line(asker, members); }

  void wait() {
    // Behind these three: one for each child.
    const bool reads = wants_lines_ && !stopping();
    std::vector<pollfd> polled = {{signals_.descriptor(), static_cast<short>(stopping() ? 0 : POLLIN), 0},
                                  {reads ? in_ : -1, POLLIN, 0},
                                  {out_, static_cast<short>(unwritten() == 0 ? 0 : POLLOUT), 0}};
    for (const Running& each : running_) polled.push_back({each.child.descriptor(), POLLIN, 0});
    if (poll(polled.data(), static_cast<nfds_t>(polled.size()), milliseconds_left()) < 0) {
      if (errno != EINTR && errno != EAGAIN) fail("poll");
      return;
    }
    if (polled[2].revents != 0) write_some(polled[2].revents);
    if (polled[1].revents != 0) read_some();
    std::vector<Running> still_running;
    const auto now = Child::Clock::now();
    for (std::size_t i = 0; i < running_.size(); ++i) {
      Running& each = running_[i];
      const bool ended = polled[3 + i].revents != 0 && each.child.read();
      if (ended || now >= each.child.deadline())
        finish(each);
      else
        still_running.push_back(std::move(each));
    }
    running_ = std::move(still_running);
  }

  // Until the first deadline.
  int milliseconds_left() const {
    if (running_.empty()) return -1;
    const auto first = std::min_element(running_.begin(), running_.end(), [](const Running& a, const Running& b) {
      return a.child.deadline() < b.child.deadline();
    });
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(first->child.deadline() - Child::Clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, INT_MAX));
  }

  void finish(Running& each) {
    const std::variant<std::string, NoAnswer> ended = each.child.answer();
    if (const auto* failed = std::get_if<NoAnswer>(&ended))
      answer(each.asker, failed_members(failed->cause, failed->why));
    else
      answer(each.asker, std::get<std::string>(ended));
  }

  void read_some() {
    std::array<char, 1 << 16> block;
    const ssize_t size = read(in_, block.data(), block.size());
    if (size > 0) return lines_.add({block.data(), static_cast<std::size_t>(size)});
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (size < 0) read_failure_ = fmt::format("standard input cannot be read: {}", strerror(errno));
    lines_.end();
    at_end_ = true;
  }

  void write_some(int events) {
    if ((events & POLLOUT) == 0) {  // nobody is there to read
      result_ = FleetResult{FleetEnd::kUnwatched, 0, ""};
      return;
    }
    const ssize_t size = write(out_, answers_.data() + written_, std::min(unwritten(), kWrittenAtOnce));
    if (size >= 0) {
      written_ += static_cast<std::size_t>(size);
      if (written_ < answers_.size()) return;
      answers_.clear();
      written_ = 0;
    } else if (errno == EPIPE) {
      result_ = FleetResult{FleetEnd::kUnwatched, 0, ""};
    } else if (errno != EINTR && errno != EAGAIN) {
      fail("standard output cannot be written");
    }
  }

  void fail(std::string_view what) {
    result_ = FleetResult{FleetEnd::kFailed, 0, fmt::format("{}: {}", what, strerror(errno))};
  }

  const int in_, out_;
  const FleetOptions& options_;
  const std::function<std::string(const Item&)>& members_;
  StopSignals signals_;
  LineReader lines_;
  std::optional<Line> waiting_;
  std::vector<Running> running_;
  std::string answers_;
  std::size_t written_ = 0;  // of them
  std::string read_failure_;
  bool wants_lines_ = true;  // there is room, and of what was read nothing waits
  bool at_end_ = false;      // of the input
  bool all_begun_ = false;   // every line of it
  std::optional<FleetResult> result_;
};

}  // namespace

FleetResult run_fleet(int in, int out, const FleetOptions& options,
                      const std::function<std::string(const Item&)>& members) {
  return Fleet(in, out, options, members).run();
}

}  // namespace ckptlint
