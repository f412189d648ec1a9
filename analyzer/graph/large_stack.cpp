// Runs a function on a thread with a stack of its own size, and passes its exceptions on.
#include "graph/large_stack.h"

#include <pthread.h>

#include <cstddef>
#include <exception>
#include <stdexcept>

#include "base/process_memory.h"

namespace ckptlint {
namespace {

struct Job {
  const std::function<void()>* work;
  std::exception_ptr failure;
};

void* run(void* argument) {
  Job* job = static_cast<Job*>(argument);
  try {
    (*job->work)();
  } catch (...) {
    job->failure = std::current_exception();
  }
  return nullptr;
}

}  // namespace

void run_on_large_stack(const std::function<void()>& work) {
  Job job{&work, nullptr};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kLargeStackBytes);
  pthread_t thread;
  int failed = pthread_create(&thread, &attributes, run, &job);
  pthread_attr_destroy(&attributes);
  if (failed != 0) {
    on_lack_of_memory();
    throw std::runtime_error("no thread could be started");
  }
  pthread_join(thread, nullptr);
  if (job.failure) std::rethrow_exception(job.failure);
}

}  // namespace ckptlint
