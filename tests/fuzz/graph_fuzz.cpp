// A module graph as JSON, of unknown origin: what is read can be written, read again, and is the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "graph/graph_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto graph =
      ckptlint::parse_module_graph(std::string_view(reinterpret_cast<const char*>(data), size), "fuzzed");
  if (!graph.ok()) return 0;
  const std::string text = ckptlint::module_graph_json(*graph);
  const auto again = ckptlint::parse_module_graph(text, "written");
  if (!again.ok() || ckptlint::module_graph_json(*again) != text) std::abort();
  return 0;
}
