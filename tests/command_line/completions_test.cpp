// The script for bash, asked by bash itself; those for zsh and fish are tried by the shells in .ci/integration.
#include <fmt/format.h>

#include <string>

#include "catch.h"
#include "ckptlint/rule.h"
#include "command_line/run.h"
#include "scratch_folder.h"

namespace ckptlint {
namespace {

using test::run;
using test::run_line;

TEST_CASE("Bash completes commands, options and their words") {
  const test::ScratchFolder folder;
  folder.write("ckptlint.bash", run("completions bash").out);
  struct Row {
    std::string words, offered;
  };
  for (const Row& row : {Row{"ckptlint gr", "graph"},
                         {"ckptlint check --fail", "--fail-on"},
                         {"ckptlint check --fail-on ''", "warning error info"},
                         {"ckptlint check --fail-on = e", "error"},
                         {"ckptlint --fail-on inf", "info"},
                         {"ckptlint explain unsafe-", "unsafe-code unsafe-pickle"},
                         {"ckptlint map --device-map balanced_", "balanced_low_0"},
                         {"ckptlint graph --source corp", "corpus.tsv"},
                         {"ckptlint completions f", "fish"},
                         {"ckptlint sources ''", "list add remove"},
                         {"ckptlint rules --select", ""}}) {
    INFO(row.words);
    const std::string script = fmt::format(
        "bash --norc -c 'source {}; set -- {}; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _ckptlint; "
        "echo \"${{COMPREPLY[*]}}\"' | tr -d '\\n'",
        folder.path("ckptlint.bash"), row.words == "" ? "" : row.words);
    // Quotes in a row are those of the inner shell.
    std::string quoted = script;
    for (std::size_t at = 0; (at = quoted.find("''", at)) != std::string::npos; at += 2) quoted.replace(at, 2, "\"\"");
    CHECK(run_line("PATH=/usr/bin:/bin " + quoted).out == row.offered);
  }
}

TEST_CASE("Each shell has a script with every rule in it, and others have a sentence") {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    INFO(shell);
    const test::Run script = run(std::string("completions ") + shell);
    CHECK(script.status == 0);
    for (const Rule* rule : rules()) CHECK(script.out.find(rule->name) != std::string::npos);
  }
  for (const char* wrong : {"", "tcsh", "bash zsh"}) CHECK(run(std::string("completions ") + wrong).status == 2);
}

TEST_CASE("The manual page has each command and option") {
  const test::Run manual = run("manual");
  CHECK(manual.status == 0);
  CHECK(manual.out.find(".TH CKPTLINT 1") == 0);
  for (const char* text :
       {".SS check ", ".SS sources ", "\\-\\-max\\-memory", "\\-\\-help", ".SH EXIT STATUS", "NO_COLOR"}) {
    INFO(text);
    CHECK(manual.out.find(text) != std::string::npos);
  }
}

}  // namespace
}  // namespace ckptlint
