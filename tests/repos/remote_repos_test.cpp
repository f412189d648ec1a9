// Small repos that bring code: their graphs and what from_pretrained reports are what the library gives.  Recorded by
// tests/record/remote_repos.py.
#include <fmt/format.h>
#include <re2/re2.h>

#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "catch.h"
#include "check/pipeline.h"
#include "ckptlint/dtype.h"
#include "golden.h"
#include "graph/graph_json.h"
#include "model_repo.h"
#include "recorded_rows.h"
#include "release_wheels.h"

namespace ckptlint {
namespace {

using nlohmann::json;

// What of a text does not depend on the machine, nor on where Python was installed.
std::string normal(std::string text, const std::string& folder) {
  static const RE2 demanded(R"(^ImportError: This modeling file .* environment: (.*)\. Run .*)");
  std::string names;
  if (RE2::PartialMatch(text, demanded, &names)) return "demands " + names;
  if (text.starts_with("SyntaxError: ")) return "SyntaxError";  // with another text of where and why
  const std::string name = folder.substr(folder.rfind('/') + 1);
  std::string module = name;
  RE2::GlobalReplace(&module, "-", "_hyphen_");
  for (const auto& [own, told] : {std::pair{folder, "REPO"},
                                  {"transformers_modules." + module, "transformers_modules.repo"},
                                  {"transformers_modules/" + module, "transformers_modules/repo"},
                                  {"transformers_modules." + name, "transformers_modules.repo"},  // before 4.57
                                  {"transformers_modules/" + name, "transformers_modules/repo"},
                                  {name, "REPO"}}) {
    for (std::size_t at; (at = text.find(own)) != text.npos;) text.replace(at, own.size(), told);
  }
  RE2::GlobalReplace(&text, "~/.cache/huggingface/modules", "CACHE");
  RE2::GlobalReplace(&text, R"( \([^()]*\.pyc?\))", "");  // of a module that lacks a name
  RE2::GlobalReplace(&text, R"( at 0x[0-9a-f]+)", "");
  return text;
}

// Tensor i is filled with i % 5 + 1, as remote_repos.py does it, where its type is one that fixtures have values of.
void write_checkpoint(const json& stored, const std::string& path) {
  nlohmann::ordered_json header = {{"__metadata__", {{"format", "pt"}}}};
  std::string data;
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const Dtype dtype = dtype_of_safetensors_name(stored[i][1].get<std::string>()).value();
    std::uint64_t count = 1;
    for (const auto& extent : stored[i][2]) count *= extent.get<std::uint64_t>();
    const std::set<Dtype> valued{Dtype::kFloat64, Dtype::kFloat32, Dtype::kBfloat16, Dtype::kInt64, Dtype::kBool};
    const double value = dtype == Dtype::kBool ? 1 : static_cast<double>(i % 5 + 1);
    const std::string one = valued.contains(dtype) ? test::bytes_of(value, dtype)
                                                   : std::string(static_cast<std::size_t>(bits(dtype)) / 8, '\0');
    const std::size_t begin = data.size();
    for (std::uint64_t k = 0; k < count; ++k) data += one;
    header[stored[i][0].get<std::string>()] = {
        {"dtype", stored[i][1]}, {"shape", stored[i][2]}, {"data_offsets", {begin, data.size()}}};
  }
  std::string head = header.dump();
  head.append((8 - head.size() % 8) % 8, ' ');
  const std::uint64_t length = head.size();
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(&length), sizeof length);
  out << head << data;
  REQUIRE(out.good());
}

// "" where they are equal, "said: why" where ours is said not to be known, else what differs.
using Verdict = std::string;

Verdict said(const std::string& why) { return "said: " + why; }

Verdict compare_raised(const std::string& have, const json& want, const std::string& folder) {
  const std::string ours = normal(have, folder);
  const std::string theirs = normal(want.get<std::string>(), folder);
  const bool first_line = theirs.starts_with(ours + "\n") || theirs.starts_with(ours + ". ");
  return ours == theirs || first_line ? "" : fmt::format("raises {}\n    and not {}", ours, theirs);
}

