// Model classes that cannot be built from an empty config: the exception is the one that the real library raises
// (tests/record/build_failures.py made the tables).
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "catch.h"
#include "golden.h"
#include "graph/build.h"
#include "release_wheels.h"

namespace ckptlint {
namespace {

struct Row {
  std::string module, class_name, raises;
};

std::vector<Row> rows_of(const std::string& table) {
  std::vector<Row> rows;
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) {
    Row row;
    std::string raises;
    std::istringstream cells(line);
    std::getline(cells, row.module, '\t');
    std::getline(cells, row.class_name, '\t');
    std::getline(cells, raises, '\t');
    row.raises = nlohmann::json::parse(raises).get<std::string>();
    rows.push_back(row);
  }
  return rows;
}

// The config is empty, but for what diffusers writes into each.
void check_rows(const std::vector<Row>& rows, const std::vector<SourceTree>& sources, bool of_diffusers) {
  for (const Row& row : rows) {
    INFO(row.class_name);
    GraphRequest request;
    const std::string own = nlohmann::json{{"_class_name", row.class_name}}.dump();
    request.repo = in_memory_tree({{"config.json", of_diffusers ? own : "{}"}});
    request.sources = sources;
    request.class_name = row.module + ":" + row.class_name;
    const Result<BuiltGraph> built = build_graph(request);
    // A class that is made of models and not of a config is none that a folder could mean.
    if (row.raises.ends_with("has no attribute 'from_config'")) continue;
    REQUIRE(built);
    REQUIRE(built->failure);
    CHECK(built->failure->what == row.raises);
  }
}

void check_release(const std::string& release) {
  Result<std::vector<SourceTree>> sources =
      open_source(CKPTLINT_THIRD_PARTY_DIR "/transformers-" + release + "-py3-none-any.whl");
  REQUIRE(sources);
  const auto rows = rows_of(test::fixture_text("upstream/transformers-" + release + "/build_failures.tsv"));
  REQUIRE(rows.size() > 100);
  check_rows(rows, *sources, false);
}

TEST_CASE("classes of diffusers that cannot be built raise what the library raises") {
  const std::pair<const char*, const char*> releases[] = {
      {"0.42.1", "5.23.0"}, {"0.40.0", "5.23.0"}, {"0.39.0", "5.23.0"}, {"0.36.0", "4.57.6"},
      {"0.34.0", "4.57.6"}, {"0.33.1", "4.57.6"}, {"0.31.0", "4.57.6"}, {"0.30.3", "4.57.6"}};
  for (const auto& [release, transformers] : releases) {
    INFO(release);
    const auto rows = rows_of(test::fixture_text(std::string("diffusers/build_failures-") + release + ".tsv"));
    REQUIRE(rows.size() > 10);
    const std::vector<SourceTree> sources = test::diffusers_sources(release, transformers);
    if (sources.empty())
      WARN("not tried: the wheel of diffusers " << release << " is not there");
    else
      check_rows(rows, sources, true);
  }
}

TEST_CASE("classes of transformers 5.23.0 that cannot be built raise what the library raises") {
  check_release("5.23.0");
}

TEST_CASE("classes of transformers 4.57.6 that cannot be built raise what the library raises") {
  check_release("4.57.6");
}

}  // namespace
}  // namespace ckptlint
