// Threads that take pieces of work from one counter, and the thread that hands on their results in order.
#include "base/ordered_work.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace ckptlint {
namespace {

// What the threads share.
class Pieces {
 public:
  Pieces(std::size_t count, const std::function<void(std::size_t)>& work) : work_(work), pieces_(count) {}

  // A thread's whole life: does pieces until none is left.
  void do_pieces() {
    for (std::size_t i = 0; (i = claim()) < pieces_.size();) {
      std::exception_ptr failure;
      try {
        work_(i);
      } catch (...) {
        failure = std::current_exception();
      }
      const std::lock_guard lock(mutex_);
      pieces_[i] = {true, failure};
      one_is_done_.notify_all();
    }
  }

  // Returns when piece i is done; throws what it threw.
  void wait_for(std::size_t i) {
    std::unique_lock lock(mutex_);
    one_is_done_.wait(lock, [&] { return pieces_[i].done; });
    if (pieces_[i].failure) std::rethrow_exception(pieces_[i].failure);
  }

  void begin_no_more() {
    const std::lock_guard lock(mutex_);
    next_ = pieces_.size();
  }

 private:
  std::size_t claim() {
    const std::lock_guard lock(mutex_);
    return next_ < pieces_.size() ? next_++ : next_;
  }

  struct Piece {
    bool done = false;
    std::exception_ptr failure;
  };

  const std::function<void(std::size_t)>& work_;
  std::mutex mutex_;
  std::condition_variable one_is_done_;
  std::vector<Piece> pieces_;
  std::size_t next_ = 0;
};

// As many as the system gives.
std::vector<std::jthread> started(std::size_t threads, Pieces& pieces) {
  std::vector<std::jthread> running;
  running.reserve(threads);
  try {
    while (running.size() < threads) running.emplace_back([&pieces] { pieces.do_pieces(); });
  } catch (const std::system_error&) {
    // Fewer do the same.
  }
  return running;
}

}  // namespace

std::size_t threads_for(int jobs, std::size_t count) {
  const std::size_t asked = jobs > 0 ? static_cast<std::size_t>(jobs) : std::thread::hardware_concurrency();
  return std::max<std::size_t>(std::min(asked, count), 1);
}

void run_in_order(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& work,
                  const std::function<bool(std::size_t)>& taken) {
  Pieces pieces(count, work);
  const std::vector<std::jthread> running =
      threads > 1 ? started(std::min(threads, count), pieces) : std::vector<std::jthread>();
  if (running.empty()) {
    for (std::size_t i = 0; i < count; ++i) {
      work(i);
      if (!taken(i)) return;
    }
    return;
  }
  try {
    for (std::size_t i = 0; i < count; ++i) {
      pieces.wait_for(i);
      if (!taken(i)) break;
    }
  } catch (...) {
    pieces.begin_no_more();
    throw;
  }
  pieces.begin_no_more();
}

}  // namespace ckptlint