Verdict compare_graph(const Analysis& analysis, const json& want) {
  GraphWriting writing;
  writing.spans = false;
  const json have = json::parse(module_graph_json(analysis.built->graph, writing));
  for (const auto& [field, value] : want.items()) {
    const json ours = have.value(field, json());
    if (ours == value) continue;
    if (!value.is_array() || !ours.is_array())
      return fmt::format("{} is {} and not {}", field, ours.dump(), value.dump());
    for (std::size_t i = 0; i < std::max(value.size(), ours.size()); ++i) {
      const json a = i < ours.size() ? ours[i] : json(), b = i < value.size() ? value[i] : json();
      if (a != b) return fmt::format("{}[{}] is {}\n    and not {}", field, i, a.dump(), b.dump());
    }
  }
  return "";
}

Verdict compare_load(const Analysis& analysis, const json& want, const std::string& version) {
  const Model& model = analysis.model;
  const Loading& loading = *model.loading;
  std::map<std::string, std::set<std::string>> have;
  for (const std::string& name : model.graph->names_of(loading.missing)) have["missing"].insert(name);
  for (const UnexpectedKey& key : loading.unexpected) have["unexpected"].insert(key.key);
  for (const MismatchedKey& key : loading.mismatched) have["mismatched"].insert(model.graph->tensor(key.tensor).name);
  // The library was asked with ignore_mismatched_sizes=True, before 4.57 where it had raised without.
  const bool ignores = !version.starts_with("4.") || version >= "4.57" || !loading.mismatched.empty();
  if (ignores)
    for (const MismatchedKey& key : loading.unpacked) have["mismatched"].insert(model.graph->tensor(key.tensor).name);
  // Before 4.50 keys are reported as they are stored, with or without the base model's prefix.
  const bool as_stored = version < "4.50";
  const auto plain = [&](const json& names) {
    std::set<std::string> kept;
    const std::string prefix = model.graph->base_model_prefix + ".";
    for (std::string name : names)
      kept.insert(as_stored && name.starts_with(prefix) ? name.substr(prefix.size()) : name);
    return kept;
  };
  for (const char* kind : {"missing", "unexpected", "mismatched"}) {
    if (plain(have[kind]) != plain(want[kind]))
      return fmt::format("{} are {}\n    and not {}", kind, json(have[kind]).dump(), want[kind].dump());
  }
  if (!model.init_weights) return said(model.init_weights.unknown().why);
  for (const std::string& name : model.graph->names_of(model.init_weights->overwritten)) have["changed"].insert(name);
  if (json(have["changed"]) != want["changed"])
    return fmt::format("changed are {}\n    and not {}", json(have["changed"]).dump(), want["changed"].dump());
  if (!version.starts_with("5.")) return "";
  for (const std::string& name : model.graph->names_of(model.init_weights->unset_buffers)) have["unset"].insert(name);
  for (std::size_t i = 0; i < loading.initialized.size(); ++i) {
    if (loading.initialized[i] == Rebuild::kUnknown) return said("whether what is missing is initialised");
    if (loading.initialized[i] == Rebuild::kUnset) have["unset"].insert(model.graph->tensor(loading.missing[i]).name);
  }
  // What a pattern of the class forgives, and what has another shape, is not asked about.
  std::set<std::string> left = want["unset"].get<std::set<std::string>>();
  for (const TensorId id : loading.forgiven) left.erase(model.graph->tensor(id).name);
  for (const MismatchedKey& key : loading.mismatched) left.erase(model.graph->tensor(key.tensor).name);
  for (const MismatchedKey& key : loading.unpacked) left.erase(model.graph->tensor(key.tensor).name);
  if (have["unset"] != left)
    return fmt::format("unset are {}\n    and not {}", json(have["unset"]).dump(), json(left).dump());
  return "";
}

