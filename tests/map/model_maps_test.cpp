// `ckptlint map PATH` against from_pretrained itself: fixtures/upstream/*/model_maps.jsonl, recorded by
// tests/record/model_maps.py.  The model keeps parts in float32, ties its embeddings, holds another model with no-split
// classes of its own, and can leave parameters without a device.
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "catch.h"
#include "commands/map.h"
#include "golden.h"
#include "model_repo.h"
#include "scratch_folder.h"

namespace ckptlint {
namespace {

constexpr const char* kRepo = "models/kept-in-float32/";

void check_maps(const std::string& folder, const std::string& wheel) {
  test::ScratchFolder plain, table;
  auto config = nlohmann::json::parse(test::fixture_text(std::string(kRepo) + "config.json"));
  for (test::ScratchFolder* repo : {&plain, &table}) {
    config["table"] = repo == &table;
    repo->write("config.json", config.dump());
    repo->write("modeling_kept.py", test::fixture_text(std::string(kRepo) + "modeling_kept.py"));
  }
  std::istringstream lines(test::fixture_text("upstream/" + folder + "/model_maps.jsonl"));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    INFO(folder << ": " << line);
    const auto recorded = nlohmann::json::parse(line);
    MapOptions options;
    options.model.paths = {recorded["table"] ? table.path() : plain.path()};
    options.model.sources = {wheel};
    options.model.dtype = recorded["dtype"];
    options.placement.device_map = recorded["device_map"];
    options.placement.max_memory = recorded["max_memory"].dump();
    options.output.format = "json";
    std::istringstream in;
    std::ostringstream out, err;
    run_map(options, in, out, err);
    REQUIRE(err.str().empty());
    const auto answer = nlohmann::json::parse(out.str());
    CHECK((answer.contains("error") ? answer["error"] : answer["device_map"]) == recorded["answer"]);
  }
  CHECK(count == 108);
}

}  // namespace

TEST_CASE("map answers what from_pretrained did, release by release") {
  check_maps("accelerate-1.15.0-transformers-5.23.0", test::transformers_wheel());
  const char* elsewhere = std::getenv("CKPTLINT_WHEELS");
  if (elsewhere == nullptr) return;
  for (const auto& entry : std::filesystem::directory_iterator(elsewhere)) {
    if (entry.path().filename().string().starts_with("transformers-4.57.6-"))
      check_maps("accelerate-1.12.0-transformers-4.57.6", entry.path().string());
  }
}

TEST_CASE("max_memory={} names no device, and from_pretrained of transformers 5.23.0 puts all on disk") {
  test::ScratchFolder repo;
  repo.write("config.json", test::fixture_text("models/tied-on-disk/config.json"));
  for (const char* mode : {"auto", "sequential", "balanced", "balanced_low_0"}) {
    INFO(mode);
    MapOptions options;
    options.model.paths = {repo.path()};
    options.model.sources = {test::transformers_wheel()};
    options.placement.device_map = mode;
    options.placement.max_memory = "{}";
    options.output.format = "json";
    std::istringstream in;
    std::ostringstream out, err;
    run_map(options, in, out, err);
    CHECK(err.str().empty());
    CHECK(nlohmann::json::parse(out.str())["device_map"] == nlohmann::json::parse(R"([["", "disk"]])"));
  }
}

}  // namespace ckptlint
