// What a forward pass of the real library raises, and what it keeps in its cache (tests/record/forwards.py).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "catch.h"
#include "graph/build.h"
#include "model_repo.h"
#include "parallel/distribute.h"
#include "parallel/forward.h"
#include "parallel/recorded_release.h"
#include "side_by_side.h"

namespace ckptlint {
namespace {

using nlohmann::json;

constexpr ForwardQuestion kQuestion{2, 7, false};
constexpr ForwardQuestion kWatching{2, 7, true};

json answer_of(const ForwardPass& pass) {
  if (!pass.raises.empty()) return pass.raises;
  if (!pass.has_cache) return nullptr;
  json cache = json::object();
  for (const CachedTensor& tensor : pass.cache)
    cache[tensor.name] = fmt::format("{} [{}]", torch_name(tensor.dtype), fmt::join(tensor.shape, ", "));
  return cache;
}

// {module: what it puts into the cache}, as recorded.
json put_by(const ForwardPass& pass) {
  std::map<std::string, std::string> put;
  for (const CachedTensor& tensor : pass.cache) {
    std::string& names = put[tensor.module];
    names += (names.empty() ? "" : " ") + tensor.name;
  }
  return put;
}

// Of exceptions the type counts.
bool are_alike(const json& want, const json& have) {
  if (!want.is_string() || !have.is_string()) return want == have;
  const auto type = [](const std::string& text) { return text.substr(0, text.find(':')); };
  return type(want.get<std::string>()) == type(have.get<std::string>());
}

// Classes whose pass is known to differ: a number in a config is no token of its vocabulary.
constexpr const char* kDiffering[] = {"ShieldGemma2ForImageClassification"};

bool is_differing(const std::string& model) {
  return std::any_of(std::begin(kDiffering), std::end(kDiffering),
                     [&](const char* each) { return model.ends_with(each); });
}

// Classes whose ranks take means or the like over a part, as two processes of gloo showed (real_passes.py).
constexpr const char* kPartial[] = {"Gemma3nForCausalLM", "Gemma3nTextModel"};

bool is_partial(const std::string& model) {
  return std::any_of(std::begin(kPartial), std::end(kPartial), [&](const char* each) { return model.ends_with(each); });
}

struct Answer {
  std::string run;
  json want;
  std::optional<json> have;  // nothing: not known
  std::string why;
};

void take(std::vector<Answer>& answers, const std::string& run, const json& want, const Known<ForwardPass>& pass) {
  Answer& answer = answers.emplace_back(Answer{run, want, std::nullopt, ""});
  if (pass)
    answer.have = answer_of(*pass);
  else
    answer.why = pass.unknown().why;
}

std::vector<Answer> answers_of(const json& row, const std::vector<SourceTree>& sources) {
  const Result<BuiltGraph> built = build_graph(test::as_loaded(row["class"], row["config"].dump(), sources));
  std::vector<Answer> answers;
  if (!built || built->evaluated == nullptr) {
    answers.push_back({"", nullptr, std::nullopt, built ? "not evaluated" : built.error().message});
    return answers;
  }
  Known<ForwardPass> alone = Unknown{"not asked"};
  for (const auto& [world, ranks] : row["runs"].items()) {
    if (world == "1") {
      const Known<ForwardPass>& pass = alone =
          find_forward(*built->evaluated, row.contains("put") ? kWatching : kQuestion);
      take(answers, world, ranks["0"], pass);
      if (!pass || !pass->raises.empty() || !row.contains("put")) continue;
      answers.push_back({"what puts it", row["put"], put_by(*pass), ""});
      answers.push_back({"what runs", row["ran"], json(pass->ran), ""});
      continue;
    }
    if (ranks.is_string()) continue;  // loading raises, which is compared elsewhere
    const ParallelSizes sizes{static_cast<std::uint32_t>(std::stoul(world)), 1, 1};
    const Known<ParallelMap> map = distribute(sizes, built->graph, *built->evaluated, nullptr, kQuestion);
    if (!map || map->forward.empty()) {
      answers.push_back({world, ranks["0"], std::nullopt, map ? map->raises : map.unknown().why});
      continue;
    }
    const Known<ForwardPass>& pass = map->forward.front().pass;
    take(answers, world, ranks["0"], pass);
    if (!alone || !alone->raises.empty() || !pass || !pass->raises.empty()) continue;
    const std::vector<CutReduction> cut = cut_reductions(*pass, *alone);
    answers.push_back({world + ", of a part", is_partial(row["class"]), !cut.empty(), ""});
  }
  return answers;
}

void check_release(const std::string& version, std::size_t least, std::size_t most_unknown,
                   const std::string& file = "forwards.jsonl.gz") {
  const auto release = test::recorded_release(version, file);
  if (!release) return;
  std::vector<json> rows;
  for (const std::string& line : release->lines) rows.push_back(json::parse(line));
  std::vector<std::vector<Answer>> answers(rows.size());
  test::side_by_side(rows.size(), [&](std::size_t i) { answers[i] = answers_of(rows[i], release->sources); });
  std::size_t known = 0, unknown = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const Answer& answer : answers[i]) {
      ++(answer.have ? known : unknown);
      INFO(version << ", " << rows[i]["class"] << " on " << answer.run << "\n  real: " << answer.want.dump()
                   << "\n  ours: " << (answer.have ? answer.have->dump() : "not known: " + answer.why));
      if (!is_differing(rows[i]["class"])) CHECK((!answer.have || are_alike(answer.want, *answer.have)));
    }
  }
  CHECK(known >= least);
  CHECK(unknown <= most_unknown);
}

TEST_CASE("Forward passes raise and keep what those of transformers 5.23.0 do") { check_release("5.23.0", 2800, 330); }
TEST_CASE("Forward passes raise and keep what those of transformers 4.57.6 do") { check_release("4.57.6", 1060, 300); }
TEST_CASE("What windows, chunks and shared layers leave in the cache is what they do in transformers 5.23.0") {
  check_release("5.23.0", 150, 40, "windows.jsonl.gz");
}
// Where its wheel is there, on request alone (CKPTLINT_WHEELS).
TEST_CASE("Forward passes raise and keep what those of transformers 5.24.0 do") { check_release("5.24.0", 700, 200); }

}  // namespace
}  // namespace ckptlint
