// What code of a repo writes into tables of the library is reported where the library does not find it, and there
// alone. Recorded by tests/record/table_entries.py.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "catch.h"
#include "golden.h"
#include "graph/build.h"
#include "graph/repo_blocks.h"

namespace ckptlint {
namespace {

using test::Parts;

// "found", "ignored: TABLE", or why neither is known.
std::string answer_on(const std::vector<SourceTree>& sources, Parts parts, const std::string& head) {
  parts["extra"] = head + parts["extra"];
  Parts files = test::files_of(parts);
  files["modeling_x.py"] += parts["end"];
  GraphRequest request;
  request.repo = in_memory_tree(files);
  request.sources = sources;
  request.repo_name = "repo";
  const Result<BuiltGraph> built = build_graph(request);
  if (!built.ok()) return "not built: " + built.error().message;
  if (!built->graph.partial.empty()) return "not known: " + built->graph.partial.front().what;
  if (built->failure) return "raises " + built->failure->what;
  if (built->ignored_entries.empty()) return "found";
  return "ignored";
}

// What the library answers where it finds an entry is true; anything else is a way not to find it.
std::string recorded(const nlohmann::json& answer) {
  constexpr std::string_view kLoading = "loading ";
  if (answer.is_boolean()) return answer.get<bool>() ? "found" : "ignored";
  const std::string text = answer.get<std::string>();
  return text.starts_with(kLoading) ? "raises " + text.substr(kLoading.size()) : "ignored";
}

void check_entries(const std::string& version) {
  const Result<std::vector<SourceTree>> sources =
      open_source(CKPTLINT_THIRD_PARTY_DIR "/transformers-" + version + "-py3-none-any.whl");
  REQUIRE(sources);
  std::map<std::string, Parts> blocks = test::blocks_of(test::fixture_text("models/table_entries/cases.txt"));
  std::istringstream rows(test::fixture_text("upstream/transformers-" + version + "/table_entries.jsonl"));
  const std::string head = blocks.at("nothing").at("extra");
  blocks["nothing"]["extra"].clear();
  std::string wrong;
  std::size_t compared = 0;
  for (std::string line; std::getline(rows, line); ++compared) {
    const nlohmann::json row = nlohmann::json::parse(line);
    const std::string name = row[0], expected = recorded(row[1]);
    const std::string answer = answer_on(*sources, blocks.at(name), head);
    if (answer != expected) wrong += fmt::format("{}: {}, and not {}\n", name, answer, expected);
  }
  CHECK(compared == blocks.size());
  CHECK(wrong == "");
}

TEST_CASE("entries in tables that transformers 5.23.0 does not find") { check_entries("5.23.0"); }
TEST_CASE("entries in tables that transformers 4.57.6 does not find") { check_entries("4.57.6"); }

}  // namespace
}  // namespace ckptlint
