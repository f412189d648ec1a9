// What from_pretrained of quantized models of diffusers reported (tests/record/diffusers_quantized_loads.py picked the
// cases), and what it raises of a quantization_config.
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "catch.h"
#include "golden.h"
#include "graph/build.h"
#include "loading/recorded_diffusers_loads.h"
#include "recorded_rows.h"
#include "release_wheels.h"

namespace ckptlint {
namespace {

using nlohmann::json;

// What modelopt makes of a model that it quantizes is said not to be known.
bool is_followed(const json& row) {
  return !row["kind"].get<std::string>().starts_with("modelopt") || !row.contains("argument");
}

void check_release(const std::string& version, const std::string& transformers, std::size_t least,
                   const std::string& file = "quantized_loads") {
  const std::vector<SourceTree> sources = test::diffusers_sources(version, transformers);
  if (sources.empty()) {
    WARN("not tried: the wheel of diffusers " << version << " is not there");
    return;
  }
  std::vector<json> rows = test::recorded_rows("diffusers/" + file + "-" + version + ".jsonl.gz");
  std::erase_if(rows, [](const json& row) { return !is_followed(row); });
  CHECK(rows.size() >= least);
  test::check_loads(rows, sources, version);
}

TEST_CASE("Loads of quantized models of diffusers 0.42.1 are reported as it reports them") {
  check_release("0.42.1", "5.23.0", 900);
}

TEST_CASE("Loads of models that other packages quantize are reported as diffusers 0.42.1 reports them") {
  check_release("0.42.1", "5.23.0", 400, "quantized_loads_others");
}

TEST_CASE("Loads of every kind of tensor of torchao are reported as diffusers 0.42.1 reports them") {
  check_release("0.42.1", "5.23.0", 150, "quantized_loads_torchao");
}

TEST_CASE("Loads of quantized models of diffusers 0.36.0 are reported as it reports them") {
  check_release("0.36.0", "4.57.6", 300);
}

// Where their wheels are there (CKPTLINT_WHEELS).
TEST_CASE("Loads of quantized models of diffusers 0.31.0 and 0.32.2 are reported as they report them") {
  check_release("0.31.0", "4.57.6", 150);
  check_release("0.32.2", "4.57.6", 200);
}

// Whether it is raised for want of a package or of an accelerator.
bool is_of_machine(const std::string& error) {
  static const std::set<std::string> types{"ImportError", "PackageNotFoundError", "ModuleNotFoundError",
                                           "NotImplementedError"};
  return types.contains(test::type_of(error)) || error.find("No GPU found") != std::string::npos;
}

TEST_CASE("What diffusers 0.42.1 raises of a quantization_config on every machine is what it is said to raise") {
  const std::vector<SourceTree> sources = test::diffusers_sources("0.42.1", "5.23.0");
  if (sources.empty()) return;
  json config = json::parse(test::fixture_text("diffusers/small_configs-0.42.1.json"))["FluxTransformer2DModel:"];
  std::istringstream lines(test::fixture_text("diffusers/quantizers-0.42.1.jsonl"));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const json row = json::parse(line);
    const std::string error = row["error"];
    if (is_of_machine(error)) continue;
    config["quantization_config"] = row["config"];
    GraphRequest request;
    request.repo = in_memory_tree({{"config.json", config.dump()}});
    request.sources = sources;
    request.quantize = true;
    const Result<BuiltGraph> built = build_graph(request);
    INFO(line.substr(0, 300));
    REQUIRE(built.ok());
    CHECK(built->quantizer_raises.substr(0, error.size()) == error);
  }
  CHECK(count > 40);
}

}  // namespace
}  // namespace ckptlint
