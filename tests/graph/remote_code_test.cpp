// Importing the code of a model repo: what the library answers for each of fixtures/models/remote_code, as a folder and
// as a repo of the Hub, is what evaluating its importer gives.  Recorded by tests/record/remote_code.py.
#include <fmt/format.h>
#include <re2/re2.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

#include "catch.h"
#include "golden.h"
#include "graph/build.h"
#include "graph/evaluated_model.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint {
namespace {

using Parts = std::map<std::string, std::string>;

constexpr const char* kCommit = "0123456789abcdef0123456789abcdef01234567";
constexpr const char* kCache = "~/.cache/huggingface/modules";

std::map<std::string, Parts> blocks_of(const std::string& text) {
  std::map<std::string, Parts> blocks;
  std::istringstream lines(text);
  std::string name, part;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("=== ")) {
      name = line.substr(4);
      part.clear();
      blocks[name];
    } else if (line.starts_with("--- ")) {
      part = line.substr(4);
      blocks[name][part];
    } else if (!part.empty()) {
      blocks[name][part] += line + "\n";
    }
  }
  // The empty lines between blocks are of none.
  for (auto& [block, parts] : blocks) {
    for (auto& [key, value] : parts) {
      value.erase(value.find_last_not_of('\n') + 1);
      value += "\n";
    }
  }
  return blocks;
}

std::string value_of(const Parts& parts, const std::string& name, const std::string& otherwise) {
  const auto found = parts.find(name);
  return found == parts.end() ? otherwise : found->second.substr(0, found->second.size() - 1);
}

Parts files_of(const Parts& parts) {
  std::string body;
  std::istringstream lines(value_of(parts, "body", ""));
  for (std::string line; std::getline(lines, line);) body += "        " + line + "\n";
  const auto text = [&](const char* name) { return parts.contains(name) ? parts.at(name) : ""; };
  Parts files;
  files["modeling_x.py"] =
      "from torch import nn\nfrom transformers import PreTrainedModel\nfrom .configuration_x import XConfig\n" +
      text("imports") + "\n" + text("extra") +
      "\nclass XModel(PreTrainedModel):\n    config_class = " + value_of(parts, "config_class", "XConfig") +
      "\n    def __init__(self, config):\n        super().__init__(config)\n        self.first = nn.Linear(2, 2)\n" +
      body + "\n        self.post_init()\n    def _init_weights(self, module):\n        pass\n";
  files["configuration_x.py"] =
      "from transformers import PretrainedConfig\nclass XConfig(PretrainedConfig):\n    model_type = \"x_of_mine\"\n";
  files["config.json"] =
      R"({"model_type": "x_of_mine", "architectures": ["XModel"], "auto_map": )" +
      value_of(parts, "auto_map", R"({"AutoConfig": "configuration_x.XConfig", "AutoModel": "modeling_x.XModel"})") +
      "}";
  for (const auto& [name, content] : parts) {
    if (name.find('.') != std::string::npos) files[name] = content;
  }
  return files;
}

// In the words of the record: "loads MODULE", "Type: first line"; "refuses PACKAGES"; "not known: ..." where it is not.
std::string answer_to(const std::vector<SourceTree>& sources, const Parts& parts, bool of_hub) {
  GraphRequest request;
  request.repo = in_memory_tree(files_of(parts));
  request.sources = sources;
  const std::string folder = value_of(parts, "folder", "repo");
  request.repo_name = of_hub ? "org/" + folder : folder;
  if (of_hub) request.commit = kCommit;
  const Result<BuiltGraph> built = build_graph(request);
  if (!built.ok()) return "not built: " + built.error().message;
  if (!built->graph.partial.empty()) return "not known: " + built->graph.partial.front().what;
  if (const auto& failure = built->folder_failure ? built->folder_failure : built->failure; failure) {
    const std::string& what = failure->what;
    return what.substr(0, what.find('\n'));
  }
  if (!built->demanded_packages.empty()) return fmt::format("refuses {}", fmt::join(built->demanded_packages, ", "));
  python::Interpreter& in = *built->evaluated->interpreter;
  return "loads " + std::string(in.type_of(built->evaluated->model)->module->name->view());
}

// What of a recorded text does not depend on the machine.
std::string normal(std::string text) {
  static const RE2 packages(R"(ImportError: This modeling file .* environment: (.*)\. Run .*)");
  std::string names;
  if (RE2::FullMatch(text, packages, &names)) return "refuses " + names;
  // Of a file that is not looked into before it is run.
  static const RE2 package(R"(ModuleNotFoundError: No module named '(absent_\w+)')");
  if (RE2::FullMatch(text, package, &names)) return "refuses " + names;
  if (text.starts_with("OSError: ")) return "OSError";
  if (text.starts_with("SyntaxError: ")) return "SyntaxError";
  RE2::GlobalReplace(&text, R"( \([^()]*/__init__\.py\))", "");
  RE2::GlobalReplace(&text, "CACHE", kCache);
  return text;
}

void check_release(const std::string& version, const std::set<std::string>& not_known) {
  Result<std::vector<SourceTree>> sources =
      open_source(CKPTLINT_THIRD_PARTY_DIR "/transformers-" + version + "-py3-none-any.whl");
  REQUIRE(sources);
  const std::map<std::string, Parts> blocks = blocks_of(test::fixture_text("models/remote_code/cases.txt"));
  std::istringstream rows(test::fixture_text("upstream/transformers-" + version + "/remote_code.jsonl"));
  std::size_t compared = 0;
  std::string wrong;
  std::set<std::string> left_open;
  for (std::string line; std::getline(rows, line);) {
    const nlohmann::json row = nlohmann::json::parse(line);
    const std::string name = row[0], place = row[1];
    REQUIRE(blocks.contains(name));
    const Parts& parts = blocks.at(name);
    std::string expected = normal(row[2]);
    RE2::GlobalReplace(&expected, "REPO", value_of(parts, "folder", "repo"));
    const std::string answer = normal(answer_to(*sources, parts, place == "hub"));
    if (answer != expected && not_known.contains(name) && answer.starts_with("not known: ")) {
      left_open.insert(name);
    } else if (answer != expected) {
      wrong += fmt::format("{} ({}):\n  {}\n  and not {}\n", name, place, answer, expected);
    }
    ++compared;
  }
  CHECK(compared > 200);
  CHECK(wrong == "");
  CHECK(left_open == not_known);
}

// What is left open: what the Hub has.
const std::set<std::string> kNotKnown = {"config_of_the_hub", "config_of_the_hub_in_try"};

TEST_CASE("the code of a repo is imported as transformers 5.23.0 does") { check_release("5.23.0", kNotKnown); }
TEST_CASE("the code of a repo is imported as transformers 4.57.6 does") { check_release("4.57.6", kNotKnown); }

}  // namespace
}  // namespace ckptlint
