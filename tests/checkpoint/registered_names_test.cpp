// The names that releases of torchao register, and what they mean for a file, against what the libraries answered
// (tests/record/torchao_names.py).
#include "checkpoint/registered_names.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/file_tree.h"
#include "catch.h"
#include "checkpoint/checkpoint.h"
#include "golden.h"

using namespace ckptlint;
using namespace ckptlint::test;
using nlohmann::json;

namespace {

std::size_t place_of(const std::string& release) {
  const std::vector<std::string_view> releases = torchao_releases();
  return static_cast<std::size_t>(std::find(releases.begin(), releases.end(), release) - releases.begin());
}

// What is said of a file that has these names, where config.json is of `method` and of that library.
std::vector<Defect> settled(const std::string& library, const std::string& method, const json& names) {
  json config = {{"quantization_config", {{"quant_method", method}}}};
  if (library == "diffusers") config["_class_name"] = "FluxTransformer2DModel";
  const FileTreePtr tree = in_memory_tree({{"config.json", config.dump()}});
  std::vector<RegisteredName> registered;
  for (const std::string name : names)
    if (registration_of(name) != nullptr) registered.push_back({0, name});
  std::vector<Defect> defects;
  settle_registered_names(*tree, "model.bin", registered, defects);
  return defects;
}

// diffusers says OSError of what torch.load raises.
bool is_refusal(const std::string& answer) { return answer == "UnpicklingError" || answer == "OSError"; }

bool any(const std::vector<Defect>& defects, DefectKind kind) {
  return std::any_of(defects.begin(), defects.end(), [&](const Defect& each) { return each.kind == kind; });
}

}  // namespace

TEST_CASE("names of torchao are registered by the releases that were asked") {
  std::map<std::string, std::set<std::size_t>> by_itself, by_diffusers;
  std::istringstream rows(fixture_text("upstream/torchao/names.tsv"));
  for (std::string line; std::getline(rows, line);) {
    std::istringstream fields(line);
    std::string name, library, release;
    fields >> name >> library;
    if (!name.starts_with("torchao.")) continue;
    while (fields >> release) {
      REQUIRE(place_of(release) < torchao_releases().size());
      (library == "diffusers" ? by_diffusers : by_itself)[name].insert(place_of(release));
    }
  }
  REQUIRE(by_itself.size() > 100);
  for (auto& [name, places] : by_diffusers)
    if (!by_itself.contains(name)) CHECK(registration_of(name)->by_diffusers);
  for (const auto* asked : {&by_itself, &by_diffusers}) {
    for (const auto& [name, places] : *asked) {
      if (asked == &by_diffusers && by_itself.contains(name)) continue;
      INFO(name);
      const Registration* registration = registration_of(name);
      REQUIRE(registration != nullptr);
      std::set<std::size_t> range;
      for (std::size_t at = registration->first; at <= registration->last; ++at) range.insert(at);
      CHECK(range == places);
    }
  }
  CHECK(registration_of("torchao.quantization.NoSuchTensor") == nullptr);
  CHECK(registration_of("posix.system") == nullptr);
}

TEST_CASE("what is said of a file with such names is what loading it with each release of torchao ends in") {
  std::istringstream rows(fixture_text("upstream/torchao/loads.jsonl"));
  std::size_t count = 0;
  for (std::string line; std::getline(rows, line); ++count) {
    INFO(line);
    const json row = json::parse(line);
    const std::vector<Defect> asked = settled(row["library"], "torchao", row["names"]);
    const std::vector<Defect> not_asked = settled(row["library"], "gptq", row["names"]);
    const auto answers = row["loads"].get<std::map<std::string, std::string>>();
    const auto is = [&](const std::string& answer) {
      return std::any_of(answers.begin(), answers.end(), [&](const auto& each) { return each.second == answer; });
    };
    // Which releases refuse the pickle; where the config does not suit them, they do not come to it.
    if (is("loads")) CHECK_FALSE(any(asked, DefectKind::kPickleCall));
    if (answers.at("0.18.0") == "loads") CHECK_FALSE(any(asked, DefectKind::kRetiredName));
    if (is_refusal(answers.at("0.18.0"))) CHECK(any(asked, DefectKind::kRetiredName));
    if ((is("UnpicklingError") || is("OSError"))) CHECK_FALSE(asked.empty());
    // Where no release allows all of them, none can load it.
    const auto alone = row["without_config"].get<std::map<std::string, std::string>>();
    const bool none = std::all_of(alone.begin(), alone.end(), [](const auto& each) { return is_refusal(each.second); });
    CHECK(any(asked, DefectKind::kPickleCall) == none);
    const bool names_any = !not_asked.empty();
    CHECK(names_any == is_refusal(row["without_config"]["-"]));
    for (const Defect& defect : not_asked) CHECK(defect.stops_loading);
    // Each release for itself: a name that it does not register is refused, and nothing else.
    for (const auto& [release, answer] : alone) {
      if (release == "-") continue;
      INFO(release);
      bool allowed = true;
      for (const std::string name : row["names"]) {
        const Registration* registration = registration_of(name);
        if (registration == nullptr) continue;
        const std::size_t at = place_of(release);
        allowed &= registration->first <= at && at <= registration->last &&
                   (!registration->by_diffusers || row["library"] == "diffusers");
      }
      CHECK(allowed != is_refusal(answer));
    }
  }
  CHECK(count > 50);
}

TEST_CASE("names that no one release of torchao registers together stop loading") {
  const json both = {"torchao.float8.float8_tensor.Float8Tensor", "torchao.quantization.Int8Tensor"};
  const std::vector<Defect> defects = settled("transformers", "torchao", both);
  REQUIRE(any(defects, DefectKind::kPickleCall));
  CHECK(defects.back().message ==
        "the pickle names `torchao.float8.float8_tensor.Float8Tensor`, which torch.load refuses with "
        "`weights_only=True`, as no release of torchao registers all the names of the file");
  // Of a config that cannot be read nothing is known.
  std::vector<Defect> unknown;
  settle_registered_names(*in_memory_tree({{"config.json", "{"}}), "model.bin",
                          {{5, "torchao.quantization.Int8Tensor"}}, unknown);
  REQUIRE(unknown.size() == 1);
  CHECK(unknown[0].stops_loading);
  CHECK(unknown[0].offset == 5);
}

TEST_CASE("a tensor of torchao takes what the tensors in its state take") {
  // As torch 2.13.0 with torchao 0.18.0 and 0.15.0 has them: values, scales and zero points.
  const std::map<std::string, std::uint64_t> expected = {{"pickled-weights/bad_torchao", 256 + 64 + 16},
                                                         {"unsafe-pickle/bad_torchao_of_older", 256 + 32 + 128}};
  for (const auto& [folder, bytes] : expected) {
    INFO(folder);
    const auto tree = open_folder(fixture_path("rules/" + folder));
    REQUIRE(tree.ok());
    const auto checkpoint = read_checkpoint(**tree, "");
    REQUIRE(checkpoint.ok());
    const StoredTensor* quantized = checkpoint->find("model.layers.0.mlp.up_proj.weight");
    REQUIRE(quantized != nullptr);
    CHECK(quantized->type_name == "bfloat16");
    CHECK(quantized->end - quantized->begin == bytes);
    CHECK(checkpoint->find("model.norm.weight")->end - checkpoint->find("model.norm.weight")->begin == 32);
  }
}
