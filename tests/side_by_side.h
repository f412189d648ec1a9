// Work on many rows, by two threads at once.
#pragma once

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace ckptlint::test {

// `work(i)` for every i below `count`, in no order.
template <typename Work>
void side_by_side(std::size_t count, const Work& work) {
  std::atomic<std::size_t> next{0};
  const auto take = [&] {
    for (std::size_t i; (i = next++) < count;) work(i);
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) threads.emplace_back(take);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace ckptlint::test
