// `ckptlint completions SHELL`: the script that completes commands, options and their words in a shell, made from the
// tables that --help prints.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <ostream>
#include <string>

#include "base/escape.h"
#include "commands/command.h"
#include "commands/own_options.h"
#include "input/options.h"

namespace ckptlint {
namespace {

// One command with its table filled in.
struct Described {
  const Command* command;
  OptionTable table;
};

std::vector<std::unique_ptr<Described>> described_commands() {
  std::vector<std::unique_ptr<Described>> all;
  for (const Command* each : commands()) {
    auto one = std::make_unique<Described>();
    one->command = each;
    (void)each->prepare(one->table);
    static OwnOptions own;  // what --help and --version fill in is of no use here
    add_own_options(one->table, own);
    all.push_back(std::move(one));
  }
  return all;
}

// A word in single quotes, as all three shells read it.
std::string in_quotes(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string words_of(const Taken& taken) {
  std::string words;
  for (const Word& each : taken.words) words += (words.empty() ? "" : " ") + std::string(each.word);
  return words;
}

// What bash does for a word that `taken` describes.
std::string bash_action(const Taken& taken) {
  std::string action;
  if (!taken.words.empty()) action += fmt::format("words {};", in_quotes(words_of(taken)));
  if (taken.path) action += "files;";
  return action.empty() ? ":;" : action;
}

void write_bash(std::ostream& out) {
  const auto all = described_commands();
  std::string names;
  for (const auto& each : all) names += (names.empty() ? "" : " ") + std::string(each->command->name);
  out << R"(# Completes ckptlint in bash: source it, or put it into ~/.local/share/bash-completion/completions/ckptlint.
_ckptlint() {
  local cur=${COMP_WORDS[COMP_CWORD]} option='' command=)"
      << all.front()->command->name << R"( i
  COMPREPLY=()
  # Bash cuts words at "=".
  if [[ $cur == '=' ]]; then cur=''; option=${COMP_WORDS[COMP_CWORD-1]}
  elif [[ ${COMP_WORDS[COMP_CWORD-1]} == '=' ]]; then option=${COMP_WORDS[COMP_CWORD-2]}
  else option=${COMP_WORDS[COMP_CWORD-1]}; fi
  words() { mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W "$1" -- "$cur"); }
  files() { compopt -o filenames 2>/dev/null; mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$cur"); }
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in )";
  for (std::size_t i = 0; i < all.size(); ++i) out << (i == 0 ? "" : "|") << all[i]->command->name;
  out << R"() command=${COMP_WORDS[i]}; break;; esac
  done
  case $command:$option in
)";
  for (const auto& each : all) {
    for (const OptionRow& row : each->table.rows()) {
      if (row.taken)
        out << fmt::format("    {}:--{}) {} return;;\n", each->command->name, row.name, bash_action(*row.taken));
    }
  }
  out << "  esac\n  case $command in\n";
  for (const auto& each : all) {
    std::string options;
    for (const OptionRow& row : each->table.rows()) options += (options.empty() ? "--" : " --") + row.name;
    out << fmt::format("    {}) if [[ $cur == -* ]]; then words {}; else {} fi;;\n", each->command->name,
                       in_quotes(options), bash_action(each->table.argument_taken()));
  }
  out << fmt::format(
      "  esac\n  if ((i == COMP_CWORD)) && [[ $cur != -* ]]; then words {}; fi\n}}\ncomplete -F _ckptlint ckptlint\n",
      in_quotes(names));
}

// Text inside a spec of _arguments, where brackets and colons mean something.
std::string zsh_escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// A word of a list that zsh reads as words of the shell.
std::string zsh_word(std::string_view text) {
  std::string word;
  for (const char c : text) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    word += plain ? std::string(1, c) : std::string("\\") + c;
  }
  return word;
}

// "name:action" of what is taken.
std::string zsh_taken(const Taken& taken) {
  const std::string name = zsh_escaped(taken.name.empty() ? std::string_view("argument") : taken.name);
  if (taken.words.empty()) return name + ":" + (taken.path ? "_files" : " ");
  if (taken.path) return fmt::format("{}: _ckptlint_words_or_files {}", name, words_of(taken));
  std::string list;
  for (const Word& each : taken.words) {
    list += (list.empty() ? "" : " ") + zsh_word(each.word);
    if (!each.meaning.empty()) list += "\\:" + zsh_word(each.meaning);
  }
  return fmt::format("{}:(({}))", name, list);
}

