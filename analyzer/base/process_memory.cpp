// Sets up the allocator of glibc so that the heap grows in few large steps and in large pages; with other C libraries
// it does nothing.  Sets the system's limit.
#include "base/process_memory.h"

#include <algorithm>
#include <cstdlib>  // which C library this is
#include <new>
#include <string_view>

#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__)
#define CKPTLINT_HAS_LIMIT
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#endif

#if defined(__linux__) && defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

namespace ckptlint {
namespace {

constexpr std::size_t kStep = 256 << 20;  // reserved, not used: more than nearly every run takes

constexpr int kSmallStep = 1 << 20;

constexpr std::uintptr_t kLargePage = std::uintptr_t{2} << 20;

// Takes those before the first large page at once: nearly every run uses them all, and each alone is a page fault.
void take_small_pages([[maybe_unused]] std::uintptr_t begin, [[maybe_unused]] std::uintptr_t end) {
#if defined(MADV_POPULATE_WRITE)  // since Linux 5.14; where the system does not know it, nothing changes
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  begin = (begin + page - 1) / page * page;
  end = std::min(end / page * page, (begin + kLargePage - 1) / kLargePage * kLargePage);
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_POPULATE_WRITE);
#endif
}

// Makes the heap grow now, by `step`, and whenever it has to.
void grow_heap_by(std::size_t step) {
  constexpr std::size_t kLargest = 32 << 20;  // for blocks of their own; the C library takes no larger number
  mallopt(M_TOP_PAD, static_cast<int>(step));
  mallopt(M_MMAP_THRESHOLD, static_cast<int>(kLargest));
  char* volatile block = static_cast<char*>(std::malloc(std::min(kLargest, step) / 2));
  const std::uintptr_t begin = reinterpret_cast<std::uintptr_t>(block);
  const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(sbrk(0));
  ask_for_large_pages(block, end > begin ? end - begin : 0);
  take_small_pages(begin, end);
  std::free(block);
}

}  // namespace

void ask_for_large_pages(char* begin, std::size_t bytes) {
  const std::size_t before = (kLargePage - reinterpret_cast<std::uintptr_t>(begin) % kLargePage) % kLargePage;
  if (bytes > before) madvise(begin + before, (bytes - before) / kLargePage * kLargePage, MADV_HUGEPAGE);
}

void shrink_process_memory() {
  mallopt(M_TOP_PAD, kSmallStep);
  malloc_trim(0);
}

void keep_freed_blocks(char** arguments) {
  constexpr const char* kName = "GLIBC_TUNABLES";
  constexpr std::string_view kMany = "glibc.malloc.tcache_count=127";
  if (const char* given = std::getenv(kName); given != nullptr) {
    if (given == kMany) unsetenv(kName);  // it was read when the program started
    return;
  }
  if (setenv(kName, kMany.data(), 1) != 0) return;
  execv("/proc/self/exe", arguments);
  unsetenv(kName);
}

void prepare_process_memory() {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  grow_heap_by(kStep);
}

}  // namespace ckptlint
#else
namespace ckptlint {
namespace {
constexpr std::size_t kStep = 0;
void grow_heap_by(std::size_t) {}
}  // namespace
void ask_for_large_pages(char*, std::size_t) {}
void keep_freed_blocks(char**) {}
void prepare_process_memory() {}
void shrink_process_memory() {}
}  // namespace ckptlint
#endif

namespace ckptlint {

#if defined(CKPTLINT_HAS_LIMIT)
namespace {

// Bytes of address space that the process has; 0 where the system does not tell.
std::uint64_t address_space() {
  unsigned long pages = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%lu", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  return std::uint64_t{pages} * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

void limit_process_memory(std::uint64_t bytes) {
  const std::uint64_t all = address_space() + kLargeStackBytes + bytes;
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) == 0 && all < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max = static_cast<rlim_t>(all);
    setrlimit(RLIMIT_AS, &limit);
  }
  grow_heap_by(static_cast<std::size_t>(std::min<std::uint64_t>(kStep, bytes / 4)));
}
#else
void limit_process_memory(std::uint64_t) {
  (void)kStep;
  (void)grow_heap_by;
}
#endif

void on_lack_of_memory() {
  if (const std::new_handler handler = std::get_new_handler()) handler();
}

}  // namespace ckptlint
