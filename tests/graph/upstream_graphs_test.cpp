// Every model class of a release of transformers or diffusers against what torch built of it
// (tests/record/module_graphs.py and diffusers_graphs.py made the tables).
#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "base/sha256.h"
#include "catch.h"
#include "golden.h"
#include "graph/build.h"
#include "graph/graph_json.h"
#include "release_wheels.h"

namespace ckptlint {
namespace {

constexpr const char* kFields[] = {"class",
                                   "modules",
                                   "parameters",
                                   "buffers",
                                   "no_split_modules",
                                   "keys_to_ignore_on_load_unexpected",
                                   "keys_to_ignore_on_load_missing",
                                   "keep_in_fp32_modules",
                                   "keep_in_fp32_modules_strict",
                                   "no_placement_params",
                                   "tied_weights_keys",
                                   "base_model_prefix"};

struct Row {
  std::string module, class_name, digest, config;
};

std::vector<Row> rows_of(const std::string& table) {
  std::vector<Row> rows;
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) {
    Row row;
    std::string modules, tensors;
    std::istringstream cells(line);
    std::getline(cells, row.module, '\t');
    std::getline(cells, row.class_name, '\t');
    std::getline(cells, modules, '\t');
    std::getline(cells, tensors, '\t');
    std::getline(cells, row.digest, '\t');
    std::getline(cells, row.config, '\t');
    if (row.config.empty()) row.config = nlohmann::json({{"_class_name", row.class_name}}).dump();
    rows.push_back(row);
  }
  return rows;
}

std::string digest_of(const ModuleGraph& graph) {
  GraphWriting writing;
  writing.spans = false;
  nlohmann::json whole = nlohmann::json::parse(module_graph_json(graph, writing)), picked;
  for (const char* field : kFields) picked[field] = whole.value(field, nlohmann::json());
  return sha256_hex(picked.dump());
}

// What is wrong with our graph of the row's class, or nothing.
std::string difference(const Row& row, const std::vector<SourceTree>& sources, bool by_architecture) {
  GraphRequest request;
  request.repo = in_memory_tree({{"config.json", row.config}});
  request.sources = sources;
  if (!by_architecture) request.class_name = row.module + ":" + row.class_name;
  Result<BuiltGraph> built = build_graph(request);
  if (!built) return built.error().message;
  if (built->failure) return built->failure->what;
  if (digest_of(built->graph) != row.digest)
    return built->graph.partial.empty() ? "differs, and is not said to be partial" : "differs";
  for (const Tensor& tensor : built->graph.tensors) {
    if (tensor.rebuild == Rebuild::kUnset)
      return tensor.name + " is said to be left unset";  // none is, in this release
  }
  return "";
}

// Every row of a table; `by_architecture`: the config alone says which class is meant.
std::string differences(const std::vector<Row>& rows, const std::vector<SourceTree>& sources, bool by_architecture) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::string found;
  auto work = [&] {
    for (std::size_t at = next++; at < rows.size(); at = next++) {
      std::string wrong = difference(rows[at], sources, by_architecture);
      if (wrong.empty()) continue;
      std::lock_guard lock(mutex);
      found += rows[at].class_name + ": " + wrong + "\n";
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  return found;
}

std::string differences(const std::string& release, const std::string& table, bool by_architecture) {
  Result<std::vector<SourceTree>> sources =
      open_source(CKPTLINT_THIRD_PARTY_DIR "/transformers-" + release + "-py3-none-any.whl");
  REQUIRE(sources);
  const std::vector<Row> rows = rows_of(test::fixture_text("upstream/transformers-" + release + "/" + table));
  REQUIRE(rows.size() > 100);
  return differences(rows, *sources, by_architecture);
}

TEST_CASE("the graph of every class of transformers 5.23.0 is the one that torch builds") {
  CHECK(differences("5.23.0", "module_graphs.tsv", false) == "");
}

TEST_CASE("the graph of every class of transformers 5.8.0 is the one that torch builds") {
  CHECK(differences("5.8.0", "module_graphs.tsv", false) == "");
}

TEST_CASE("the graph of every class of transformers 4.57.6 is the one that torch builds") {
  CHECK(differences("4.57.6", "module_graphs.tsv", false) == "");
}

// A release that was not fetched says so.
void check_diffusers(const std::string& release, const std::string& transformers) {
  const std::vector<SourceTree> sources = test::diffusers_sources(release, transformers);
  if (sources.empty()) WARN("diffusers " << release << " is not there");
  const std::vector<Row> rows = rows_of(test::fixture_text("diffusers/graphs-" + release + ".tsv"));
  REQUIRE(rows.size() > 40);
  if (!sources.empty()) CHECK(differences(rows, sources, false) == "");
}

TEST_CASE("the graph of every class of diffusers 0.42.1 is the one that torch builds") {
  check_diffusers("0.42.1", "5.23.0");
}

TEST_CASE("the graph of every class of older releases of diffusers is the one that torch builds") {
  for (const char* release : {"0.40.0", "0.39.0"}) check_diffusers(release, "5.23.0");
  for (const char* release : {"0.36.0", "0.34.0", "0.33.1", "0.31.0", "0.30.3"}) check_diffusers(release, "4.57.6");
}

TEST_CASE("the graphs of released configs are the ones that torch builds") {
  CHECK(differences("5.23.0", "real_configs.tsv", true) == "");
}

}  // namespace
}  // namespace ckptlint