void write_zsh(std::ostream& out) {
  const auto all = described_commands();
  out << "#compdef ckptlint\n# Completes ckptlint in zsh: put it into a folder of $fpath as _ckptlint.\n\n"
         "_ckptlint_words_or_files() { _alternative \"words:word:($*)\" 'files:file:_files' }\n\n_ckptlint() {\n"
         "  local curcontext=\"$curcontext\" context state state_descr line command="
      << all.front()->command->name << " word\n  typeset -A opt_args\n  local -i named=0\n"
      << "  for word in ${words[2,CURRENT-1]}; do\n    case $word in\n      (";
  for (std::size_t i = 0; i < all.size(); ++i) out << (i == 0 ? "" : "|") << all[i]->command->name;
  out << R"() command=$word; named=1; break;;
    esac
  done
  local -a commands=(
)";
  for (const auto& each : all)
    out << "    " << in_quotes(zsh_escaped(each->command->name) + ":" + std::string(each->command->summary)) << "\n";
  out << R"(  )
  # Without a command, the first word may be one.
  if (( ! named )) && [[ $PREFIX != -* ]] && (( CURRENT == 2 )); then _describe command commands; fi
  if (( named )); then
    words=("${(@)words:#$command}"); (( CURRENT-- )); words=(ckptlint "${(@)words[2,-1]}")
  fi
  case $command in
)";
  for (const auto& each : all) {
    out << fmt::format("    ({})\n      _arguments -S \\\n", each->command->name);
    for (const OptionRow& row : each->table.rows()) {
      const std::string spec =
          row.taken ? fmt::format("*--{}=[{}]:{}", row.name, zsh_escaped(row.meaning), zsh_taken(*row.taken))
                    : fmt::format("--{}[{}]", row.name, zsh_escaped(row.meaning));
      out << "        " << in_quotes(spec) << " \\\n";
    }
    out << "        " << in_quotes("*:" + zsh_taken(each->table.argument_taken())) << ";;\n";
  }
  out << "  esac\n}\n\nif [[ $zsh_eval_context[-1] == loadautofunc ]]; then _ckptlint \"$@\"; else compdef _ckptlint ckptlint; fi\n";
}

// A word in single quotes as fish reads it.
std::string in_fish_quotes(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return quoted + "'";
}

void write_fish(std::ostream& out) {
  const auto all = described_commands();
  std::string names;
  for (const auto& each : all) names += (names.empty() ? "" : " ") + std::string(each->command->name);
  out << "# Completes ckptlint in fish: put it into ~/.config/fish/completions/ckptlint.fish.\n";
  const auto condition = [&](const Described& each) {
    const std::string seen = fmt::format("__fish_seen_subcommand_from {}", each.command->name);
    // The first is meant where none is named.
    return in_fish_quotes(
        &each == all.front().get() ? fmt::format("{}; or not __fish_seen_subcommand_from {}", seen, names) : seen);
  };
  // The list is read once more as words of the shell.
  const auto taken_words = [](const Taken& taken) {
    std::string list;
    for (const Word& each : taken.words) {
      list += (list.empty() ? "" : " ") + std::string(each.word);
      if (!each.meaning.empty()) list += "\\t" + in_fish_quotes(each.meaning);
    }
    return in_fish_quotes(list);
  };
  for (const auto& each : all) {
    out << fmt::format("complete -c ckptlint -n {} -a {} -d {}\n",
                       in_fish_quotes("not __fish_seen_subcommand_from " + names), each->command->name,
                       in_fish_quotes(each->command->summary));
  }
  for (const auto& each : all) {
    const std::string when = condition(*each);
    const Taken& argument = each->table.argument_taken();
    if (!argument.words.empty()) out << fmt::format("complete -c ckptlint -n {} -a {}\n", when, taken_words(argument));
    if (!argument.path) out << fmt::format("complete -c ckptlint -n {} -f\n", when);
    for (const OptionRow& row : each->table.rows()) {
      out << fmt::format("complete -c ckptlint -n {} -l {} -d {}", when, row.name, in_fish_quotes(row.meaning));
      if (row.taken) {
        out << (row.taken->path ? " -r -F" : " -x");
        if (!row.taken->words.empty()) out << " -a " << taken_words(*row.taken);
      }
      out << "\n";
    }
  }
}

struct Shell {
  std::string_view name;
  void (*write)(std::ostream&);
};
constexpr std::array kShells = {Shell{"bash", write_bash}, Shell{"zsh", write_zsh}, Shell{"fish", write_fish}};

std::function<int(const Streams&)> prepare_completions(OptionTable& table) {
  const auto what = std::make_shared<std::vector<std::string>>();
  Taken shell{.name = "SHELL", .words_only = true};
  for (const Shell& each : kShells) shell.words.push_back({each.name, ""});
  table.arguments(*what, std::move(shell));
  return [what](const Streams& streams) -> int {
    const auto found = what->size() == 1 ? std::find_if(kShells.begin(), kShells.end(),
                                                        [&](const Shell& each) { return each.name == what->front(); })
                                         : kShells.end();
    if (found == kShells.end()) {
      streams.err << "ckptlint: `completions` takes the name of a shell: bash, zsh or fish\n";
      return kNotAnalysed;
    }
    found->write(streams.out);
    return kNothingFound;
  };
}

}  // namespace

extern const Command completions_command;
constexpr Command completions_command{"completions", "SHELL", "print the script that completes ckptlint in a shell",
                                      prepare_completions};

}  // namespace ckptlint
