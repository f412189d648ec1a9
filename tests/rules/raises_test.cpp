// What is said of exceptions in which from_pretrained ends, compared with what it was recorded to raise
// (tests/record/auto_maps.py, tests/record/load_failures.py).
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "catch.h"
#include "commands/check.h"
#include "golden.h"
#include "model_repo.h"

namespace ckptlint {
namespace {

using Json = nlohmann::ordered_json;
using test::ModelRepo;

struct Run {
  int status = 0;
  std::string out;
};

Run run_on(const ModelRepo& repo) {
  CheckOptions options;
  options.model.paths = {repo.path()};
  options.model.sources = {test::transformers_wheel()};
  std::ostringstream out, err;
  const int status = run_check(options, out, err);
  return {status, out.str() + err.str()};
}

TEST_CASE("An auto_map that the library cannot load from is reported, with its exception, and no other is an error") {
  std::istringstream rows(test::fixture_text("upstream/transformers-5.23.0/auto_maps.jsonl"));
  for (std::string line; std::getline(rows, line);) {
    const Json row = Json::parse(line);
    const std::string recorded = row[1].get<std::string>();
    DYNAMIC_SECTION(row[0].dump()) {
      const ModelRepo repo("models/auto_maps/repo");
      Json config = Json::parse(repo.text("config.json"));
      config["auto_map"] = row[0];
      std::ofstream(repo.folder().path("config.json")) << config.dump();
      const Run result = run_on(repo);
      INFO(recorded << "\n" << result.out);
      if (recorded == "loads") {
        // What other Auto classes would make of their keys was not recorded.
        if (row[0].size() == 2) CHECK(result.out.find("error: `auto_map") == std::string::npos);
        continue;
      }
      const bool says_so = result.status != 0 || result.out.find("not checked: the model's code") != std::string::npos;
      CHECK(says_so);
      const std::size_t tag = result.out.find(" [malformed-auto-map]");
      const std::size_t said = result.out.find("the library ends in ");
      if (tag != std::string::npos && said != std::string::npos && !recorded.starts_with("HFValidationError"))
        CHECK(result.out.find(recorded) != std::string::npos);
    }
  }
}

TEST_CASE("What the code of a repo raises while it is loaded is reported where the library raises it, and only there") {
  std::istringstream rows(test::fixture_text("upstream/transformers-5.23.0/load_failures.tsv"));
  for (std::string line; std::getline(rows, line);) {
    const std::size_t tab = line.find('\t');
    const std::string folder = line.substr(0, tab), recorded = line.substr(tab + 1);
    DYNAMIC_SECTION(folder) {
      const std::string report = test::fixture_text("rules/" + folder + "/expected.txt");
      if (recorded == "loads") {
        CHECK(report.find("error:") == std::string::npos);
      } else {
        CHECK(report.find(recorded) != std::string::npos);
      }
    }
  }
}

}  // namespace
}  // namespace ckptlint
