// What two ranks of the real library give against one process (tests/record/real_passes.py).
#include <nlohmann/json.hpp>
#include <vector>

#include "catch.h"
#include "graph/build.h"
#include "model_repo.h"
#include "parallel/distribute.h"
#include "parallel/recorded_release.h"
#include "side_by_side.h"

namespace ckptlint {
namespace {

using nlohmann::json;

constexpr ForwardQuestion kQuestion{2, 7, false};

// "equal", "differs", "differs in shape", or the type of what is raised; "not known: why".
std::string result_of(const std::string& class_name, const std::string& config,
                      const std::vector<SourceTree>& sources) {
  const Result<BuiltGraph> built = build_graph(test::as_loaded(class_name, config, sources));
  if (!built || built->evaluated == nullptr) return "not known: not evaluated";
  const Known<ForwardPass> alone = find_forward(*built->evaluated, kQuestion);
  if (!alone) return "not known: " + alone.unknown().why;
  const Known<ParallelMap> map = distribute({2, 1, 1}, built->graph, *built->evaluated, nullptr, kQuestion);
  if (!map) return "not known: " + map.unknown().why;
  if (!map->raises.empty()) return "loading: " + map->raises.substr(0, map->raises.find(':'));
  for (const RankForward& each : map->forward) {
    if (!each.pass) return "not known: " + each.pass.unknown().why;
    if (!each.pass->raises.empty()) return each.pass->raises.substr(0, each.pass->raises.find(':'));
    if (!each.pass->misread.empty() || !cut_reductions(*each.pass, *alone).empty()) return "differs";
    if (each.pass->logits != alone->logits) return "differs in shape";
  }
  return "equal";
}

// "RuntimeError" of "RuntimeError: message", "loading: ValueError" of what loading ends in.
std::string kind_of(const std::string& result) {
  const std::string loading = "loading: ";
  if (result.starts_with(loading)) return loading + kind_of(result.substr(loading.size()));
  return result.substr(0, result.find(':'));
}

void check_release(const std::string& version, std::size_t least) {
  const auto release = test::recorded_release(version, "passes.jsonl.gz");
  if (!release) return;
  std::vector<std::string> results(release->lines.size());
  test::side_by_side(results.size(), [&](std::size_t i) {
    const auto row = nlohmann::ordered_json::parse(release->lines[i]);
    results[i] = result_of(row["class"], row["config"].dump(), release->sources);
  });
  std::size_t known = 0;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const json row = json::parse(release->lines[i]);
    const std::string model = row["class"], want = row["result"];
    INFO(version << ", " << model << " " << row["config"].value("base_model_tp_plan", json()) << " of "
                 << row["config"].value("vocab_size", 0) << "\n  real: " << want << "\n  ours: " << results[i]);
    if (results[i].starts_with("not known")) continue;
    ++known;
    CHECK(results[i] == kind_of(want));
  }
  CHECK(known >= least);
}

TEST_CASE("Two ranks give what those of transformers 5.23.0 do") { check_release("5.23.0", 150); }
TEST_CASE("Two ranks with tied heads give what those of transformers 5.10.4 do") { check_release("5.10.4", 40); }
TEST_CASE("Two ranks with tied heads give what those of transformers 4.57.6 do") { check_release("4.57.6", 14); }

}  // namespace
}  // namespace ckptlint
