// What from_pretrained of the real libraries leaves on each rank of a group (tests/record/parallel.py).
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <re2/re2.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>
#include <vector>

#include "catch.h"
#include "graph/build.h"
#include "loading/key_matching.h"
#include "loading/recorded_loads.h"
#include "model_repo.h"
#include "parallel/distribute.h"
#include "parallel/recorded_release.h"
#include "side_by_side.h"

namespace ckptlint {
namespace {

using nlohmann::json;

struct Held {
  std::string dtype;
  std::vector<std::int64_t> whole, local;
  friend bool operator==(const Held&, const Held&) = default;
};
using Table = std::map<std::string, Held>;

std::vector<std::int64_t> extents_of(const std::string& text) {
  return json::parse(text).get<std::vector<std::int64_t>>();
}

// "float32 [64, 32]": names
Table whole_of(const json& tensors) {
  Table table;
  for (const auto& [kind, names] : tensors.items()) {
    const std::size_t space = kind.find(' ');
    const auto extents = extents_of(kind.substr(space + 1));
    for (const std::string& name : test::words_of(names)) table[name] = {kind.substr(0, space), extents, extents};
  }
  return table;
}

Table changed(Table table, const json& changes) {
  if (changes.contains("local")) {
    for (const auto& [extents, names] : changes["local"].items()) {
      for (const std::string& name : test::words_of(names)) table.at(name).local = extents_of(extents);
    }
  }
  for (const char* kind : {"other", "new"}) {
    if (!changes.contains(kind)) continue;
    for (const auto& [text, names] : changes[kind].items()) {
      std::istringstream words(text);
      std::string type, dtype, rest;
      words >> type >> dtype;
      std::getline(words, rest);
      const std::size_t between = rest.find("] [") + 1;
      const Held held{dtype, extents_of(rest.substr(0, between)), extents_of(rest.substr(between))};
      for (const std::string& name : test::words_of(names)) table[name] = held;
    }
  }
  if (changes.contains("absent")) {
    for (const std::string& name : test::words_of(changes["absent"])) table.erase(name);
  }
  return table;
}

// What the command line can ask; nothing where the library was asked for something else.
std::optional<ParallelSizes> sizes_of(const json& run) {
  // Asked on a machine without an accelerator, of releases that put a tensor on accelerator 0.
  if (run.value("error", "").find("Cannot access accelerator device") != std::string::npos) return std::nullopt;
  if (run.value("error", "").find("unexpected keyword argument") != std::string::npos) return std::nullopt;
  json with = run["with"];
  if (with.contains("tp_size") && !with.contains("tp_plan")) return std::nullopt;
  const std::uint32_t world = run["world"];
  if (with.contains("distributed_config")) {
    if (with.size() == 2 && with.contains("tp_plan") && with["tp_plan"] == "auto" &&
        with["distributed_config"] == json{{"enable_expert_parallel", true}})
      return ParallelSizes{1, world, 1};
    if (with.size() != 1) return std::nullopt;
    with = with["distributed_config"];
  }
  ParallelSizes sizes;
  bool plan = true, alone = false;
  for (const auto& [name, value] : with.items()) {
    if (name == "tp_size")
      sizes.tensor = value;
    else if (name == "ep_size")
      sizes.expert = value;
    else if (name == "pp_size")
      sizes.pipeline = value;
    else if (name == "tp_plan" && value == "auto")
      plan = true;
    else if (name == "tp_plan" && value == json::object())
      alone = true;
    else if (name == "enable_expert_parallel" && value == true)
      sizes.expert = world;
    else
      return std::nullopt;
  }
  if (with == json{{"tp_plan", "auto"}}) sizes.tensor = world;
  if (with.contains("enable_expert_parallel")) {
    if (!with.contains("tp_plan")) return ParallelSizes{1, world, 1};
    return ParallelSizes{1, sizes.expert, 1};
  }
  if (alone && sizes.expert != sizes.tensor) return std::nullopt;
  if (sizes.expert > 1 && sizes.tensor == 1) return std::nullopt;  // which the command line means as the next does
  if (alone) sizes.tensor = 1;
  if (!plan || sizes.tensor < 1 || sizes.world() != world) return std::nullopt;
  return sizes;
}

Table held_by(const ParallelMap& map, std::uint32_t rank) {
  Table table;
  const std::uint32_t ranks = map.sizes.ranks_of_stage();
  for (const ShardedTensor& tensor : map.stages.at(rank / ranks)) {
    const auto local = tensor.shape_on(rank % ranks);
    Held& held = table[tensor.name];
    held.dtype = torch_name(tensor.layout->dtype_on(rank % ranks));
    held.local.assign(local.begin(), local.end());
    held.whole = tensor.layout->is_distributed ? tensor.layout->shape : held.local;
  }
  return table;
}

std::string text_of(const Table& table, const std::string& name) {
  const auto at = table.find(name);
  if (at == table.end()) return "nothing";
  return at->second.dtype + json(at->second.whole).dump() + json(at->second.local).dump();
}

// Without what differs from run to run: addresses, and which of several missing tensors, a set of names, is met first.
std::string without_chance(std::string text) {
  RE2::GlobalReplace(&text, R"(at 0x[0-9a-f]+)", "at 0x0");
  RE2::GlobalReplace(&text, R"('\w+Parallel' object is not callable)", "'Parallel' object is not callable");
  return text;
}

std::string difference(const json& run, const Table& whole, const Known<ParallelMap>& map) {
  if (!map) return "not known: " + map.unknown().why;
  if (run.contains("error") || !map->raises.empty()) {
    constexpr std::size_t kRecorded = 300;
    const std::string want = without_chance(run.value("error", "none"));
    const std::size_t message = want.find(": ") + 2;
    const std::string have = without_chance(map->raises.substr(0, message + kRecorded));
    // Addresses are of different lengths.
    return have == want || have.substr(0, kRecorded) == want.substr(0, kRecorded)
               ? ""
               : "raises " + have + ", and not " + want;
  }
  const auto of = run["of"].get<std::vector<std::size_t>>();
  for (std::uint32_t rank = 0; rank < of.size(); ++rank) {
    const Table want = changed(whole, run["tables"][of[rank]]), have = held_by(*map, rank);
    std::set<std::string> names;
    for (const Table* table : {&want, &have}) {
      for (const auto& each : *table) names.insert(each.first);
    }
    for (const std::string& name : names) {
      if (text_of(want, name) != text_of(have, name))
        return fmt::format("rank {}: {} is {}, and not {}", rank, name, text_of(have, name), text_of(want, name));
    }
  }
  return "";
}

// As save_pretrained writes it: the state dict without what repeats another.
Checkpoint saved(const ModuleGraph& graph, const Table& whole) {
  std::set<std::string> tied;
  for (const auto& [target, source] : graph.tied_weights.value_or(std::vector<std::pair<std::string, std::string>>{}))
    tied.insert(target);
  std::map<std::string, std::string> kinds;
  for (const Tensor& tensor : graph.tensors) {
    const bool is_alias = tensor.alias != TensorId::kNone;
    if (!tensor.persistent || is_alias || tied.contains(tensor.name)) continue;
    const auto held = whole.find(tensor.name);
    if (held == whole.end()) continue;
    const auto dtype = dtype_of_torch_name(held->second.dtype);
    std::string& names = kinds[fmt::format("{} {}", safetensors_name(*dtype), json(held->second.whole).dump())];
    names += (names.empty() ? "" : " ") + tensor.name;
  }
  return test::checkpoint_of(kinds);
}

// Of a row that was saved before its config said the opposite of whether it is tied: the model as it was then.
std::optional<ModuleGraph> before_untying(const json& row, const std::string& config,
                                          const std::vector<SourceTree>& sources) {
  const std::string kind = row["kind"];
  if (row.contains("stored") || !kind.ends_with("tied the other way") || kind.find("saved") != std::string::npos)
    return std::nullopt;
  auto former = nlohmann::ordered_json::parse(config);
  former["tie_word_embeddings"] = !former.value("tie_word_embeddings", true);
  const Result<BuiltGraph> built = build_graph(test::as_loaded(row["class"], former.dump(), sources));
  return built ? std::optional(built->graph) : std::nullopt;
}

struct Compared {
  json row;
  std::string config;                    // in its order
  std::vector<std::string> differences;  // of each run; of one that was not asked: "-"
};

void compare(Compared& compared, const std::vector<SourceTree>& sources) {
  const json& row = compared.row;
  GraphRequest request = test::as_loaded(row["class"], compared.config, sources);
  request.quantize = row["config"].contains("quantization_config");
  const std::optional<ModuleGraph> saved_before = before_untying(row, compared.config, sources);
  std::optional<Result<BuiltGraph>> built;
  for (const json& run : row["runs"]) {
    const auto sizes = sizes_of(run);
    if (!sizes) {
      compared.differences.emplace_back("-");
      continue;
    }
    if (!built) built = build_graph(request);
    std::string found;
    if (!*built)
      found = "not built: " + built->error().message;
    else if (!(*built)->quantizer_raises.empty())
      found = (*built)->quantizer_raises.starts_with(run.value("error", "none")) ? "" : (*built)->quantizer_raises;
    else if ((*built)->failure)
      found = run.contains("error") ? "" : "not built: " + (*built)->failure->what;
    else if ((*built)->evaluated == nullptr)
      found = "not known";
    if (!found.empty() || (*built)->failure || !(*built)->quantizer_raises.empty()) {
      compared.differences.push_back(found);
      continue;
    }
    const ModuleGraph& graph = (*built)->graph;
    const Table whole = whole_of(row.value("tensors", json::object()));
    const Checkpoint checkpoint = row.contains("stored") ? test::checkpoint_of(row["stored"])
                                                         : saved(saved_before ? *saved_before : graph, whole);
    const Known<Loading> loading = match_keys(graph, checkpoint, (*built)->evaluated.get());
    const StoredWeights stored{checkpoint, loading ? &*loading : nullptr};
    compared.differences.push_back(difference(run, whole, distribute(*sizes, graph, *(*built)->evaluated, &stored)));
  }
}

// How many runs were compared.
std::size_t check_release(const std::string& version) {
  const auto release = test::recorded_release(version, "parallel.jsonl.gz");
  if (!release) return 0;
  std::vector<Compared> rows;
  for (const std::string& line : release->lines) {
    json row = json::parse(line);
    // "fp8" is asked of a machine without an accelerator, where the library dequantizes; "fp8 kept" is not.
    if (row.contains("class") && row["kind"] != "fp8")
      rows.push_back({std::move(row), nlohmann::ordered_json::parse(line)["config"].dump(), {}});
  }
  test::side_by_side(rows.size(), [&](std::size_t i) { compare(rows[i], release->sources); });
  std::size_t asked = 0;
  for (const Compared& each : rows) {
    for (std::size_t i = 0; i < each.differences.size(); ++i) {
      if (each.differences[i] == "-") continue;
      ++asked;
      INFO(version << ", " << each.row["class"] << ", " << each.row["kind"] << ", " << each.row["sizes"] << ", "
                   << each.row["runs"][i]["with"] << " on " << each.row["runs"][i]["world"]);
      CHECK(each.differences[i] == "");
    }
  }
  return asked;
}

TEST_CASE("Shards are those of transformers 5.23.0") { CHECK(check_release("5.23.0") >= 3000); }
TEST_CASE("Shards are those of transformers 4.57.6") { CHECK(check_release("4.57.6") >= 100); }
TEST_CASE("Shards are those of transformers 5.10.4") { CHECK(check_release("5.10.4") >= 100); }
// Of releases whose wheels are there on request alone (CKPTLINT_WHEELS).
TEST_CASE("Shards are those of other releases of transformers 5") {
  for (const char* version : {"5.0.0", "5.5.4", "5.14.0", "5.16.1", "5.20.0", "5.22.0", "5.24.0"})
    check_release(version);
}

}  // namespace
}  // namespace ckptlint
