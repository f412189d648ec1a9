// What the commands say of their options, for whoever completes them in a shell.
#include "commands/option_table.h"

#include <algorithm>
#include <map>
#include <string>

#include "catch.h"
#include "ckptlint/rule.h"
#include "commands/command.h"
#include "report/report.h"

namespace ckptlint {
namespace {

std::vector<std::string> words_of(const OptionTable& table, const std::string& option) {
  std::vector<std::string> words;
  for (const OptionRow& row : table.rows()) {
    if (row.name != option) continue;
    REQUIRE(row.taken.has_value());
    for (const Word& word : row.taken->words) words.emplace_back(word.word);
  }
  return words;
}

TEST_CASE("Each command has a row for each of its options, with the words that it takes") {
  for (const Command* command : commands()) {
    INFO(command->name);
    CHECK(find_command(command->name) == command);
    OptionTable table;
    const auto run = command->prepare(table);
    CHECK(table.rows().size() == table.described().options().size());
    for (const OptionRow& row : table.rows()) {
      INFO(row.name);
      const auto* described = table.described().find_nothrow(row.name, false);
      REQUIRE(described != nullptr);
      CHECK(table.takes_value(row.name) == (described->semantic()->max_tokens() > 0));
    }
    if (words_of(table, "output-format").empty()) continue;  // it prints one thing
    CHECK(words_of(table, "color") == std::vector<std::string>{"auto", "always", "never"});
    CHECK(words_of(table, "output-format").front() == (command == commands().front() ? "full" : "text"));
    CHECK(table.takes_value("format"));
  }
}

TEST_CASE("Words are those of the tables that decide") {
  OptionTable table;
  const auto run = find_command("check")->prepare(table);
  std::vector<std::string> formats;
  for (const ReportFormat& format : report_formats()) formats.emplace_back(format.name);
  formats.emplace_back("text");
  CHECK(words_of(table, "output-format") == formats);
  CHECK(words_of(table, "select").size() == rules().size());
  CHECK(words_of(table, "device-map") == std::vector<std::string>{"auto", "balanced", "balanced_low_0", "sequential"});
  CHECK(table.argument_taken().path);
  OptionTable of_map;
  const auto run_map = find_command("map")->prepare(of_map);
  CHECK(words_of(of_map, "output-format") ==
        std::vector<std::string>{"text", "json", "python", "svg", "html", "jsonl"});
}

TEST_CASE("A word that is no choice is complained of when the options are filled in") {
  OptionTable table;
  std::string color = "auto";
  table.choice("color", color, {.name = "WHEN", .words = {{"auto", ""}, {"always", ""}, {"never", ""}}}, "when");
  CHECK(table.complaint().empty());
  table.parse({"--color", "always"});
  CHECK(color == "always");
  CHECK(table.complaint().empty());
  table.parse({"--color=sometimes"});
  CHECK(table.complaint() == "`--color` is `sometimes`, which is none of `auto`, `always` and `never`");
}

}  // namespace
}  // namespace ckptlint
