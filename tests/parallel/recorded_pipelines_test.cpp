// What two stages of a pipeline of the real library give against one process (tests/record/real_passes.py).
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

// "equal", "differs", or the type of what a stage raises; "not known: why".
std::string result_of(const json& row, const std::vector<SourceTree>& sources) {
  const Result<BuiltGraph> built = build_graph(test::as_loaded(row["class"], row["config"].dump(), sources));
  if (!built || built->evaluated == nullptr) return "not known: not evaluated";
  const Known<ParallelMap> map =
      distribute({1, 1, 2}, built->graph, *built->evaluated, nullptr, ForwardQuestion{2, 7, true});
  if (!map) return "not known: " + map.unknown().why;
  if (!map->raises.empty()) return "loading: " + map->raises;
  for (const RankForward& each : map->forward) {
    if (!each.pass) return "not known: " + each.pass.unknown().why;
    if (!each.pass->raises.empty()) return each.pass->raises.substr(0, each.pass->raises.find(':'));
  }
  return repeated_modules(*map).empty() ? "equal" : "differs";
}

TEST_CASE("Stages of a pipeline give what those of transformers 5.23.0 do") {
  const auto release = test::recorded_release("5.23.0", "pipelines.jsonl.gz");
  if (!release) return;
  std::vector<json> rows;
  for (const std::string& line : release->lines) rows.push_back(json::parse(line));
  std::vector<std::string> results(rows.size());
  test::side_by_side(rows.size(), [&](std::size_t i) { results[i] = result_of(rows[i], release->sources); });
  std::size_t known = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string want = rows[i]["result"];
    INFO(rows[i]["class"] << "\n  real: " << want << "\n  ours: " << results[i]);
    if (results[i].starts_with("not known")) {
      UNSCOPED_INFO(rows[i]["class"] << " " << results[i]);
      continue;
    }
    ++known;
    CHECK(results[i] == want.substr(0, want.find(':')));
  }
  CHECK(known >= 75);
}

}  // namespace
}  // namespace ckptlint
