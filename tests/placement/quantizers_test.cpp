// Quantized models as from_pretrained of the real libraries builds and places them: fixtures/upstream/transformers-*/
// quantizers.jsonl, recorded by tests/record/quantizers.py.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <vector>

#include "base/sha256.h"
#include "catch.h"
#include "ckptlint/quantizer.h"
#include "golden.h"
#include "graph/build.h"
#include "placement/simulate.h"
#include "side_by_side.h"

namespace ckptlint {
namespace {

using nlohmann::json;

struct Release {
  const char* transformers;
  PlacementLibraries libraries;
};

// What the recording script writes of a model: a line for each tensor and each module.
std::vector<std::string> lines_of(const ModuleGraph& graph, bool own_sizes) {
  std::set<std::string> tied;
  if (own_sizes && graph.tied_weights) {
    for (const auto& [target, source] : *graph.tied_weights) tied.insert(target);
  }
  std::vector<std::string> lines;
  for (std::size_t row = 0; row < graph.tensors.size(); ++row) {
    const Tensor& tensor = graph.tensors[row];
    if (tensor.alias != TensorId::kNone || tied.contains(tensor.name)) continue;
    const auto whole_bytes = (bits(tensor.dtype) + 7) / 8;
    const double size = own_sizes && graph.quantizer
                            ? static_cast<double>(graph.quantizer->element_sizes[row].eighths) / 8
                            : static_cast<double>(whole_bytes);
    lines.push_back(fmt::format("{} {} [{}] {} {}", tensor.name, torch_name(tensor.dtype),
                                fmt::join(tensor.shape, ", "), tensor.is_buffer() ? "buffer" : "parameter", size));
  }
  for (const Module& module : graph.modules) {
    const bool packed = module.class_name == "TorchLinear" || module.class_name == "TorchAwqLinear" ||
                        module.class_name == "ScaledActivation";
    if (module.alias == ModuleId::kNone && !packed)
      lines.push_back(fmt::format("{} {}", module.name, module.class_name));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::string tensor_difference(const json& want, const std::vector<std::string>& have) {
  if (want.is_string())
    return sha256_hex(fmt::format("{}", fmt::join(have, "\n"))) == want.get<std::string>() ? "" : "the tensors differ";
  std::vector<std::string> lines = want.get<std::vector<std::string>>();
  std::sort(lines.begin(), lines.end());
  std::vector<std::string> only;
  std::set_difference(lines.begin(), lines.end(), have.begin(), have.end(), std::back_inserter(only));
  if (!only.empty()) return "not there: " + only.front();
  std::set_difference(have.begin(), have.end(), lines.begin(), lines.end(), std::back_inserter(only));
  return only.empty() ? "" : "too many: " + only.front();
}

PlacementQuestion question_of(const json& answer, const PlacementLibraries& libraries) {
  PlacementQuestion question;
  question.libraries = libraries;
  question.mode = *map_mode_of_name(answer["mode"].get<std::string>());
  for (const json& budget : answer["max_memory"]) {
    const Device device = budget[0] == "cpu" ? Device::cpu() : Device::accelerator(budget[0].get<int>());
    question.budgets.push_back({device, Bytes::whole(budget[1].get<std::int64_t>())});
  }
  return question;
}

std::string map_difference(const json& want, const PlacementSimulator& simulator, const PlacementLibraries& libraries) {
  const Result<Placement> placement = simulator.place(question_of(want, libraries));
  if (!placement.ok()) return placement.error().message;
  if (placement->crash) return placement->crash->exception == want.value("error", "") ? "" : placement->crash->reason;
  json have = json::array();
  for (const DeviceMapEntry& entry : placement->map.entries) {
    if (entry.device.kind == DeviceKind::kAccelerator)
      have.push_back({entry.name, entry.device.index});
    else
      have.push_back({entry.name, name_of(entry.device)});
  }
  if (want.contains("error")) return have.dump() + " instead of an error";
  return have == want["device_map"] ? "" : have.dump() + " instead of " + want["device_map"].dump();
}

// What is wrong with our answer, or nothing.
std::string difference(const json& row, const std::vector<SourceTree>& sources, const Release& release) {
  GraphRequest request;
  request.repo = in_memory_tree({{"config.json", row["config"].dump()}});
  request.sources = sources;
  request.class_name = row["class"];
  request.initialization = false;
  request.quantize = true;
  if (row.contains("quantization_config")) request.quantization = row["quantization_config"].dump();
  const Result<BuiltGraph> built = build_graph(request);
  if (!built.ok()) return built.error().message;
  if (built->failure) return built->failure->what;
  if (row.contains("error")) return built->not_quantized ? "" : "no error is predicted";
  if (built->not_quantized) return built->not_quantized->why;
  if (!built->graph.partial.empty()) return built->graph.partial.front().what;
  const bool own_sizes = release.libraries.transformers_places_itself;
  std::string problem = tensor_difference(row["tensors"], lines_of(built->graph, own_sizes));
  const PlacementSimulator simulator(built->graph);
  for (const json& answer : row["answers"]) {
    if (problem.empty()) problem = map_difference(answer, simulator, release.libraries);
  }
  const std::string device = row["default_map"].is_null() ? "" : row["default_map"].begin()->get<std::string>();
  const std::string ours = built->graph.quantizer ? built->graph.quantizer->default_device : "";
  return problem.empty() && device != ours ? "by default on " + ours + " instead of " + device : problem;
}

void check_release(const Release& release, const char* file = "quantizers.jsonl") {
  const char* elsewhere = std::getenv("CKPTLINT_WHEELS");
  const std::string folder = elsewhere == nullptr ? CKPTLINT_THIRD_PARTY_DIR : elsewhere;
  const std::string version = release.transformers;
  const std::string wheel = folder + "/transformers-" + version + "-py3-none-any.whl";
  if (!std::filesystem::exists(wheel)) {
    WARN("not tried: " << wheel << " is not there");
    return;
  }
  const Result<std::vector<SourceTree>> sources = open_source(wheel);
  REQUIRE(sources.ok());
  std::vector<json> rows;
  std::istringstream lines(test::fixture_text("upstream/transformers-" + version + "/" + file));
  for (std::string line; std::getline(lines, line);) rows.push_back(json::parse(line));
  REQUIRE(rows.size() > 10);
  std::vector<std::string> differences(rows.size());
  test::side_by_side(rows.size(), [&](std::size_t i) { differences[i] = difference(rows[i], *sources, release); });
  for (std::size_t i = 0; i < rows.size(); ++i) {
    INFO(rows[i]["case"]);
    CHECK(differences[i] == "");
  }
}

TEST_CASE("Quantized models are placed as transformers 5.23.0 places them") {
  check_release({"5.23.0", libraries_of({1, 15, 0}, {5, 23, 0})});
}

TEST_CASE("Quantized models are placed as transformers 4.57.6 places them") {
  check_release({"4.57.6", libraries_of({1, 12, 0}, {4, 57, 6})});
}

// Where from_pretrained has no function for it.
TEST_CASE("Quantized models are placed as releases before 4.56 place them") {
  for (const LibraryVersion release : {LibraryVersion{4, 53, 3}, {4, 49, 0}}) {
    const std::string version = fmt::format("{}.{}.{}", release.major, release.minor, release.patch);
    INFO(version);
    check_release({version.c_str(), libraries_of({1, 15, 0}, release)});
  }
}

TEST_CASE("FP8 models are placed as every release of transformers 5 places them") {
  for (const LibraryVersion release :
       {LibraryVersion{5, 0, 0}, {5, 2, 0}, {5, 5, 4}, {5, 8, 0}, {5, 10, 4}, {5, 12, 0}, {5, 16, 1}}) {
    const std::string version = fmt::format("{}.{}.{}", release.major, release.minor, release.patch);
    INFO(version);
    check_release({version.c_str(), libraries_of({1, 15, 0}, release)}, "fp8_quantizers.jsonl");
  }
}

}  // namespace
}  // namespace ckptlint
