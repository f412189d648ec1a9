// The report for programs.  Keys, their order and their meaning are relied upon: add, do not change.
#include <nlohmann/json.hpp>

#include "base/json_document.h"
#include "base/json_text.h"
#include "report/report.h"

namespace ckptlint {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Span& span, const SourceFiles& sources) {
  const SourceFile* file = sources.find(span.file);
  Json json = {{"file", file == nullptr ? "" : file->path}};
  if (span.line != 0) json.update({{"line", span.line}, {"column", span.column}});
  if (span.end_line != 0) json.update({{"end_line", span.end_line}, {"end_column", span.end_column}});
  return json;
}

Json json_of(const Label& label, const SourceFiles& sources) {
  Json json = {{"kind", label.span.known() ? "source" : "stored"}};
  if (label.span.known()) {
    json.update(json_of(label.span, sources));
  } else {
    json["file"] = label.file;
    if (!label.key.empty()) json["key"] = label.key;
  }
  json["text"] = label.text;
  return json;
}

Json json_of(const Fix& fix, const SourceFiles& sources) {
  Json edits = Json::array();
  for (const Edit& edit : fix.edits) {
    const SourceFile* file = sources.find(edit.file);
    edits.push_back(
        {{"file", file == nullptr ? "" : file->path}, {"begin", edit.begin}, {"end", edit.end}, {"text", edit.text}});
  }
  Json json = {{"title", fix.title}, {"applicability", name_of(fix.applicability)}};
  if (!fix.reason.empty()) json["reason"] = fix.reason;
  json["edits"] = std::move(edits);
  if (!fix.text.empty()) json["text"] = fix.text;
  json["proof"] = {
      {"confirmed", fix.proof.confirmed}, {"steps", fix.proof.steps}, {"new_findings", fix.proof.new_findings}};
  return json;
}

Json json_of(const Finding& finding, const SourceFiles& sources) {
  Json locations = Json::array();
  for (const Label& label : finding.labels) locations.push_back(json_of(label, sources));
  Json fixes = Json::array();
  for (const Fix& fix : finding.fixes) fixes.push_back(json_of(fix, sources));
  return {{"rule", finding.rule},       {"severity", name_of(finding.severity)}, {"message", finding.message},
          {"tensors", finding.tensors}, {"locations", std::move(locations)},     {"notes", finding.notes},
          {"fixes", std::move(fixes)}};
}

Json json_of(const KnownFinding& known, const SourceFiles& sources) {
  Json json = json_of(known.finding, sources);
  json["known_by"] = {{"kind", known.in_source ? "comment" : "file"}, {"where", known.where}, {"reason", known.reason}};
  return json;
}

Json json_of(const ModelReport& model) {
  if (model.error) return {{"path", model.path}, {"error", model.error->message}, {"complete", false}};
  Json partial = Json::array();
  for (const Partial& part : model.partial)
    partial.push_back({{"what", part.what}, {"where", json_of(part.where, model.sources)}});
  Json findings = Json::array();
  for (const Finding& finding : model.findings) findings.push_back(json_of(finding, model.sources));
  Json known = Json::array();
  for (const KnownFinding& each : model.known) known.push_back(json_of(each, model.sources));
  Json skipped = Json::array();
  for (const SkippedRule& rule : model.skipped) skipped.push_back({{"rule", rule.rule}, {"reason", rule.reason}});
  Json not_checked = Json::array();
  for (const NotChecked& part : model.not_checked) not_checked.push_back({{"what", part.what}, {"why", part.why}});
  Json parts = Json::array();
  for (const RepoPart& part : model.parts) {
    Json row = {{"kind", part.kind}, {"name", part.name}};
    if (!part.with.empty()) row["with"] = part.with;
    row["files"] = part.files;
    row["checked"] = part.not_checked.empty();
    if (!part.not_checked.empty()) row["why"] = part.not_checked;
    parts.push_back(std::move(row));
  }
  Json json = {{"path", model.path},
               {"basis", name_of(model.basis)},
               {"class", model.class_name},
               {"grounds", model.grounds},
               {"partial", std::move(partial)},
               {"findings", std::move(findings)},
               {"skipped_rules", std::move(skipped)},
               {"complete", model.is_complete()},
               {"not_checked", std::move(not_checked)},
               {"parts", std::move(parts)},
               {"known_findings", std::move(known)}};
  return json;
}

// The finding with the model that it is in.
Json line_of(const ModelReport& model, const Finding& finding) {
  Json line = {{"kind", "finding"}, {"path", model.path}};
  line.update(json_of(finding, model.sources));
  return line;
}

// The model without its findings.
Json line_of(const ModelReport& model) {
  Json line = {{"kind", "model"}};
  line.update(json_of(model));
  line.erase("findings");
  return line;
}

}  // namespace

ReportWriter json_lines_report;

// A model's findings stand before it, so that its line says that it is done.
std::string json_lines_report(const Report& report, const ReportStyle&) {
  std::string out;
  for (const ModelReport& model : report.models) {
    for (const Finding& finding : model.findings) out += without_commands(json_line(line_of(model, finding))) + "\n";
    out += without_commands(json_line(line_of(model))) + "\n";
  }
  return out;
}

std::string json_report(const Report& report, const ReportStyle&) {
  Json models = Json::array();
  for (const ModelReport& model : report.models) models.push_back(json_of(model));
  const Json json = {{"version", 1}, {"models", std::move(models)}};
  return without_commands(json_lines(json, 1)) + "\n";
}

}  // namespace ckptlint
