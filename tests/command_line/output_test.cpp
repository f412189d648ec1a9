// Where reports go and in which form, what of them is shown, and what makes the exit status.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "catch.h"
#include "command_line/run.h"
#include "scratch_folder.h"

namespace ckptlint {
namespace {

using test::run;
using test::Run;
using test::run_line;

const std::string kFailing = "check models/granite-switch-like --max-memory 0=16KiB,1=16KiB ";

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  INFO(path);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_CASE("Reports go into files, in one form or in several, of one run") {
  const test::ScratchFolder folder;
  const std::string whole = run(kFailing).out, json = run(kFailing + "--output-format json").out;

  const Run instead = run(kFailing + "-o " + folder.path("plain.txt"));
  CHECK(instead.status == 1);
  CHECK(instead.out.empty());
  CHECK(text_of(folder.path("plain.txt")) == whole);

  folder.write("there.json", "old");
  const Run beside = run(
      kFailing + fmt::format("--output json={} --output junit={}", folder.path("there.json"), folder.path("new.xml")));
  CHECK(beside.out == whole);
  CHECK(text_of(folder.path("there.json")) == json);
  CHECK(text_of(folder.path("new.xml")).find("<?xml") == 0);

  CHECK(run(kFailing + "--output json=-").out == whole + json);
  // "text" is what the full form is called by other commands.
  CHECK(run(kFailing + "--format text").out == whole);
}

TEST_CASE("What cannot be written, or makes no sense, is one sentence, and no file is made") {
  const test::ScratchFolder folder;
  const std::string a = folder.path("a");
  struct Row {
    std::string options, sentence;
  };
  for (const Row& row : {Row{"-o " + a + " -o " + folder.path("b"), "two files without a format"},
                         {"--output json=" + a + " --output sarif=" + a, "twice"},
                         {"--output json=", "names no file"},
                         {"--output-format yaml", "names `yaml`"},
                         {"-o " + folder.path("no/such/folder"), "no/such"}}) {
    INFO(row.options);
    const Run result = run(kFailing + row.options);
    CHECK(result.status == 2);
    CHECK(result.out.find("ckptlint: ") != std::string::npos);
    CHECK(result.out.find(row.sentence) != std::string::npos);
    CHECK(std::filesystem::is_empty(folder.path()));
  }
}

TEST_CASE("Statistics count findings by rule") {
  CHECK(run(kFailing + "--statistics").out == "     1  error    unplaceable-top-level-tensor  (1 with a fix)\n");
  const auto rows = nlohmann::json::parse(run(kFailing + "--statistics --output-format json").out);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0]["rule"] == "unplaceable-top-level-tensor");
  CHECK(rows[0]["count"] == 1);
}

TEST_CASE("Findings make no exit status with --exit-zero, and what cannot be analysed still does") {
  CHECK(run(kFailing + "--exit-zero").status == 0);
  CHECK(run(kFailing + "nowhere --exit-zero").status == 2);
}

TEST_CASE("--quiet leaves findings and what was not checked") {
  const std::string quiet = run(kFailing + "--quiet").out;
  CHECK(quiet.find("[unplaceable-top-level-tensor]") != std::string::npos);
  CHECK(quiet.find("basis source") == std::string::npos);
  const test::ScratchFolder folder;
  folder.write("config.json", R"({"model_type": "llama", "architectures": ["LlamaForCausalLM"]})");
  CHECK(run("check -q " + folder.path()).out.find("not checked: ") != std::string::npos);
}

TEST_CASE("Colours follow the option, then the environment, then whether there is a terminal") {
  struct Row {
    std::string environment, options;
    bool color;
  };
  for (const Row& row : {Row{"", "", false},
                         {"", "--color always", true},
                         {"FORCE_COLOR=1", "", true},
                         {"FORCE_COLOR=0", "", false},
                         {"CLICOLOR_FORCE=1", "", true},
                         {"CLICOLOR_FORCE=0", "", false},
                         {"NO_COLOR=1 FORCE_COLOR=1", "", false},
                         {"NO_COLOR= FORCE_COLOR=1", "", true},
                         {"FORCE_COLOR=1", "--color never", false},
                         {"NO_COLOR=1", "--color always", true}}) {
    INFO(row.environment << " " << row.options);
    const Run result = run_line(row.environment + " " CKPTLINT_PROGRAM " " + kFailing + row.options);
    CHECK((result.out.find("\x1b[") != std::string::npos) == row.color);
    CHECK(result.out.find("\x1b]8;") == std::string::npos);  // no link where there is no terminal
  }
}

TEST_CASE("The fixes that are applied are listed when that is asked for") {
  const Run listed = run(kFailing + "--unsafe-fixes --diff --show-fixes");
  CHECK(listed.out.find("[unplaceable-top-level-tensor]\n") != std::string::npos);
  CHECK(run(kFailing + "--unsafe-fixes --diff").out.find("[unplaceable-top-level-tensor]\n") == std::string::npos);
}

}  // namespace
}  // namespace ckptlint
