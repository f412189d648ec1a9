// How the process gets its memory from the system.
#pragma once

namespace ckptlint {

// For a short run that allocates tens of megabytes and gives nothing back before its end: one heap for all threads that
// grows in large steps, of large pages where the system has them.  Page faults were a fifth of a run without.  Called
// once, first thing in main; where the C library or the system cannot do it, nothing changes.
void prepare_process_memory();

}  // namespace ckptlint
