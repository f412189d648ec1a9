// Python source of unknown origin: any text must end in values, an exception of its own, or a used-up budget.
#include <cstdint>
#include <string>

#include "graph/large_stack.h"
#include "library/host/environment.h"
#include "library/library.h"
#include "python/evaluate/interpreter.h"

using namespace ckptlint;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  python::SourceRoot root;
  root.tree = in_memory_tree({{"fuzzed.py", std::string(reinterpret_cast<const char*>(data), size)}});
  root.lazy = false;
  python::Budget budget;
  budget.steps = 200'000;
  budget.bytes = std::size_t{256} << 20;
  budget.seconds = 5;
  run_on_large_stack([&] {
    try {
      python::Interpreter in({root}, python::default_environment(), budget, python::install_library);
      try {
        in.import_module("fuzzed");
      } catch (const python::PyRaise& raised) {
        in.describe(raised);
      }
    } catch (const python::BudgetExceeded&) {
    }
  });
  return 0;
}
