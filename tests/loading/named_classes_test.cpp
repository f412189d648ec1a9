// Classes asked for by name, of composite configs, against what from_pretrained made of them:
// fixtures/upstream/transformers-5.23.0/named_classes.jsonl, recorded by tests/record/named_classes.py.
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "catch.h"
#include "graph/build.h"
#include "loading/key_matching.h"
#include "loading/recorded_loads.h"
#include "model_repo.h"

namespace ckptlint {
namespace {

using nlohmann::json;

void check_class(const json& row, const std::string& name, const json& want, const std::vector<SourceTree>& sources) {
  INFO(name << " of " << row["config"]["architectures"]);
  GraphRequest request;
  request.class_name = name;
  request.repo = in_memory_tree({{"config.json", row["config"].dump()}});
  request.sources = sources;
  request.initialization = false;
  const Result<BuiltGraph> built = build_graph(request);
  REQUIRE(built);
  if (want.contains("error")) {
    REQUIRE(built->failure);
    CHECK(built->failure->what.starts_with(want["error"].get<std::string>() + ": "));
    return;
  }
  if (built->failure) FAIL(built->failure->what);
  CHECK(built->graph.class_name == want["class"].get<std::string>());
  CHECK(built->graph.config_class == want["config_class"].get<std::string>());
  const Checkpoint checkpoint = test::checkpoint_of(row["tensors"]);
  const Known<Loading> loading = match_keys(built->graph, checkpoint, built->evaluated.get());
  if (!loading) FAIL(loading.unknown().why);
  std::set<std::string> missing, unexpected;
  for (const TensorId id : loading->missing) missing.insert(built->graph.tensor(id).name);
  for (const UnexpectedKey& key : loading->unexpected) unexpected.insert(key.key);
  CHECK(json(missing) == json(test::words_of(want["report"]["missing_keys"])));
  CHECK(json(unexpected) == json(test::words_of(want["report"]["unexpected_keys"])));
}

}  // namespace

TEST_CASE("A class asked for by name gets the part of a composite config that it gets from the library") {
  const Result<std::vector<SourceTree>> sources = open_source(test::transformers_wheel());
  REQUIRE(sources);
  std::istringstream lines(test::fixture_text("upstream/transformers-5.23.0/named_classes.jsonl"));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) {
    const json row = json::parse(line);
    for (const auto& [name, want] : row["asked"].items()) {
      check_class(row, name, want, *sources);
      ++count;
    }
  }
  CHECK(count == 21);
}

}  // namespace ckptlint
