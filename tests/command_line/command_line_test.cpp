// The program as a shell starts it: which command an argument list names, and what is said of one that makes no sense.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "catch.h"
#include "ckptlint/rule.h"
#include "command_line/run.h"
#include "golden.h"
#include "scratch_folder.h"

namespace ckptlint {
namespace {

using test::Run;
using test::run;
using test::run_line;

const std::string kRepo = "models/granite-switch-like";
const std::string kBudgets = " --max-memory 0=16KiB,1=16KiB ";

TEST_CASE("The command is the first argument that no option takes") {
  const std::string enough = "--max-memory 0=1MiB ";
  for (const char* line :
       {"map --offload-buffers", "--offload-buffers map", "--trace map", "map", "--color never map"}) {
    INFO(line);
    const Run result = run(fmt::format("{}{} {}", enough, line, kRepo));
    CHECK(result.status == 0);
    CHECK(result.out.find("device ") != std::string::npos);
  }
  CHECK(run(kRepo + kBudgets).out == run("check" + kBudgets + kRepo).out);
  CHECK(run(kRepo + kBudgets).status == 1);
}

TEST_CASE("Without the source of transformers the files are checked all the same") {
  // A copy of the program, with no wheel beside it, where no environment leads to Python.
  const test::ScratchFolder folder;
  const std::string config = R"({"model_type": "llama", "architectures": ["LlamaForCausalLM"]})";
  folder.write("broken/config.json", config);
  folder.write("broken/model.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n");
  folder.write("sound/config.json", config);
  std::filesystem::copy(CKPTLINT_PROGRAM, folder.path("ckptlint"));
  const auto run_copy = [&](const std::string& arguments) {
    return run_line(folder.path("ckptlint") + " " + arguments);
  };
  const std::string reason =
      "no transformers source found: give one with --source (a site-packages folder, a checkout, a wheel)\n";
  const std::string sentence = "ckptlint: " + reason;
  const Run broken = run_copy("check " + folder.path("broken"));
  CHECK(broken.status == 1);
  CHECK(broken.out.find("the end of loading, since " + reason) != std::string::npos);
  CHECK(broken.out.find("[unfetched-weights]") != std::string::npos);
  for (const char* command : {"check ", "graph ", "load ", "map "}) {
    INFO(command);
    const Run sound = run_copy(command + folder.path("sound"));
    CHECK(sound.status == 2);
    if (command == std::string("check "))
      CHECK(sound.out == fmt::format("ckptlint: `{}` has no weights to check, and its model cannot be built: {}",
                                     folder.path("sound"), reason));
    else
      CHECK(sound.out == sentence);
  }
  CHECK(run_copy("list " + folder.path("sound")).status == 0);
}

TEST_CASE("A model that nobody knows is no reason to be silent about the rest of its repo") {
  const test::ScratchFolder folder;
  folder.write("alone/config.json", R"({"model_type": "llama", "architectures": ["NoSuchModel"]})");
  const Run alone = run("check " + folder.path("alone"));
  CHECK(alone.status == 2);
  CHECK(alone.out == fmt::format("ckptlint: `{}` has no weights to check, and its model cannot be built: class "
                                 "`NoSuchModel` is neither in the repo's code nor in the library\n",
                                 folder.path("alone")));
  // With files that were looked at, it is no reason to end without a report.
  folder.write("beside/config.json", R"({"model_type": "llama", "architectures": ["NoSuchModel"]})");
  folder.write("beside/generation_config.json", R"({"max_new_tokens": 5})");
  const Run beside = run("check " + folder.path("beside"));
  CHECK(beside.status == 0);
  CHECK(beside.out.find("since class `NoSuchModel` is neither") != std::string::npos);
}

TEST_CASE("The exit status of check tells what was found, and with --require-complete whether all was checked") {
  const test::ScratchFolder folder;
  // Nothing to find, and no weights to check.
  folder.write("partial/config.json", R"({"model_type": "llama", "architectures": ["LlamaForCausalLM"]})");
  const std::string partial = "check " + folder.path("partial");
  const std::string failing = "check " + kRepo + kBudgets;
  struct Row {
    std::string arguments;
    int status;
  };
  for (const Row& row : {Row{partial, 0},
                         {partial + " --require-complete", 3},
                         {failing, 1},
                         {failing + " --fail-on error", 1},
                         {failing + " --require-complete", 1},
                         {failing + " --select no-such-rule", 2},
                         {failing + " --fail-on fatal", 2}}) {
    INFO(row.arguments);
    CHECK(run(row.arguments).status == row.status);
  }
  CHECK(run(partial).out.find("not checked: the stored tensors and the stored keys against the model, since the repo "
                              "has no weights. Nothing found in the rest\n") != std::string::npos);
  CHECK(run(partial + " --format json").out.find("\"complete\": false") != std::string::npos);
  CHECK(run(partial + " --format sarif").out.find("\"complete\": false") != std::string::npos);
  CHECK(run(partial + " --format github").out.find("::notice title=not checked::") == 0);
  CHECK(run(partial + " --verbose").out.find("  not run: ") != std::string::npos);
}

TEST_CASE("Every command has help, which lists its formats") {
  const Run general = run("--help");
  CHECK(general.status == 0);
  for (const char* name :
       {"check", "graph", "map", "list", "load", "compat", "explain", "rules", "sources", "completions", "manual"}) {
    INFO(name);
    CHECK(general.out.find("\n  " + std::string(name)) != std::string::npos);
    const Run help = run(std::string(name) + " --help");
    CHECK(help.status == 0);
    const bool has_formats = help.out.find("--output-format") != std::string::npos;
    CHECK(has_formats == (name != std::string("completions") && name != std::string("manual")));
    const bool reports = name == std::string("check");
    if (has_formats) CHECK(help.out.find(reports ? "one of full, concise" : "one of text, json") != std::string::npos);
  }
}

TEST_CASE("Of the releases beside the program the newest is taken") {
  CHECK(run(kRepo + kBudgets).out.find("of transformers 5.23.0 with") != std::string::npos);
}

TEST_CASE("Two checkpoints are compared from the command line") {
  const std::string file = kRepo + "/model.safetensors";
  CHECK(run("list --diff " + file + " " + file).status == 0);
  CHECK(run("list --diff " + file).status == 2);
}

TEST_CASE("What makes no sense gets one sentence and exit status 2") {
  for (const char* line :
       {"", "check", "nowhere", "map", "load", "list", "explain", "graph nowhere", "map --bogus",
        "check --format xml models/granite-switch-like", "--color sometimes models/granite-switch-like",
        "check --select no-such-rule models/granite-switch-like", "check --jobs -1 .",
        "graph --dtype float33 models/granite-switch-like", "map --max-memory 0=lots models/granite-switch-like",
        "map --device-map '{\"model\": ' models/granite-switch-like"}) {
    INFO(line);
    const Run result = run(line);
    INFO(result.out);
    CHECK(result.status == 2);
    CHECK(result.out.starts_with("ckptlint: "));
    CHECK(std::count(result.out.begin(), result.out.end(), '\n') == 1);
  }
}

TEST_CASE("The rules are listed, a line each") {
  const Run result = run("rules");
  CHECK(result.status == 0);
  for (const Rule* rule : rules()) CHECK(result.out.find(std::string(rule->name) + " ") != std::string::npos);
}

}  // namespace
}  // namespace ckptlint