Verdict verdict_on(const json& row, const std::string& version) {
  const test::ScratchFolder folder;
  for (const auto& [name, text] : row["files"].items()) folder.write(name, text.get<std::string>());
  write_checkpoint(row["stored"], folder.path("model.safetensors"));
  const json& want = row[version];
  ModelOptions options;
  options.sources = {test::wheel_of_release(version)};
  const Result<ModelInput> input = open_model(folder.path(), options);
  if (!input.ok()) return "not opened: " + input.error().message;
  Question question;
  question.simulate_placement = false;
  const Result<std::unique_ptr<Analysis>> result = analyze(*input, question);
  if (!result.ok()) return "not analysed: " + result.error().message;
  const Analysis& analysis = **result;
  const Model& model = analysis.model;
  const auto why_said = [&]() -> std::string {
    if (analysis.built && !analysis.built->graph.partial.empty()) return analysis.built->graph.partial.front().what;
    if (analysis.built && !analysis.built->demanded_packages.empty())
      return fmt::format("demands {}", fmt::join(analysis.built->demanded_packages, ", "));
    if (analysis.obstacle) return analysis.obstacle->message;
    return "";
  };
  const auto judged = [&](const Verdict& verdict) {
    return verdict.empty() || why_said().empty() ? verdict : said(normal(why_said(), folder.path()));
  };
  const BuildFailure* failure = model.build_failure();
  if (failure == nullptr && model.folder_failure) failure = &*model.folder_failure;
  if (failure != nullptr) {
    const char* stage = want.contains("load_raises") ? "load_raises" : "graph_raises";
    return judged(want.contains(stage) ? compare_raised(failure->what, want[stage], folder.path())
                                       : "raises " + normal(failure->what, folder.path()));
  }
  if (!model.graph) return said(analysis.obstacle ? analysis.obstacle->message : model.graph.unknown().why);
  // What alone the meta device of torch.device("meta") raises says nothing of from_pretrained.
  if (want.contains("graph")) {
    if (const Verdict wrong = compare_graph(analysis, want["graph"]); !wrong.empty()) return judged(wrong);
  }
  if (!model.loading) return said(model.loading.unknown().why);
  if (!model.loading->raises.empty()) {
    return judged(want.contains("load_raises")
                      ? compare_raised(model.loading->raises, want["load_raises"], folder.path())
                      : "load raises " + normal(model.loading->raises, folder.path()));
  }
  if (want.contains("load_raises")) return judged("does not raise " + want["load_raises"].get<std::string>());
  return judged(compare_load(analysis, want["load"], version));
}

// The golden file says of which repos what is not known, and why.
void check_release(const std::string& version) {
  std::vector<json> rows = test::recorded_rows("upstream/remote_repos.jsonl.gz");
  std::erase_if(rows, [&](const json& row) { return !row.contains(version); });
  std::vector<Verdict> verdicts;
  for (const json& row : rows) verdicts.push_back(verdict_on(row, version));
  std::string open, wrong;
  std::size_t equal = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool said = verdicts[i].starts_with("said: ");
    equal += verdicts[i].empty();
    if (!verdicts[i].empty())
      (said ? open : wrong) += fmt::format("{}: {}\n", rows[i]["name"].get<std::string>(), verdicts[i]);
  }
  CHECK(wrong == "");
  test::check_golden("upstream/transformers-" + version + "/remote_repos.txt",
                     fmt::format("{} of {} are equal; not known, and said to be so:\n{}", equal, rows.size(), open));
}

TEST_CASE("Repos with code are what transformers 5.23.0 makes of them") { check_release("5.23.0"); }
TEST_CASE("Repos with code are what transformers 4.57.6 makes of them") { check_release("4.57.6"); }

// Where their wheels are there (CKPTLINT_WHEELS).
TEST_CASE("Repos with code are what older releases of transformers make of them") {
  for (const char* version : {"4.46.3", "4.50.3", "4.51.3", "4.53.3", "4.55.4", "4.56.2"}) {
    INFO(version);
    if (!test::wheel_of_release(version).empty()) check_release(version);
  }
}

}  // namespace
}  // namespace ckptlint
