// One of several tied tensors is stored, against what the real libraries made of it:
// fixtures/upstream/lone_ties.jsonl.gz, recorded by tests/record/lone_ties.py with each release.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "catch.h"
#include "commands/check.h"
#include "golden.h"
#include "model_repo.h"
#include "recorded_rows.h"
#include "scratch_folder.h"

namespace ckptlint {
namespace {

using nlohmann::json;

// The rows of a checkpoint that of `group` has `kept` alone.
std::string stored_rows(const json& model, const json& group, const json& kept) {
  std::string rows;
  for (const json& tensor : model["tensors"]) {
    const json& name = tensor[0];
    if (name == kept || std::find(group.begin(), group.end(), name) == group.end())
      rows += name.get<std::string>() + " " + tensor[1].get<std::string>() + " " + tensor[2].dump() + "\n";
  }
  return rows;
}

}  // namespace

TEST_CASE("A tied tensor that is stored alone is an error where the release loses it") {
  std::map<std::string, json> models;
  std::map<std::string, int> compared;
  for (const json& row : test::recorded_rows("upstream/lone_ties.jsonl.gz")) {
    if (row.contains("config")) {
      models[row["class"]] = row;
      continue;
    }
    const std::string release = row["release"];
    if (release != "4.57.6" && release != "5.23.0") continue;  // set-up brings these
    const json& model = models.at(row["class"]);
    test::ScratchFolder repo;
    repo.write("config.json", model["config"].dump());
    test::write_sparse_checkpoint(stored_rows(model, row["group"], row["kept"]), repo.path("model.safetensors"));
    CheckOptions options;
    options.model.paths = {repo.path()};
    options.model.sources = {test::transformers_wheel(release)};
    options.select = {"missing-tie-source"};
    std::ostringstream out, err;
    const int status = run_check(options, out, err);
    INFO(row.dump() << "\n" << out.str() << err.str());
    CHECK(status == (row["auto"] == "ok" ? 0 : 1));
    ++compared[release];
  }
  CHECK(compared == std::map<std::string, int>{{"4.57.6", 44}, {"5.23.0", 44}});
}

}  // namespace ckptlint
