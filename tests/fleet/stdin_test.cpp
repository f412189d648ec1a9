// `check --stdin`: what lines are answered, whatever becomes of an item.
#include <fmt/format.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "catch.h"
#include "command_line/run.h"
#include "fleet/fleet_process.h"
#include "json_schema.h"

namespace ckptlint {
namespace {

using Json = nlohmann::json;
using test::FleetProcess;
using test::soon;

constexpr const char* kSwitch = "models/granite-switch-like";

std::string line(const Json& id, const std::string& path, const std::vector<std::string>& args = {}) {
  Json item = {{"id", id}, {"path", path}};
  if (!args.empty()) item["args"] = args;
  return item.dump() + "\n";
}

// A model whose code does `code` when it is imported.
class OddModel {
 public:
  explicit OddModel(const std::string& code) {
    std::filesystem::copy(test::fixture_path(kSwitch), folder_.path("model"));
    std::ofstream(folder_.path("model/modeling_switch.py"), std::ios::app) << "\n" << code << "\n";
  }
  std::string path() const { return folder_.path("model"); }

 private:
  test::ScratchFolder folder_;
};

// Few steps, of which the evaluator allows as many as it takes a minute.
constexpr const char* kEndless = "number = 3 ** 2000\nwhile True:\n    number = number * number % (3 ** 4001)";
constexpr const char* kLarge = "large = []\nwhile True:\n    large.append('x' * 10000000 + str(len(large)))";

TEST_CASE("An answer has what `check` says of the item alone") {
  const test::JsonSchema schema(Json::parse(std::ifstream(CKPTLINT_SOURCE_DIR "/include/schema/answer-1.json")));
  struct Row {
    std::string path;
    std::vector<std::string> args;
    std::string words;
  };
  const std::vector<Row> rows = {
      {kSwitch, {}, ""},
      {kSwitch, {"--max-memory", "0=16KiB,1=16KiB"}, "--max-memory 0=16KiB,1=16KiB"},
      {kSwitch, {"--select=missing-keys", "--dtype", "float16"}, "--select=missing-keys --dtype float16"},
      {"models/granite-switch-like/model.safetensors", {}, ""}};
  FleetProcess fleet({"--jobs", "2"});
  std::string lines;
  for (std::size_t i = 0; i < rows.size(); ++i) lines += line(i, rows[i].path, rows[i].args);
  const std::vector<Json> answers = fleet.answers_to(lines);
  CHECK(fleet.exit_status() == 0);
  REQUIRE(answers.size() == rows.size());
  for (const Json& answer : answers) {
    const Row& row = rows.at(answer.at("id").get<std::size_t>());
    INFO(row.words);
    const test::Run alone = test::run("check --output-format json " + row.words + " " + row.path);
    CHECK(answer.at("status") == "checked");
    CHECK(answer.at("exit_status") == alone.status);
    CHECK(answer.at("report") == Json::parse(alone.out));
    CHECK(answer.at("line") == answer.at("id").get<int>() + 1);
    CHECK(schema.complaints(answer).empty());
  }
}

TEST_CASE("What the command line says holds for each item that does not say otherwise") {
  FleetProcess fleet({"--max-memory", "0=16KiB,1=16KiB", "--exit-zero"});
  const auto answers = fleet.answers_to(line(1, kSwitch) + line(2, kSwitch, {"--max-memory", "0=16GiB"}) +
                                        line(3, kSwitch, {"--fail-on", "info"}));
  REQUIRE(answers.size() == 3);
  for (const Json& answer : answers) {
    CHECK(answer.at("exit_status") == 0);
    const Json& findings = answer.at("report").at("models").at(0).at("findings");
    CHECK((findings.at(0).at("severity") == "error") == (answer.at("id") != 2));
  }
}

TEST_CASE("An option that makes no sense for an item fails that item alone") {
  const test::Run help = test::run("check --help");
  // Every option of check, as a line of --help begins with it.
  std::vector<std::string> names;
  for (std::size_t at = 0; (at = help.out.find("--", at)) != std::string::npos;) {
    const std::size_t end = help.out.find_first_not_of("abcdefghijklmnopqrstuvwxyz-0123456789", at);
    const std::size_t begin = help.out.rfind('\n', at) + 1;
    if (help.out.find_first_not_of(' ', begin) == at || help.out[begin + 2] == '-')
      names.push_back(help.out.substr(at + 2, end - at - 2));
    at = end;
  }
  REQUIRE(names.size() > 40);
  std::string lines;
  for (const std::string& name : names) lines += line(name, "nowhere", {"--" + name});
  for (const std::string& name : names) lines += line(name, "nowhere", {"--" + name + "=1"});
  FleetProcess fleet({"--jobs", "2"});
  std::set<std::string> refused;
  for (const Json& answer : fleet.answers_to(lines)) {
    CHECK(answer.at("status") == "failed");
    CHECK(answer.at("cause") == "item");
    const std::string name = answer.at("id");
    if (answer.at("why") == "`--" + name + "` is not for a single item") refused.insert(name);
  }
  CHECK(fleet.exit_status() == 0);
  const std::set<std::string> expected = {
      "output-format", "output", "color",        "jobs",        "statistics",        "quiet",
      "verbose",       "fix",    "unsafe-fixes", "diff",        "show-fixes",        "suppress-all",
      "show-settings", "stdin",  "item-time",    "item-memory", "prune-suppressions"};
  CHECK(refused == expected);
}

TEST_CASE("A slip in an item is one sentence, and the rest goes on") {
  struct Row {
    std::string line, why;
  };
  const std::string longest(1 << 20, 'x');
  const std::vector<Row> rows = {{R"({"id": 1, "path": "a", "args": ["--slect", "x"]})", "did you mean `--select`?"},
                                 {R"({"id": 1, "path": "a", "args": ["b"]})", "`b` is no option"},
                                 {R"({"id": 1, "path": "a", "args": ["--help"]})", "`--help`"},
                                 {R"({"id": 1, "path": "a", "args": ["--select", "no-such-rule"]})", "`no-such-rule`"},
                                 {R"({"id": 1, "path": "a", "args": ["--max-memory", "lots"]})", "is not there"},
                                 {R"({"id": 1, "path": ""})", ""},
                                 {R"({"id": 1, "path": "--help"})", "`--help` is not there"},
                                 {"", "blank"},
                                 {"{", "no JSON object"},
                                 {"{\"id\": 1, \"path\": \"" + longest + "\"}", "longer than 1048576 bytes"}};
  FleetProcess fleet;
  for (const Row& row : rows) {
    INFO(row.line.substr(0, 100));
    fleet.write(row.line + "\n" + line("sound", kSwitch));
    std::map<std::string, Json> both;
    for (int i = 0; i < 2; ++i) {
      const Json answer = *fleet.answer();
      both[answer.at("status")] = answer;
    }
    REQUIRE(both.size() == 2);
    CHECK(both.at("checked").at("id") == "sound");
    const std::string why = both.at("failed").at("why");
    CHECK(why.find(row.why) != std::string::npos);
    CHECK(!why.empty());
    CHECK(why.find('\n') == std::string::npos);
  }
}

TEST_CASE("Thousands of lines are answered, each once, with what cannot be read among them") {
  constexpr int kLines = 3000;
  std::string lines;
  for (int i = 0; i < kLines; ++i)
    lines += i % 3 == 0 ? line(i, "no/such/model") : i % 3 == 1 ? "{\n" : line("same", "");
  FleetProcess fleet({"--jobs", "3"});
  std::thread writer([&] {
    fleet.write(lines);
    fleet.end_input();
  });
  const std::vector<Json> answers = fleet.answers();
  writer.join();
  CHECK(fleet.exit_status() == 0);
  std::set<int> seen;
  for (const Json& answer : answers) {
    const int number = answer.at("line").get<int>() - 1;
    CHECK(seen.insert(number).second);
    const Json id = number % 3 == 0 ? Json(number) : number % 3 == 1 ? Json() : Json("same");
    CHECK(answer.at("id") == id);
  }
  CHECK(seen.size() == kLines);
}

TEST_CASE("An item that hangs ends when its time is over") {
  const OddModel endless(kEndless);
  FleetProcess fleet({"--jobs", "2", "--item-time", "1"});
  for (const Json& answer : fleet.answers_to(line("time", endless.path()) + line("item", "no/such/model"))) {
    CHECK(answer.at("cause") == answer.at("id"));
    if (answer.at("id") == "time") CHECK(answer.at("why") == "it takes longer than the 1 seconds of `--item-time`");
  }
  CHECK(fleet.exit_status() == 0);
}

#if !defined(__SANITIZE_ADDRESS__)  // whose shadow is larger than any limit
TEST_CASE("An item that takes too much memory fails, and is not said to be something else") {
  const OddModel large(kLarge);
  for (const char* memory : {"1MiB", "4MiB", "16MiB", "64MiB", "300MiB"}) {
    INFO(memory);
    FleetProcess fleet({"--item-memory", memory});
    const Json answer = fleet.answers_to(line(1, large.path())).at(0);
    CHECK(answer.at("cause") == "memory");
  }
  FleetProcess fleet({"--item-memory", "1MiB"});
  CHECK(fleet.answers_to(line(1, kSwitch)).at(0).at("cause") == "memory");
}
#endif

TEST_CASE("An item whose process is killed, or crashes, fails, and the rest goes on") {
  const OddModel endless(kEndless);
  for (const int signal_number : {SIGKILL, SIGSEGV, SIGABRT, SIGBUS}) {
    INFO(signal_number);
    FleetProcess fleet({"--jobs", "1"});
    fleet.write(line("killed", endless.path()) + line("sound", kSwitch));
    kill(fleet.child(), signal_number);
    const Json killed = *fleet.answer(), sound = *fleet.answer();
    CHECK(killed.at("id") == "killed");
    CHECK(killed.at("cause") == "crash");
    CHECK(killed.at("why").get<std::string>().find(fmt::format("by signal {} (SIG", signal_number)) !=
          std::string::npos);
    CHECK(sound.at("status") == "checked");
    fleet.end_input();
    CHECK(!fleet.answer());
    CHECK(fleet.exit_status() == 0);
  }
}

TEST_CASE("An item whose process is stopped ends when its time is over") {
  const OddModel endless(kEndless);
  FleetProcess fleet({"--item-time", "2"});
  fleet.write(line("stopped", endless.path()));
  kill(fleet.child(), SIGSTOP);
  CHECK(fleet.answer()->at("cause") == "time");
}

TEST_CASE("A line is answered before the next one comes") {
  FleetProcess fleet;
  for (int i = 0; i < 3; ++i) {
    fleet.write(line(i, kSwitch));
    CHECK(fleet.answer()->at("id") == i);
  }
  // Without an end it is a line when the input ends.
  const std::string last = line(3, kSwitch);
  fleet.write(last.substr(0, last.size() - 1));
  fleet.end_input();
  CHECK(fleet.answer()->at("id") == 3);
  CHECK(!fleet.answer());
}

TEST_CASE("A signal ends the reading, and what is under way is answered") {
  const OddModel endless(kEndless);
  for (const int signal_number : {SIGTERM, SIGINT, SIGHUP}) {
    INFO(signal_number);
    FleetProcess fleet({"--jobs", "2", "--item-time", "1"});
    fleet.write(line("a", endless.path()) + line("b", endless.path()) + line("c", kSwitch));
    REQUIRE(soon([&] { return fleet.children().size() == 2; }));
    for (const pid_t child : fleet.children()) kill(child, signal_number);  // as a terminal sends it
    kill(fleet.process(), signal_number);
    std::set<std::string> ids;
    for (const Json& answer : fleet.answers()) {
      CHECK(answer.at("cause") == "time");
      ids.insert(answer.at("id"));
    }
    CHECK(ids == std::set<std::string>{"a", "b"});
    CHECK(fleet.exit_status() == 128 + signal_number);
  }
  FleetProcess idle;
  CHECK(idle.children().empty());
  idle.write(line(1, kSwitch));
  (void)idle.answer();
  kill(idle.process(), SIGTERM);
  CHECK(idle.exit_status() == 128 + SIGTERM);
}

TEST_CASE("Where nobody reads the answers, all ends at once") {
  const OddModel endless(kEndless);
  FleetProcess fleet;
  fleet.write(line(1, endless.path()));
  const pid_t child = fleet.child();
  fleet.end_output();
  CHECK(fleet.exit_status() == 2);
  CHECK(!test::is_alive(child));
}

TEST_CASE("No process that checks an item outlives the one that reads the lines") {
  const OddModel endless(kEndless);
  FleetProcess fleet;
  fleet.write(line(1, endless.path()));
  const pid_t child = fleet.child();
  // Until it has said so to the system.
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  kill(fleet.process(), SIGKILL);
  CHECK(fleet.exit_status() == -SIGKILL);
  CHECK(soon([&] { return !test::is_alive(child); }));
}

TEST_CASE("Answers that are not read hold the reading back, and are not lost") {
  FleetProcess fleet({"--jobs", "2"});
  constexpr int kLines = 400;
  std::string lines;
  for (int i = 0; i < kLines; ++i) lines += line(std::string(8000, 'i') + std::to_string(i), "no/such/model");
  std::thread writer([&] {
    fleet.write(lines);
    fleet.end_input();
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  CHECK(fleet.answers().size() == kLines);
  writer.join();
}

TEST_CASE("A call that makes no sense is one sentence") {
  struct Row {
    std::string words, sentence;
  };
  for (const Row& row : {
           Row{"--stdin models",
               "ckptlint: `--stdin` reads what to check from standard input, and a path is given as well\n"},
           {"--stdin --fix", "ckptlint: `--fix` is not for `--stdin`\n"},
           {"--stdin -o x", "ckptlint: `--output` is not for `--stdin`\n"},
           {"--stdin --show-settings", "ckptlint: `--show-settings` is not for `--stdin`\n"},
           {"--stdin --output-format sarif",
            "ckptlint: `--stdin` answers with JSON, and `--output-format` names another format\n"},
           {"--stdin --item-time 0",
            "ckptlint: `--item-time` is no number of seconds above 0, and no more than 1000000\n"},
           {"--stdin --item-time nan",
            "ckptlint: `--item-time` is no number of seconds above 0, and no more than 1000000\n"},
           {"--stdin --item-memory 1KiB", "ckptlint: `--item-memory` is below 1 MiB\n"},
           {"--stdin < models", "ckptlint: standard input cannot be read: Is a directory\n"},
           {"--item-time 3 models", "ckptlint: `--item-time` is for `--stdin` alone\n"},
           {"--stdin </dev/null >/dev/full", ""},
       }) {
    INFO(row.words);
    const test::Run result = test::run("check " + row.words);
    CHECK(result.status == (row.sentence.empty() ? 0 : 2));
    CHECK(result.out == row.sentence);
  }
  const test::Run full =
      test::run_line("sh -c 'echo {} | " CKPTLINT_PROGRAM " check --stdin 2>&1 >/dev/full; echo $?'");
  CHECK(full.out == "ckptlint: standard output cannot be written: No space left on device\n2\n");
}

}  // namespace
}  // namespace ckptlint
