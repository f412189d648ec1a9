// Pieces of work on several threads, whose results are taken in their order.
#pragma once

#include <cstddef>
#include <functional>

namespace ckptlint {

// How many threads `--jobs N` means for `count` pieces of work: at least 1, and no more than there are pieces.  0 asks
// for one a processor.
std::size_t threads_for(int jobs, std::size_t count);

// Calls work(i) for each i below `count`, on up to `threads` threads at once, and taken(i) on the calling thread, in
// order, each as soon as work(i) and taken() of all before it are done.  Where taken(i) returns false nothing more is
// taken, and nothing more begun.  An exception of work(i) comes out here in place of taken(i).  With one thread all is
// done on the calling one, and work(i + 1) begins when i has been taken.
void run_in_order(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& work,
                  const std::function<bool(std::size_t)>& taken);

}  // namespace ckptlint
