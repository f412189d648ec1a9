// What calling pipelines of diffusers ended in, of which the sizes of one component were changed
// (tests/record/diffusers_calls.py picked the cases).
#include <cstdlib>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "catch.h"
#include "model_repo.h"
#include "parts/diffusion_pipeline.h"
#include "parts/recorded_pipelines.h"
#include "release_wheels.h"
#include "side_by_side.h"

namespace ckptlint {
namespace {

using nlohmann::json;
using test::pipeline_rows, test::PipelinesByName;

std::string type_of(const std::string& exception) { return exception.substr(0, exception.find(':')); }

struct Compared {
  std::string wrong;  // or nothing
  bool counts = true, known = false;
};

// A finding where the library raises for the sizes, and none where the call ends or wants other arguments.
Compared compared(const json& row, const FileTreePtr& folder, const std::vector<SourceTree>& sources) {
  const Known<DiffusionPipeline> pipeline = test::made_of_configs(folder, sources);
  if (!pipeline) return {"not made: " + pipeline.unknown().why};
  const std::string& found = pipeline->run.raises;
  const std::string call = row["call"], within = row.value("within", "");
  const bool ends = call == "ends" || row.value("decoded", false);
  const bool is_of_sizes = !ends && (call.starts_with("RuntimeError: ") || !within.empty());
  const bool counts = ends || is_of_sizes;
  if (!pipeline->not_run.why.empty()) return {"", counts, false};
  if (found.empty()) return {is_of_sizes ? "nothing found" : "", counts, true};
  if (!is_of_sizes) return {"it says " + found, counts, true};
  return {type_of(call) == type_of(found) && within == pipeline->stopped ? "" : "it says " + found, counts, true};
}

void check_release(const std::string& version, const std::string& transformers, std::size_t least,
                   std::size_t most_open) {
  const std::vector<SourceTree> sources = test::diffusers_sources(version, transformers);
  if (sources.empty()) {
    WARN("not tried: the wheel of diffusers " << version << " is not there");
    return;
  }
  const PipelinesByName pipelines(version);
  std::vector<json> rows = pipeline_rows("calls-" + version + ".jsonl.gz");
  REQUIRE(rows.size() > least);
  if (std::getenv("CKPTLINT_WHEELS") == nullptr) {  // all of them where there is time for all wheels
    std::size_t at = 0;
    std::erase_if(rows, [&](const json&) { return at++ % 3 != 0; });
  }
  std::vector<FileTreePtr> folders;
  for (const json& row : rows) folders.push_back(pipelines.folder_of(row));
  std::vector<Compared> answers(rows.size());
  test::side_by_side(rows.size(), [&](std::size_t i) { answers[i] = compared(rows[i], folders[i], sources); });
  std::size_t counting = 0, known = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    INFO("row " << i << ": " << rows[i].dump());
    CHECK(answers[i].wrong == "");
    if (!answers[i].counts) continue;
    ++counting;
    if (answers[i].known) ++known;
  }
  CHECK(counting >= known);
  CHECK(counting - known <= most_open);
}

TEST_CASE("Components whose sizes do not meet are found where calling the pipeline of diffusers 0.42.1 raises") {
  check_release("0.42.1", "5.23.0", 300, 0);
}

TEST_CASE("Components whose sizes do not meet are found where calling the pipeline of diffusers 0.40.0 raises") {
  check_release("0.40.0", "5.23.0", 150, 1);  // it looks at every pixel of a mask
}

}  // namespace
}  // namespace ckptlint
