// `ckptlint explain`: prints the page of a rule, or of the rules behind a pasted error message.
#include "commands/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <istream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string_view>

#include "base/escape.h"
#include "base/json_document.h"
#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "commands/command.h"
#include "commands/error_text.h"
#include "commands/shared_options.h"
#include "report/report.h"

namespace ckptlint {
namespace {

constexpr std::size_t kWidth = 96;

// Text in lines of at most kWidth; lines that begin with a blank or stand in an example stay as they are.
std::string wrapped(std::string_view text, std::string_view indent) {
  std::string out;
  std::string line;
  const auto flush = [&] {
    if (!line.empty()) out += std::string(indent) + line + "\n";
    line.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_of(" \n", at), text.size());
    const std::string_view word = text.substr(at, end - at);
    if (!line.empty() && indent.size() + line.size() + 1 + word.size() > kWidth) flush();
    if (!word.empty()) line += (line.empty() ? "" : " ") + std::string(word);
    if (end < text.size() && text[end] == '\n') flush();
    at = end + 1;
  }
  flush();
  return out;
}

std::string indented(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    out += "    " + std::string(text.substr(at, end - at)) + "\n";
    at = end + 1;
  }
  return out;
}

std::string page_of(const Rule& rule) {
  return fmt::format("{} ({}, {})\n\n{}\nWhy it matters\n{}\nExample\n{}\nWhat to do\n{}\nReferences\n{}", rule.name,
                     name_of(rule.severity), name_of(rule.family), wrapped(rule.summary, "  "), wrapped(rule.why, "  "),
                     indented(rule.example), wrapped(rule.remedy, "  "), wrapped(rule.references, "  "));
}

void print_page(const Rule& rule, std::ostream& out) { out << page_of(rule); }

void print_others(std::string_view heading, const RecognisedError& error, std::ostream& out) {
  if (!error.also.empty()) out << "\n" << heading << "\n";
  for (const std::string_view other : error.also) {
    const Rule* known = find_rule(other);
    out << wrapped(fmt::format("{}: {}", other, known == nullptr ? "" : known->summary), "  ");
  }
}

void print_rule_of(const RecognisedError& error, const Rule& rule, std::ostream& out) {
  out << "\nWhy\n" << wrapped(rule.why, "  ") << "\nWhat to do\n" << wrapped(rule.remedy, "  ");
  print_others("It can also be", error, out);
  out << fmt::format(
      "\n`ckptlint check PATH --select {}` looks for it in the files and tries the fixes; "
      "`ckptlint explain {}` is the rule's page.\n",
      error.rule, error.rule);
}

// The words of a message that is no rule's, and what decides it.
void print_undecided(const RecognisedError& error, std::ostream& out) {
  const Elsewhere& elsewhere = *error.message->elsewhere;
  out << fmt::format("{}: {}\n    \"{}\"\n",
                     error.also.empty() ? "not decidable from files" : "decidable from the files of a pipeline alone",
                     error.meaning, printable(error.found))
      << "\nWhat decides it\n"
      << wrapped(elsewhere.decided_by, "  ") << "\nWhat to try\n"
      << wrapped(elsewhere.remedy, "  ");
  print_others("The rules that look at pipelines", error, out);
}

void print_errors(const std::vector<RecognisedError>& errors, std::ostream& out) {
  for (std::size_t i = 0; i < errors.size(); ++i) {
    const RecognisedError& error = errors[i];
    if (i > 0) out << "\n";
    if (error.rule.empty()) {
      print_undecided(error, out);
      continue;
    }
    out << fmt::format("{}: {}\n", error.rule, error.meaning);
    for (const std::string& name : folded_names(error.tensors)) out << "    " << printable(name) << "\n";
    if (const Rule* rule = find_rule(error.rule)) print_rule_of(error, *rule, out);
  }
}

nlohmann::ordered_json json_of(const Rule& rule) {
  return {{"rule", rule.name},
          {"family", name_of(rule.family)},
          {"severity", name_of(rule.severity)},
          {"summary", rule.summary},
          {"why", rule.why},
          {"example", rule.example},
          {"remedy", rule.remedy},
          {"references", rule.references}};
}

void print_page_json(const Rule& rule, std::ostream& out) { out << json_lines(json_of(rule), 1) << "\n"; }

void print_errors_json(const std::vector<RecognisedError>& errors, std::ostream& out) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const RecognisedError& error : errors) {
    if (error.rule.empty()) {
      list.push_back({{"rule", nullptr},
                      {"message", error.found},
                      {"meaning", error.meaning},
                      {"decided_by", error.message->elsewhere->decided_by},
                      {"remedy", error.message->elsewhere->remedy},
                      {"also", error.also}});
      continue;
    }
    list.push_back({{"rule", error.rule},
                    {"message", error.found},
                    {"meaning", error.meaning},
                    {"tensors", error.tensors},
                    {"also", error.also}});
  }
  out << json_lines(list, 1) << "\n";
}

struct ExplainWriter {
  void (*page)(const Rule&, std::ostream&);
  void (*errors)(const std::vector<RecognisedError>&, std::ostream&);
};
using ExplainFormat = Format<ExplainWriter>;
constexpr std::array kExplainFormats = {
    ExplainFormat{"text", "a page, or what the messages mean", {print_page, print_errors}},
    ExplainFormat{"json", "an object for a rule, a list for messages", {print_page_json, print_errors_json}}};

std::function<int(const Streams&)> prepare_explain(OptionTable& table) {
  const auto options = std::make_shared<ExplainOptions>();
  Taken what{.name = "RULE"};
  for (const Rule* rule : rules()) what.words.push_back({rule->name, rule->summary});
  table.arguments(options->what, std::move(what));
  add_output_options(table, options->output, names_of(kExplainFormats));
  return [options](const Streams& streams) { return run_explain(*options, streams.in, streams.out, streams.err); };
}

}  // namespace

extern const Command explain_command;
constexpr Command explain_command{
    "explain", "RULE | \"error text\"",
    "the page of a rule, or what an error message means: its rule, or what decides instead of files; - reads it",
    prepare_explain};

int run_explain(const ExplainOptions& options, std::istream& in, std::ostream& out, std::ostream& err) {
  const auto fail = [&](const std::string& message) {
    err << "ckptlint: " << message << "\n";
    return kNotAnalysed;
  };
  const ExplainFormat* format = find_format(kExplainFormats, options.output.format);
  if (format == nullptr) return fail(no_such_format("explain", names_of(kExplainFormats), options.output.format));
  if (options.what.empty()) return fail("`explain` takes the name of a rule or the text of an error message");
  std::string text;
  for (const std::string& word : options.what) text += (text.empty() ? "" : " ") + word;
  if (text == "-") text.assign(std::istreambuf_iterator<char>(in), {});
  if (const Rule* rule = find_rule(text)) {
    format->write.page(*rule, out);
    return kNothingFound;
  }
  const std::vector<RecognisedError> errors = recognise_errors(text);
  if (errors.empty()) {
    const bool one_word = text.find_first_of(" \n\t") == std::string::npos;
    return fail(fmt::format("{} is no {}; `ckptlint rules` lists the rules", quoted_name(text, 80),
                            one_word ? "rule" : "error message that is known"));
  }
  format->write.errors(errors, out);
  return kNothingFound;
}

}  // namespace ckptlint
