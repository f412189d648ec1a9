// A model under the releases that set-up fetched for the tests, in every form.
#include <nlohmann/json.hpp>

#include "command_line/run.h"
#include "model_repo.h"

using namespace ckptlint::test;

namespace {

// Of `arguments`, with the model as MODEL.
Run compat(const std::string& arguments, const std::string& folder) {
  Run made = run("compat " + arguments + " " + folder);
  for (std::size_t at = 0; (at = made.out.find(folder)) != std::string::npos;)
    made.out.replace(at, folder.size(), "MODEL");
  return made;
}

const char* const kGemma4 = R"({"model_type": "gemma4", "architectures": ["Gemma4ForConditionalGeneration"],
  "text_config": {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1,
                  "head_dim": 16, "vocab_size": 64, "vocab_size_per_layer_input": 64, "layer_types": ["sliding_attention", "full_attention"]},
  "vision_config": {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}})";

// Whose vision tower has other names in transformers 5, and of which 4 saves what 5 reads.
const char* const kWithTower = "upstream/releases/repos/Gemma3ForConditionalGeneration-5.23.0";

}  // namespace

TEST_CASE("Releases that answer alike are one row, and what changes between them is said") {
  const ScratchFolder folder;
  folder.write("config.json", kGemma4);
  struct Row {
    const char* arguments;
    const char* golden;
    int status;
  };
  for (const Row& row : {Row{"", "gemma.txt", 0}, Row{"--releases 4.57..5.23 --format markdown", "gemma.md", 1},
                         Row{"--releases 5.8.0,5.23 --format json", "gemma.json", 0}}) {
    INFO(row.arguments);
    const Run made = compat(row.arguments, folder.path());
    CHECK(made.status == row.status);
    check_golden(std::string("command_line/compat/") + row.golden, made.out);
  }
}

TEST_CASE("The stored keys are compared with the model of each release") {
  const ModelRepo repo("models/granite-switch-like");
  const Run made = compat("--releases 5.23.0", repo.path());
  CHECK(made.status == 1);
  check_golden("command_line/compat/switch.txt", made.out);
}

TEST_CASE("A round trip is between the ends of the releases that are named") {
  const ModelRepo gemma(kWithTower);
  struct Row {
    const char* arguments;
    const char* golden;
  };
  for (const Row& row : {Row{"--releases 4.57..5.23", "tower.txt"}, Row{"--format markdown", "tower.md"},
                         Row{"--releases 4.57.6,5.23.0 --format json", "tower.json"}}) {
    INFO(row.arguments);
    const Run made = compat(std::string("--round-trip ") + row.arguments, gemma.path());
    CHECK(made.status == 1);
    check_golden(std::string("command_line/compat/") + row.golden, made.out);
  }
  const Run page = compat("--round-trip --format html", gemma.path());
  CHECK(page.out.find("<h2>Round trip</h2>") != std::string::npos);
  CHECK(page.out.find("<td class=\"bad\" title=\"5.23.0, loaded with 4.57.6, no: 48 missing:") != std::string::npos);
  const Run back = compat("--round-trip --releases 5.23.0,5.8.0", gemma.path());
  CHECK(back.status == 0);
  CHECK(back.out.find("\n5.8.0, loaded with 5.23.0  yes      yes      -        yes      yes      yes      yes\n") !=
        std::string::npos);
}

TEST_CASE("The page of releases has a cell for each and fetches nothing") {
  const ScratchFolder folder;
  folder.write("config.json", kGemma4);
  const Run made = compat("--format html", folder.path());
  CHECK(made.status == 0);
  CHECK(made.out.find("Content-Security-Policy") != std::string::npos);
  CHECK(made.out.find("<td class=\"bad\" title=\"4.57.6, no: model type") != std::string::npos);
  CHECK(made.out.find("<td class=\"good\" title=\"5.23.0, yes\">yes</td>") != std::string::npos);
}

TEST_CASE("What compat cannot be asked is one sentence") {
  const ScratchFolder folder;
  folder.write("config.json", "{}");
  for (const auto& [arguments, sentence] : std::vector<std::pair<const char*, const char*>>{
           {"--releases 3.1..3.9", "none of the releases `3.1..3.9` is here"},
           {"--releases newest", "`--releases`: `newest` is not a version"},
           {"--releases 4..", "`--releases`: `` is not a version"},
           {"--format yaml", "`--output-format` is `yaml`"},
           {"--round-trip --releases 5.23.0", "`--round-trip` is between two releases, and there is but one"}}) {
    INFO(arguments);
    const Run made = compat(arguments, folder.path());
    CHECK(made.status == 2);
    CHECK(made.out.find(sentence) != std::string::npos);
    CHECK(made.out.find('\n') == made.out.size() - 1);
  }
  CHECK(run("compat").out == "ckptlint: `compat` takes one PATH\n");
}
