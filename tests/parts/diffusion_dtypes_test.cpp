// In which dtypes pipelines of diffusers are loaded that were stored in half precision, and whether they can then be
// called (tests/record/diffusers_dtypes.py).
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "catch.h"
#include "parts/diffusion_pipeline.h"
#include "parts/recorded_pipelines.h"
#include "release_wheels.h"
#include "side_by_side.h"

namespace ckptlint {
namespace {

using nlohmann::json;

struct Compared {
  std::string wrong;  // or nothing
  bool known = false;
};

Compared compared(const json& row, const FileTreePtr& folder, const std::vector<SourceTree>& sources) {
  const Known<DiffusionPipeline> pipeline = test::made_of_configs(folder, sources);
  if (!pipeline) return {"not made: " + pipeline.unknown().why};
  if (!pipeline->run.raises.empty()) return {"its sizes do not fit: " + pipeline->run.raises};
  if (!pipeline->not_run.why.empty()) return {};
  for (const PipelineComponent& each : pipeline->components) {
    if (!row["loaded"].contains(each.name)) continue;
    if (!row["loaded"][each.name].contains(each.dtype)) return {each.name + " is said to be in " + each.dtype};
  }
  const std::string call = row["call"];
  // Behind the decoder it is no longer followed.
  const std::string expected = call == "ends" || row.value("decoded", false) ? "" : call;
  if (pipeline->mixed.raises != expected) return {"calling it is said to end in: " + pipeline->mixed.raises};
  if (pipeline->mixed.call != (expected.empty() ? "" : row.value("within", "")))
    return {"within " + pipeline->mixed.call};
  return {"", true};
}

TEST_CASE("Pipelines that cannot be called where no dtype is asked for are those with which diffusers 0.42.1 cannot") {
  const std::vector<SourceTree> sources = test::diffusers_sources("0.42.1", "5.23.0");
  REQUIRE(!sources.empty());
  const test::PipelinesByName pipelines("0.42.1");
  const std::vector<json> rows = test::pipeline_rows("dtypes-0.42.1.jsonl.gz");
  REQUIRE(rows.size() > 60);
  std::vector<FileTreePtr> folders;
  for (const json& row : rows) folders.push_back(pipelines.folder_of(row, row["stored"]));
  std::vector<Compared> answers(rows.size());
  test::side_by_side(rows.size(), [&](std::size_t i) { answers[i] = compared(rows[i], folders[i], sources); });
  std::size_t known = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    INFO("row " << i << ": " << rows[i].dump());
    CHECK(answers[i].wrong == "");
    if (answers[i].known) ++known;
  }
  CHECK(known + 4 >= rows.size());
}

}  // namespace
}  // namespace ckptlint
