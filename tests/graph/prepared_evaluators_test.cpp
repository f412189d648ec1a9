// A model that is built with an evaluator that was prepared is the one that is built from nothing.
#include "graph/prepared_evaluators.h"

#include <sstream>
#include <string>
#include <vector>

#include "catch.h"
#include "golden.h"
#include "graph/build.h"
#include "graph/graph_json.h"
#include "library/host/environment.h"
#include "library/library.h"

namespace ckptlint {
namespace {

std::vector<SourceTree> transformers_of(const std::string& version) {
  Result<std::vector<SourceTree>> sources =
      open_source(CKPTLINT_THIRD_PARTY_DIR "/transformers-" + version + "-py3-none-any.whl");
  REQUIRE(sources);
  return *sources;
}

// All that is told of the model, but for the numbers of files, which are those of the order in which they were read.
std::string told_of(const std::string& config, const std::vector<SourceTree>& sources) {
  GraphRequest request;
  request.repo = in_memory_tree({{"config.json", config}});
  request.sources = sources;
  request.as_loaded = request.quantize = true;
  const Result<BuiltGraph> built = build_graph(request);
  if (!built) return built.error().message;
  GraphWriting writing;
  writing.spans = false;
  std::string told = built->failure ? built->failure->what : module_graph_json(built->graph, writing);
  const auto place = [&](const Span& span) {
    const SourceFile* file = built->graph.sources.find(span.file);
    return (file == nullptr ? "" : file->path) + ":" + std::to_string(span.line);
  };
  for (const std::string& package : built->absent_packages) told += "\nabsent " + package;
  for (const Partial& part : built->graph.partial) told += "\n" + part.what + " " + place(part.where);
  for (const Tensor& tensor : built->graph.tensors) told += "\n" + place(tensor.registered);
  return told;
}

TEST_CASE("Models of prepared evaluators are those that are built from nothing") {
  const std::vector<SourceTree> sources = transformers_of("5.23.0");
  std::istringstream rows(test::fixture_text("upstream/transformers-5.23.0/real_configs.tsv"));
  std::size_t number = 0;
  for (std::string row; std::getline(rows, row); ++number) {
    if (number % 4 != 0) continue;
    const std::string config = row.substr(row.rfind('\t') + 1);
    const std::string from_nothing = told_of(config, sources);
    prepare_evaluators(sources);
    INFO(number << " " << row.substr(0, 80));
    CHECK(told_of(config, sources) == from_nothing);
  }
  CHECK(number == 118);
}

TEST_CASE("A prepared evaluator is used up, and is for the same sources, packages and installer alone") {
  const std::vector<SourceTree> sources = transformers_of("4.57.6"), others = transformers_of("5.8.0");
  prepare_evaluators(sources);
  const auto roots = [](const std::vector<SourceTree>& trees) {
    return std::vector<python::SourceRoot>{{trees[0].tree, trees[0].label, trees[0].mount, false, trees[0].library}};
  };
  python::Environment environment = python::default_environment();
  for (auto& [name, version] : environment.packages) {
    if (name == "transformers") version = "4.57.6";
  }
  python::Environment with_another = environment;
  with_another.assumed.push_back("timm");
  const Installer install = python::install_library;
  CHECK(take_prepared_evaluator(roots(others), environment, install) == nullptr);
  CHECK(take_prepared_evaluator(roots(sources), with_another, install) == nullptr);
  CHECK(take_prepared_evaluator(roots(sources), environment, [](python::Interpreter&) {}) == nullptr);
  CHECK(take_prepared_evaluator(roots(sources), environment, install) != nullptr);
  CHECK(take_prepared_evaluator(roots(sources), environment, install) == nullptr);
}

}  // namespace
}  // namespace ckptlint
