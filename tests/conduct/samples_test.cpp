// Small repos and what their code would do: fixtures/conduct/harmful.txt, and harmless.txt, of which nothing is said.
//
// A sample begins with "=== what it shows"; "--- path" begins another file than modeling_x.py; "=> " begins what is
// found, a line a deed.
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/file_tree.h"
#include "catch.h"
#include "conduct/conduct.h"
#include "conduct_text.h"
#include "golden.h"

namespace ckptlint {
namespace {

constexpr const char* kConfig =
    R"({"way": "system", "auto_map": {"AutoConfig": "modeling_x.XConfig", "AutoModel": "modeling_x.XModel",
                     "AutoTokenizer": ["tokenization_x.XTokenizer", null],
                     "AutoProcessor": "other/repo--processing_x.XProcessor"},
        "custom_pipelines": {"tell": {"impl": "pipeline_x.XPipeline"}}})";

struct Sample {
  std::string name, text;  // as it is written, without what is found
  std::map<std::string, std::string> files;
};

std::vector<Sample> samples_in(const std::string& text) {
  std::vector<Sample> samples;
  std::istringstream lines(text);
  std::string path;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("=> ")) continue;
    if (line.starts_with("=== ")) {
      samples.push_back({line.substr(4), "", {}});
      path = "modeling_x.py";
      continue;
    }
    Sample& sample = samples.back();
    sample.text += line + "\n";
    if (line.starts_with("--- "))
      path = line.substr(4);
    else
      sample.files[path] += line + "\n";
  }
  for (Sample& each : samples) {
    while (each.text.ends_with("\n\n")) each.text.pop_back();
  }
  return samples;
}

std::vector<std::string> found_in(const Sample& sample) {
  std::map<std::string, std::string> files = sample.files;
  files["config.json"] = kConfig;
  if (!files.contains("modeling_x.py")) files["modeling_x.py"] = "class XModel:\n    pass\n";
  SourceFiles sources;
  const Known<Conduct> conduct = conduct_of(in_memory_tree(files), "", sources);
  if (!conduct) return {"not known: " + conduct.unknown().why};
  std::vector<std::string> lines;
  for (const auto* list : {&conduct->deeds, &conduct->unfollowed}) {
    for (const Deed& deed : *list) lines.push_back(test::line_of(deed, sources));
  }
  return lines;
}

std::vector<Sample> check_samples(const std::string& path) {
  const std::vector<Sample> samples = samples_in(test::fixture_text(path));
  std::string text;
  std::set<std::string> names;
  for (const Sample& each : samples) {
    INFO(each.name);
    CHECK(names.insert(each.name).second);
    if (!text.empty()) text += "\n";
    text += "=== " + each.name + "\n" + each.text;
    for (const std::string& line : found_in(each)) text += "=> " + line + "\n";
  }
  test::check_golden(path, text);
  return samples;
}

TEST_CASE("What code would do is found, however its names are hidden") {
  for (const Sample& each : check_samples("conduct/harmful.txt")) {
    INFO(each.name);
    CHECK(!found_in(each).empty());
  }
}

TEST_CASE("Of what does no harm nothing is said") {
  for (const Sample& each : check_samples("conduct/harmless.txt")) {
    INFO(each.name);
    CHECK(found_in(each).empty());
  }
}

}  // namespace
}  // namespace ckptlint
