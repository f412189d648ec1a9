// Quantized models of diffusers as its from_pretrained builds and places them (tests/record/diffusers_quantized_maps.py
// picked the cases).
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/sha256.h"
#include "catch.h"
#include "ckptlint/quantizer.h"
#include "golden.h"
#include "graph/build.h"
#include "map/recorded_diffusers_maps.h"
#include "recorded_rows.h"
#include "release_wheels.h"
#include "side_by_side.h"

namespace ckptlint {
namespace {

using nlohmann::json;

// What the recording script writes of a model: a line for each tensor and each module.
std::vector<std::string> lines_of(const ModuleGraph& graph) {
  std::vector<std::string> lines;
  for (const Tensor& tensor : graph.tensors) {
    if (tensor.alias != TensorId::kNone) continue;
    lines.push_back(fmt::format("{} {} [{}] {}", tensor.name, torch_name(tensor.dtype), fmt::join(tensor.shape, ", "),
                                tensor.is_buffer() ? "buffer" : "parameter"));
  }
  for (const Module& module : graph.modules) {
    if (module.alias == ModuleId::kNone) lines.push_back(fmt::format("{} {}", module.name, module.class_name));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::string tensor_difference(const json& want, const std::vector<std::string>& have) {
  if (want.is_string())
    return sha256_hex(fmt::format("{}", fmt::join(have, "\n"))) == want.get<std::string>() ? "" : "the tensors differ";
  const auto lines = want.get<std::vector<std::string>>();
  std::vector<std::string> only;
  std::set_difference(lines.begin(), lines.end(), have.begin(), have.end(), std::back_inserter(only));
  if (!only.empty()) return "not there: " + only.front();
  std::set_difference(have.begin(), have.end(), lines.begin(), lines.end(), std::back_inserter(only));
  return only.empty() ? "" : "too many: " + only.front();
}

// What these end in is of the release of a package: another one reads the config.
bool rests_on_package(const std::string& kind) { return kind == "int8 in int4"; }

// What is said not to be known: other packings of auto-round and what it does where it has no kernels, and what
// modelopt makes of a model.
bool is_left_open(const json& row) {
  const std::string kind = row["kind"];
  return kind == "auto-round mxfp4" || kind == "auto-round marlin" ||
         (kind.starts_with("modelopt ") && row.contains("argument"));
}

// What is wrong with our answer, or nothing.
std::string difference(const json& row, json config, const std::vector<SourceTree>& sources) {
  GraphRequest request;
  if (row.contains("argument"))
    request.quantization = row["config"].dump();
  else
    config["quantization_config"] = row["config"];
  request.repo = in_memory_tree({{"config.json", config.dump()}});
  request.sources = sources;
  request.dtype = row.value("dtype", "");
  request.quantize = true;
  const Result<BuiltGraph> built = build_graph(request);
  if (!built.ok()) return built.error().message;
  if (built->failure) return built->failure->what;
  if (is_left_open(row) && built->not_quantized && built->quantizer_raises.empty()) return "";
  if (row.contains("error")) {
    if (rests_on_package(row["kind"])) return "";
    if (!built->not_quantized) return "no error is predicted";
    return built->quantizer_raises.starts_with(row["error"].get<std::string>())
               ? ""
               : "not known: " + built->not_quantized->why;
  }
  if (built->not_quantized) return "not known: " + built->not_quantized->why;
  if (!built->graph.partial.empty()) return built->graph.partial.front().what;
  std::string problem = tensor_difference(row["tensors"], lines_of(built->graph));
  if (row.contains("refused")) {
    const std::optional<QuantizerException>& raises = built->graph.quantizer->raises_in_modes;
    return !problem.empty() ? problem : raises && raises->message == row["refused"] ? "" : "maps are not refused";
  }
  const PlacementSimulator simulator(built->graph);
  for (const json& answer : row["maps"]) {
    if (!problem.empty()) break;
    problem = test::difference(answer, built->graph, simulator);
    if (!problem.empty()) problem += ": " + answer.dump().substr(0, 600);
  }
  const std::string device = row["default"].is_null() ? "" : row["default"].get<std::string>();
  const std::string ours = built->graph.quantizer->default_device;
  return problem.empty() && device != ours ? "by default on " + ours + " instead of " + device : problem;
}

void check_release(const std::string& version, const std::string& transformers, std::size_t least,
                   const std::string& file = "quantized_maps") {
  const std::vector<SourceTree> sources = test::diffusers_sources(version, transformers);
  if (sources.empty()) {
    WARN("not tried: the wheel of diffusers " << version << " is not there");
    return;
  }
  const json configs = json::parse(test::fixture_text("diffusers/small_configs-" + version + ".json"));
  const std::vector<json> rows = test::recorded_rows("diffusers/" + file + "-" + version + ".jsonl.gz");
  CHECK(rows.size() >= least);
  std::vector<std::string> differences(rows.size());
  test::side_by_side(rows.size(), [&](std::size_t i) {
    const std::string model = rows[i]["model"];
    differences[i] = difference(rows[i], configs.at(model), sources);
  });
  for (std::size_t i = 0; i < rows.size(); ++i) {
    INFO(rows[i]["model"] << ", " << rows[i]["kind"] << ", " << rows[i]["config"]
                          << (rows[i].contains("argument") ? ", as argument" : ""));
    CHECK(differences[i] == "");
  }
}

TEST_CASE("Quantized models are placed as diffusers 0.42.1 places them") { check_release("0.42.1", "5.23.0", 240); }
TEST_CASE("Models quantized by other packages are placed as diffusers 0.42.1 places them") {
  check_release("0.42.1", "5.23.0", 240, "quantized_maps_others");
}
TEST_CASE("Quantized models are placed as diffusers 0.36.0 places them") { check_release("0.36.0", "4.57.6", 100); }
TEST_CASE("Quantized models are built and refused a map as by diffusers 0.32.2") {
  check_release("0.32.2", "4.57.6", 80);
}
TEST_CASE("Quantized models are built and refused a map as by diffusers 0.31.0") {
  check_release("0.31.0", "4.57.6", 60);
}
TEST_CASE("Quantized models are placed as diffusers 0.33.1 places them") { check_release("0.33.1", "4.57.6", 90); }

}  // namespace
}  // namespace ckptlint
