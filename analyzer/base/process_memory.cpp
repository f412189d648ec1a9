// Sets up the allocator of glibc so that the heap grows in few large steps and in large pages; with other C libraries
// it does nothing.
#include "base/process_memory.h"

#include <cstdlib>  // which C library this is

#if defined(__linux__) && defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace ckptlint {

void prepare_process_memory() {
  constexpr int kStep = 256 << 20;    // reserved, not used: more than nearly every run takes
  constexpr int kLargest = 32 << 20;  // for blocks of their own; the C library takes no larger number
  constexpr std::uintptr_t kLargePage = std::uintptr_t{2} << 20;
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_TOP_PAD, kStep);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_MMAP_THRESHOLD, kLargest);
  char* volatile block = static_cast<char*>(std::malloc(kLargest / 2));  // makes the heap grow
  char* const begin = block + (kLargePage - reinterpret_cast<std::uintptr_t>(block) % kLargePage) % kLargePage;
  const char* const end = static_cast<const char*>(sbrk(0));
  std::free(block);
  if (end > begin) madvise(begin, static_cast<std::size_t>(end - begin) / kLargePage * kLargePage, MADV_HUGEPAGE);
}

}  // namespace ckptlint
#else
namespace ckptlint {
void prepare_process_memory() {}
}  // namespace ckptlint
#endif
