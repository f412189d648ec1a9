// What a run found, as a value; one file for each form in which it is shown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ckptlint/finding.h"
#include "ckptlint/module_graph.h"
#include "ckptlint/rule.h"
#include "ckptlint/source.h"
#include "report/format.h"
#include "report/picture.h"

namespace ckptlint {

// Where the module graph came from.
enum class Basis : std::uint8_t {
  kNone,    // there is no graph
  kSource,  // evaluated from modeling source
  kGraph,   // given as JSON
};
std::string_view name_of(Basis basis);

struct SkippedRule {
  std::string rule;
  std::string reason;  // which fact is not known, and why: lower-case start, no final stop
};

// A part of what there is to check that was not.
struct NotChecked {
  std::vector<std::string> what;  // "device maps"; at least one
  std::string why;                // a clause: lower-case start, no final stop
};
// "device maps and the stored keys against the model, since ..."
std::string sentence_of(const NotChecked& part);

// What lies in a repo and is loaded as one thing.
struct RepoPart {
  std::string kind;                // "model", "adapter", "base model", "part", "pipeline",
                                   // "component", "weights", "tokenizer", "processor", "generation", "code"
  std::string name;                // its class, or where it is; may be empty
  std::string with;                // what it belongs to: "modules.json"; may be empty
  std::vector<std::string> files;  // in the repo, sorted
  std::string not_checked;         // why it was not checked: a clause; empty where it was
};

// A finding that somebody knows of already: it fails nothing.
struct KnownFinding {
  Finding finding;
  bool in_source = false;  // by a comment in the code; else by a file of known findings
  std::string where;       // the file that says so, with the line of a comment: "modeling_x.py:12"
  std::string reason;      // as it is written there; may be empty
};

// The report on one model.
struct ModelReport {
  std::string path;    // as given
  std::string folder;  // the repo's on disk, absolute; empty where there is none
  // The model could not be analysed; nothing below but `path` is meaningful.
  std::optional<Error> error;

  std::vector<RepoPart> parts;  // what the repo has, in the order in which it is loaded

  Basis basis = Basis::kNone;
  std::string class_name;  // of the model; empty without a graph
  std::vector<std::string>
      grounds;                      // what the findings rest on, a clause each: source and release, budgets, checkpoint
  std::vector<Partial> partial;     // parts of the model that could not be evaluated
  SourceFiles sources;              // what spans are about
  Findings findings;                // sorted: see sort_findings
  std::vector<KnownFinding> known;  // besides, in the same order
  std::vector<SkippedRule> skipped;  // sorted by rule
  // To be drawn, where a form was asked for that draws: one a release and placement.
  std::vector<std::shared_ptr<const ModelPicture>> pictures;
  // Of what the chosen rules look at; where there is nothing here, all that applies was checked.
  std::vector<NotChecked> not_checked;

  bool is_complete() const { return !error && not_checked.empty(); }
};

struct Report {
  std::vector<ModelReport> models;  // in the order given
  std::string workspace;            // the working folder, absolute: what tools take paths to be relative to
};

// By severity, the gravest first, then by rule, then by the first label's place, then by message.
void sort_findings(Findings& findings);

struct ReportStyle {
  // For people only:
  bool color = false;
  bool links = false;                    // files are links, which terminals open
  bool verbose = false;                  // all of each finding, and the rules that were not run, by name
  bool quiet = false;                    // findings, and what was not checked, and nothing else
  std::size_t width = 118;               // of text, in columns
  std::span<const Rule* const> rules{};  // that the program has, for formats which describe them
};

// Ends in a line break.  Text from the input is escaped, so that no name can forge output.
using ReportWriter = std::string(const Report& report, const ReportStyle& style);
struct ReportForm {
  ReportWriter* write;
  bool draws = false;  // what is in ModelReport::pictures
  std::string operator()(const Report& report, const ReportStyle& style) const { return write(report, style); }
};
using ReportFormat = Format<ReportForm>;
ReportWriter full_report, json_report;  // for commands that have forms of their own, too
// Every form of a report.  Another one is a row in formats.cpp, and its file beside it.
std::span<const ReportFormat> report_formats();

std::string_view name_of(Severity severity);
std::optional<Severity> severity_of_name(std::string_view name);
std::string_view name_of(Applicability applicability);

}  // namespace ckptlint
