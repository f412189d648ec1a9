// What PeftModel.from_pretrained of the real PEFT reported (tests/record/adapters.py made the cases).
#include <fmt/format.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "adapter/peft_loading.h"
#include "catch.h"
#include "golden.h"
#include "graph/build.h"

namespace ckptlint {
namespace {

using Json = nlohmann::ordered_json;

Checkpoint checkpoint_of(const Json& tensors) {
  Checkpoint checkpoint;
  for (const Json& row : tensors) {
    const auto text = std::make_shared<const std::string>(row[0].get<std::string>());
    checkpoint.texts.push_back(text);
    StoredTensor stored;
    stored.name = *text;
    stored.dtype = Dtype::kFloat32;
    stored.first_extent = static_cast<std::uint32_t>(checkpoint.extents.size());
    stored.rank = static_cast<std::uint32_t>(row[1].size());
    for (const Json& extent : row[1]) checkpoint.extents.push_back(extent.get<std::int64_t>());
    checkpoint.tensors.push_back(stored);
  }
  return checkpoint;
}

// PEFT names a tensor by the adapter, too.
std::string without_adapter(std::string name) {
  for (std::size_t at; (at = name.find(".default")) != std::string::npos;) name.erase(at, 8);
  return name;
}

std::set<std::string> names_of(const Json& list) {
  std::set<std::string> names;
  for (const Json& each : list) names.insert(without_adapter(each.get<std::string>()));
  return names;
}

// What is wrong with our report, or nothing.
std::string difference(const Json& row, const std::string& base, const std::vector<SourceTree>& sources) {
  GraphRequest request;
  request.repo = in_memory_tree({{"config.json", base}});
  request.sources = sources;
  request.initialization = false;
  const Result<BuiltGraph> built = build_graph(request);
  if (!built || built->failure) return "the base cannot be built";
  const Checkpoint stored = checkpoint_of(row["tensors"]);
  const Known<Adapter> made = load_with_peft(stored, row["config"], *built->evaluated, built->graph);
  if (!made) return made.unknown().why;
  const std::string raises = row.contains("raises") ? row["raises"].get<std::string>() : "";
  const std::string kind = raises.substr(0, raises.find(':'));
  if (made->raises.substr(0, made->raises.find(':')) != kind) return "raises " + made->raises;
  if (!raises.empty()) return "";
  std::set<std::string> missing, unexpected, mismatched;
  for (const std::string& name : made->missing) missing.insert(without_adapter(name));
  for (const std::uint32_t i : made->unmatched) unexpected.insert(std::string(stored.tensors[i].name));
  for (const std::string& name : made->unmatched_made) unexpected.insert(without_adapter(name));
  for (const AdapterMismatch& each : made->mismatched) mismatched.insert(without_adapter(each.name));
  if (mismatched.empty() != row["mismatched"].empty()) return fmt::format("{} of other sizes", mismatched.size());
  if (!mismatched.empty()) return "";  // where sizes differ, the library reports nothing else
  if (missing != names_of(row["missing"])) return fmt::format("missing: {}", Json(missing).dump());
  std::set<std::string> wanted = names_of(row["unexpected"]);
  for (const char* prompt : {"prompt_embeddings", "prefix_task_cols", "prefix_task_rows"}) wanted.erase(prompt);
  // Of what it leaves out, PEFT has the new name.
  if (unexpected.size() != wanted.size()) return fmt::format("unexpected: {}", Json(unexpected).dump());
  return "";
}

TEST_CASE("Adapters are loaded as peft 0.21.2 loads them") {
  const std::string folder = CKPTLINT_THIRD_PARTY_DIR;
  std::vector<SourceTree> sources;
  for (const char* wheel : {"/transformers-5.23.0-py3-none-any.whl", "/peft-0.21.2-py3-none-any.whl"}) {
    if (!std::filesystem::exists(folder + wheel)) {
      WARN("not tried: " << folder << wheel << " is not there");
      return;
    }
    const Result<std::vector<SourceTree>> opened = open_source(folder + wheel);
    REQUIRE(opened);
    for (SourceTree tree : *opened) {
      tree.own = false;
      sources.push_back(tree);
    }
  }
  const std::string base = test::fixture_text("upstream/peft-0.21.2/base/config.json");
  std::vector<Json> rows;
  std::istringstream lines(test::fixture_text("upstream/peft-0.21.2/loads.jsonl"));
  for (std::string line; std::getline(lines, line);) rows.push_back(Json::parse(line));
  REQUIRE(rows.size() > 100);
  std::vector<std::string> differences(rows.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i; (i = next++) < rows.size();) differences[i] = difference(rows[i], base, sources);
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    INFO(rows[i]["config"]["peft_type"] << ", " << rows[i]["change"] << ", row " << i + 1);
    CHECK(differences[i] == "");
  }
}

}  // namespace
}  // namespace ckptlint
