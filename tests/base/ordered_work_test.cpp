// Work on several threads: that it is really at once, and that nobody who takes the results can tell.
#include "base/ordered_work.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "catch.h"

using namespace ckptlint;

namespace {

// Where `count` threads wait until all of them are there; false after a minute.
class Meeting {
 public:
  explicit Meeting(std::size_t count) : missing_(count) {}

  bool all_come() {
    std::unique_lock lock(mutex_);
    if (missing_ > 0) --missing_;
    changed_.notify_all();
    return changed_.wait_for(lock, std::chrono::minutes(1), [&] { return missing_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t missing_;
};

TEST_CASE("as many pieces as there are threads are worked on at once") {
  Meeting meeting(3);
  std::vector<char> met(3, 0);
  run_in_order(
      3, 3, [&](std::size_t i) { met[i] = meeting.all_come() ? 1 : 0; }, [](std::size_t) { return true; });
  CHECK(met == std::vector<char>{1, 1, 1});
}

TEST_CASE("never more pieces than threads are worked on at once") {
  for (const std::size_t threads : {1u, 2u}) {
    std::atomic<std::size_t> now = 0;
    std::atomic<std::size_t> most = 0;
    run_in_order(
        20, threads,
        [&](std::size_t) {
          const std::size_t here = ++now;
          for (std::size_t before = most; before < here && !most.compare_exchange_weak(before, here);) {
          }
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
          --now;
        },
        [](std::size_t) { return true; });
    CHECK(most <= threads);
  }
}

TEST_CASE("results are taken in order, on the calling thread, each once it is there") {
  for (const std::size_t threads : {1u, 4u}) {
    std::vector<int> results(40, 0);
    std::vector<std::size_t> order;
    const std::thread::id here = std::this_thread::get_id();
    run_in_order(
        results.size(), threads,
        [&](std::size_t i) {
          std::this_thread::sleep_for(std::chrono::microseconds(i % 7 * 200));
          results[i] = static_cast<int>(i) + 1;
        },
        [&](std::size_t i) {
          CHECK(std::this_thread::get_id() == here);
          CHECK(results[i] == static_cast<int>(i) + 1);
          order.push_back(i);
          return true;
        });
    REQUIRE(order.size() == results.size());
    for (std::size_t i = 0; i < order.size(); ++i) CHECK(order[i] == i);
  }
}

TEST_CASE("nothing is taken behind what ends it") {
  for (const std::size_t threads : {1u, 4u}) {
    std::vector<std::size_t> taken;
    const auto take = [&](std::size_t i) {
      taken.push_back(i);
      return i != 2;
    };
    run_in_order(
        100, threads, [](std::size_t) {}, take);
    CHECK(taken == std::vector<std::size_t>{0, 1, 2});
    taken.clear();
    const auto fail_at_1 = [](std::size_t i) {
      if (i == 1) throw std::runtime_error("one");
    };
    CHECK_THROWS_AS(run_in_order(100, threads, fail_at_1, take), std::runtime_error);
    CHECK(taken == std::vector<std::size_t>{0});
  }
  run_in_order(
      0, 4, [](std::size_t) { FAIL("there is nothing to do"); }, [](std::size_t) { return true; });
}

TEST_CASE("jobs as threads") {
  CHECK(threads_for(1, 10) == 1);
  CHECK(threads_for(4, 10) == 4);
  CHECK(threads_for(4, 2) == 2);
  CHECK(threads_for(4, 0) == 1);
  CHECK(threads_for(0, 1000000) >= 1);
}

}  // namespace
