// The command line: which command, which of its options, and one clear sentence for what cannot be understood.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/program_options.hpp>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/escape.h"
#include "base/process_memory.h"
#include "ckptlint/version.h"
#include "commands/check.h"
#include "commands/explain.h"
#include "commands/graph.h"
#include "commands/list.h"
#include "commands/load.h"
#include "commands/map.h"
#include "commands/rules.h"
#include "input/options.h"
#include "library/host/environment.h"

namespace po = boost::program_options;

namespace ckptlint {
namespace {

// Everything that the command line can say, whichever command it is for.
struct CommandLine {
  std::string verb = "check";
  ModelOptions model;
  PlacementOptions placement;
  OutputOptions output;
  std::string color = "auto";
  std::string cases;
  std::vector<std::string> select;
  std::vector<std::string> ignore;
  bool diff = false;
  bool fix = false;
  bool unsafe_fixes = false;
  bool trace = false;
  bool suggest = false;
  std::string compare;
  bool witness = false;
  std::optional<std::string> no_split;
  TreeOptions tree;
  bool help = false;
  bool version = false;
};

int check(const CommandLine& line) {
  return run_check({.model = line.model,
                    .placement = line.placement,
                    .output = line.output,
                    .select = line.select,
                    .ignore = line.ignore,
                    .diff = line.diff,
                    .fix = line.fix || line.unsafe_fixes,
                    .unsafe_fixes = line.unsafe_fixes},
                   std::cout, std::cerr);
}

int list(const CommandLine& line) {
  return run_list({.paths = line.model.paths, .output = line.output, .diff = line.diff}, std::cout, std::cerr);
}

int graph(const CommandLine& line) {
  return run_graph({.model = line.model, .output = line.output, .tree = line.tree}, std::cout, std::cerr);
}

int map(const CommandLine& line) {
  return run_map({.model = line.model,
                  .placement = line.placement,
                  .output = line.output,
                  .cases = line.cases,
                  .trace = line.trace,
                  .compare = line.compare,
                  .suggest = line.suggest,
                  .witness = line.witness,
                  .no_split = line.no_split},
                 std::cin, std::cout, std::cerr);
}

int load(const CommandLine& line) {
  return run_load({.model = line.model, .output = line.output}, std::cout, std::cerr);
}

int explain(const CommandLine& line) {
  return run_explain({.what = line.model.paths, .output = line.output}, std::cin, std::cout, std::cerr);
}

int list_rules(const CommandLine& line) { return run_rules({.output = line.output}, std::cout, std::cerr); }

struct Verb {
  std::string_view name;
  std::string_view arguments;
  std::string_view summary;
  // The option groups that it takes: m(odel) z(ero) p(lacement) r(ules) f(ixes) s(imulation) t(ree) d(iff).
  std::string_view groups;
  std::string_view formats;  // the first is the default
  int (*run)(const CommandLine&);
};

constexpr std::array kVerbs = {
    Verb{"check", "PATH...", "find what will go wrong when the model is loaded (the default)", "mzprfd",
         "text, json, sarif, github", check},
    Verb{"graph", "PATH", "the module graph: a tree for people, JSON for programs", "mt", "text, json, dot", graph},
    Verb{"map", "PATH", "simulate a device map: the devices with their load, and the map", "mps", "text, json, python",
         map},
    Verb{"list", "FILE...", "list the tensors of weight files, repeated names folded", "d", "text, json", list},
    Verb{"load", "PATH", "simulate from_pretrained: missing, unexpected, mismatched keys, unset buffers", "mz",
         "text, json", load},
    Verb{"explain", "RULE | \"error text\"", "the page of a rule, or the rule that an error message belongs to", "",
         "text, json", explain},
    Verb{"rules", "", "list the rules", "", "text, json", list_rules},
};

const Verb* find_verb(std::string_view name) {
  const auto* found = std::find_if(kVerbs.begin(), kVerbs.end(), [&](const Verb& verb) { return verb.name == name; });
  return found == kVerbs.end() ? nullptr : &*found;
}

po::options_description options_of(const Verb& verb, CommandLine& line) {
  po::options_description all("Options");
  const auto takes = [&](char group) { return verb.groups.find(group) != std::string_view::npos; };
  auto add = all.add_options();
  if (takes('m')) {
    add("source", po::value(&line.model.sources)->value_name("PATH"),
        "where modeling source is: a site-packages folder, a checkout, a wheel or zip, a package (repeatable)");
    add("class", po::value(&line.model.class_name)->value_name("NAME"), "the class to build: bare, or module:Class");
    add("dtype", po::value(&line.model.dtype)->value_name("DTYPE"), "build in this dtype instead of the config's");
    add("base", po::value(&line.model.base)->value_name("PATH"),
        "the base model of an adapter, instead of the one that it names");
    add("graph", po::value(&line.model.graph)->value_name("FILE"), "a module graph as JSON, instead of source");
    add("transformers", po::value(&line.model.transformers)->value_name("VERSION"), "the release to imitate");
    add("torch", po::value(&line.model.torch)->value_name("VERSION"),
        ("the version that the code sees (" + std::string(python::kTorchVersion) + ")").c_str());
    add("assume", po::value(&line.model.assume)->value_name("PACKAGE[=VERSION]"),
        "take an absent package as present, its contents unknown (repeatable)");
  }
  if (takes('z')) {
    add("fsdp", po::bool_switch(&line.model.fsdp),
        "say what stays unset on other ranks where FSDP loads on the first one for all, too");
    add("zero3", po::bool_switch(&line.model.zero3), "say what loading under DeepSpeed ZeRO-3 passes over, too");
  }
  if (takes('p')) {
    add("quantization-config", po::value(&line.model.quantization)->value_name("JSON|FILE"),
        "quantize while loading, as from_pretrained(quantization_config=...) does");
    add("device-map", po::value(&line.placement.device_map)->value_name("MODE|FILE|JSON"),
        "auto, balanced, balanced_low_0, sequential, a device, or a map");
    add("max-memory", po::value(&line.placement.max_memory)->value_name("BUDGETS"),
        "for example 0=24GiB,1=24GiB,cpu=64GiB");
    add("offload-buffers", po::bool_switch(&line.placement.offload_buffers),
        "buffers of offloaded layers are offloaded too (offload_buffers=True)");
    add("offload-folder", po::value(&line.placement.offload_folder)->value_name("PATH"),
        "from_pretrained is given an offload_folder");
    add("accelerate", po::value(&line.placement.accelerate)->value_name("VERSION|PATH"), "the release to imitate");
  }
  if (takes('t')) {
    add("where", po::bool_switch(&line.tree.where), "the source line of each module and tensor");
    add("depth", po::value(&line.tree.outline.depth)->value_name("N"), "show N levels below the model");
    add("only", po::value(&line.tree.outline.only)->value_name("PATTERN"),
        "show only names that this regular expression is found in, and what is above them");
  }
  if (takes('s')) {
    add("cases", po::value(&line.cases)->value_name("FILE|-"), "answer many cases, a JSON object a line");
    add("trace", po::bool_switch(&line.trace), "say why each step was taken");
    add("compare", po::value(&line.compare)->value_name("LIST"),
        "modes or releases side by side: auto,sequential or transformers=4.57.6,transformers=5.23.0");
    add("suggest", po::bool_switch(&line.suggest), "a complete map that works, instead of the libraries' own");
    add("witness", po::bool_switch(&line.witness), "for which equal budgets something is lost");
    add("no-split", po::value<std::string>()->value_name("CLASSES")->notifier([&line](const std::string& classes) {
      line.no_split = classes;
    }),
        "ask accelerate's functions, with these no-split classes (a,b) instead of the model's");
  }
  if (takes('r')) {
    add("select", po::value(&line.select)->value_name("RULES"), "run only these rules (repeatable, commas allowed)");
    add("ignore", po::value(&line.ignore)->value_name("RULES"), "leave these rules out (repeatable, commas allowed)");
  }
  if (takes('f')) {
    add("fix", po::bool_switch(&line.fix), "apply the safe fixes to your own files");
    add("unsafe-fixes", po::bool_switch(&line.unsafe_fixes), "apply the unsafe ones too");
  }
  if (takes('d'))
    add("diff", po::bool_switch(&line.diff),
        takes('f') ? "print what would change, as unified diffs" : "compare two checkpoints by their headers");
  const std::string formats(verb.formats);
  add("format", po::value(&line.output.format)->value_name("FORMAT"),
      ("one of " + formats + "; the first is the default").c_str());
  add("color", po::value(&line.color)->value_name("WHEN"), "auto (the default), always or never");
  add("jobs", po::value(&line.output.jobs)->value_name("N"), "threads to use; 0, the default, for one a processor");
  add("help,h", po::bool_switch(&line.help), "show this");
  add("version", po::bool_switch(&line.version), "show the version");
  return all;
}

void print_help(const Verb* verb) {
  if (verb == nullptr) {
    std::cout << "Finds, before a model checkpoint is loaded, what will go wrong when it is.\n\nUsage: ckptlint "
                 "[check] PATH...\n";
    for (const Verb& each : kVerbs) {
      const std::string usage = std::string(each.name) + " " + std::string(each.arguments);
      std::cout << "  " << usage << std::string(usage.size() < 30 ? 30 - usage.size() : 1, ' ') << each.summary << "\n";
    }
    std::cout << "\n`ckptlint COMMAND --help` lists its options.\n"
                 "Exit status: 0 nothing found, 1 findings, 2 wrong usage or input that could not be analysed.\n";
    return;
  }
  CommandLine ignored;
  std::cout << "Usage: ckptlint " << verb->name << " " << verb->arguments << "\n"
            << verb->summary << "\n\n"
            << options_of(*verb, ignored);
}

int complain(const std::string& sentence) {
  std::cerr << "ckptlint: " << sentence << "\n";
  return kNotAnalysed;
}

// One sentence for what Boost found wrong with the command line.
std::string sentence_of(const po::error& error, const Verb& verb) {
  if (const auto* unknown = dynamic_cast<const po::unknown_option*>(&error)) {
    return "unknown option " + quoted_name(unknown->get_option_name()) + " for `" + std::string(verb.name) +
           "`; `ckptlint " + std::string(verb.name) + " --help` lists its options";
  }
  std::string text = printable(error.what());
  std::replace(text.begin(), text.end(), '\'', '`');
  return text;
}

// Whether an option of some command takes the argument after it.
bool takes_value(std::string_view option) {
  if (!option.starts_with("--")) return false;
  const std::string name(option.substr(2));
  CommandLine ignored;
  return std::any_of(kVerbs.begin(), kVerbs.end(), [&](const Verb& verb) {
    const po::options_description described = options_of(verb, ignored);
    const po::option_description* found = described.find_nothrow(name, false);
    return found != nullptr && found->semantic()->max_tokens() > 0;
  });
}

// The verb is the first argument that is not an option or an option's value: `ckptlint --format json check .` names
// one. Without one, or if that argument is not a verb, it is `check`.
std::optional<std::size_t> verb_position(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--") return std::nullopt;
    if (argument.starts_with("-") && argument != "-") {
      if (argument.find('=') == std::string::npos && takes_value(argument)) ++i;
      continue;
    }
    return find_verb(argument) != nullptr ? std::optional(i) : std::nullopt;
  }
  return std::nullopt;
}

bool use_color(const std::string& when) {
  if (when != "auto") return when == "always";
  const char* no_color = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0');
}

int run(std::vector<std::string> arguments) {
  CommandLine line;
  const Verb* verb = find_verb("check");
  const std::optional<std::size_t> position = verb_position(arguments);
  if (position) {
    verb = find_verb(arguments[*position]);
    arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(*position));
  }
  po::options_description described = options_of(*verb, line);
  described.add_options()("argument", po::value(&line.model.paths));
  po::positional_options_description positional;
  positional.add("argument", -1);
  try {
    constexpr int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    po::variables_map values;
    po::store(po::command_line_parser(arguments).options(described).positional(positional).style(style).run(), values);
    po::notify(values);
  } catch (const po::error& error) {
    return complain(sentence_of(error, *verb));
  }
  if (line.version) {
    std::cout << "ckptlint " << kVersion << "\n";
    return kNothingFound;
  }
  if (line.help) {
    print_help(position ? verb : nullptr);
    return kNothingFound;
  }
  if (line.color != "auto" && line.color != "always" && line.color != "never") {
    return complain("`--color` is " + quoted_name(line.color) + ", which is none of `auto`, `always` and `never`");
  }
  if (line.output.jobs < 0) return complain("`--jobs` is below 0");
  line.output.color = use_color(line.color);
  return verb->run(line);
}

}  // namespace
}  // namespace ckptlint

int main(int argc, char** argv) {
  ckptlint::prepare_process_memory();
  try {
    const int status = ckptlint::run({argv + (argc > 0 ? 1 : 0), argv + argc});
    std::cout.flush();
    return std::cout ? status : ckptlint::kNotAnalysed;
  } catch (const std::exception& error) {
    // Out of memory and the like: the phases report their own errors as values.
    std::cerr << "ckptlint: " << error.what() << "\n";
    return ckptlint::kNotAnalysed;
  }
}
