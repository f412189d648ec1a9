// How the process gets its memory from the system, and how much of it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ckptlint {

// Of the threads that evaluate (graph/large_stack.h).  Reserved, not used: pages are only taken when the stack grows
// into them.
inline constexpr std::size_t kLargeStackBytes = std::size_t{1} << 30;

// For a short run that allocates tens of megabytes and gives nothing back before its end: one heap for all threads that
// grows in large steps, of large pages where the system has them.  Page faults were a fifth of a run without.  Called
// once, first thing in main; where the C library or the system cannot do it, nothing changes.
void prepare_process_memory();

// For a process that forks one for each of many models: what those free is kept at hand in larger numbers, instead of
// being joined with its neighbours, each of which is a page that the forked process would have to copy.  A tenth of
// their time went without.  glibc takes that number from the environment alone: starts the program anew with
// `arguments`, before it has read anything.  Called before all else in main; returns where that is done, the
// environment has tunables of its own, or the system cannot.
void keep_freed_blocks(char** arguments);

// For memory that is about to be used.
void ask_for_large_pages(char* begin, std::size_t bytes);

// Gives back what of the heap is not used, and lets it grow in small steps from here on: for a process that lives long,
// and whose forked ones are given limits.  In those it would cost them memory of their own.
void shrink_process_memory();

// The process may take so many bytes beyond those that it has, and one large stack; what it asks for beyond that fails.
// Called first thing in a forked process.  Linux alone has such a limit.
void limit_process_memory(std::uint64_t bytes);

// Called where the lack of memory was caught, to go on without: calls what std::set_new_handler() was given.  A process
// under a limit ends there, as what it went on to say would be about its limit and not about the model.
void on_lack_of_memory();

}  // namespace ckptlint
