// A line of `map --cases`, of unknown origin, answered where its graph is small.
#include <cstdint>
#include <string>

#include "placement/answer_json.h"
#include "placement/case_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ckptlint;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const auto asked = parse_case(line, libraries_of(kLatestAccelerate, kLatestTransformers), "fuzzed");
  if (!asked.ok() || !asked->graph || asked->graph->tensors.size() > 100) return 0;
  const PlacementSimulator simulator(*asked->graph);
  const auto placement = answer_case(*asked, simulator, *asked->graph);
  if (placement.ok()) (void)answer_json(*asked->graph, *placement, asked->question.flavour);
  return 0;
}
