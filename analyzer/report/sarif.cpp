// SARIF 2.1.0, for code scanning services.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "base/json_document.h"
#include "base/json_text.h"
#include "report/artifacts.h"
#include "report/report.h"

namespace ckptlint {
namespace {

using Json = nlohmann::ordered_json;

std::string_view level_of(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "note";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "none";
}

// What may not stand in a URI, as percent and two digits.
std::string escaped_path(std::string_view path) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr std::string_view kPlain = "-._~/@+=,";
  std::string uri;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte < 0x80 && (std::isalnum(byte) != 0 || kPlain.find(c) != std::string_view::npos);
    if (plain) {
      uri += c;
    } else {
      uri += '%';
      uri += kDigits[byte >> 4];
      uri += kDigits[byte & 15];
    }
  }
  return uri;
}

Json region_of(const Span& span) {
  Json region = {{"startLine", span.line}, {"startColumn", span.column}};
  if (span.end_line != 0) region.update({{"endLine", span.end_line}, {"endColumn", span.end_column}});
  return region;
}

Json place_of(const Artifact& artifact) {
  Json place = {{"uri", (artifact.path.starts_with('/') ? "file://" : "") + escaped_path(artifact.path)}};
  if (artifact.in_library) place["uriBaseId"] = "LIBRARY";
  return place;
}

Json location_of(const Report& report, const ModelReport& model, const Label& label) {
  Json physical = {{"artifactLocation", place_of(artifact_of(report, model, label))}};
  if (label.span.known()) physical["region"] = region_of(label.span);
  Json location = {{"physicalLocation", std::move(physical)}};
  if (!label.key.empty())
    location["logicalLocations"] = Json::array({{{"fullyQualifiedName", printable(label.key)}, {"kind", "member"}}});
  if (!label.text.empty()) location["message"] = {{"text", printable(label.text)}};
  return location;
}

Json fix_of(const Report& report, const ModelReport& model, const Fix& fix) {
  Json changes = Json::array();
  for (std::size_t i = 0; i < fix.edits.size();) {
    const FileId id = fix.edits[i].file;
    Json replacements = Json::array();
    for (; i < fix.edits.size() && fix.edits[i].file == id; ++i) {
      const Edit& edit = fix.edits[i];
      replacements.push_back({{"deletedRegion", {{"byteOffset", edit.begin}, {"byteLength", edit.end - edit.begin}}},
                              {"insertedContent", {{"text", edit.text}}}});
    }
    if (const SourceFile* file = model.sources.find(id); file != nullptr)
      changes.push_back({{"artifactLocation", place_of(artifact_of(report, model, *file))},
                         {"replacements", std::move(replacements)}});
  }
  return {{"description", {{"text", printable(fix.title)}}}, {"artifactChanges", std::move(changes)}};
}

// As GitHub ranks alerts of security, which it does by what the rule has: high, medium, low.
std::string_view security_severity(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "3.0";
    case Severity::kWarning:
      return "5.5";
    case Severity::kError:
      return "8.0";
  }
  return "0.0";
}

Json result_of(const Report& report, const ModelReport& model, const Finding& finding, bool of_security) {
  std::string message = printable(finding.message);
  for (const std::string& note : finding.notes) message += "\n" + printable(note);
  Json result = {{"ruleId", finding.rule}, {"level", level_of(finding.severity)}, {"message", {{"text", message}}}};
  Json related = Json::array();
  for (std::size_t i = 0; i < finding.labels.size(); ++i) {
    Json location = location_of(report, model, finding.labels[i]);
    if (i == 0)
      result["locations"] = Json::array({std::move(location)});
    else
      related.push_back(std::move(location));
  }
  if (!related.empty()) result["relatedLocations"] = std::move(related);
  Json fixes = Json::array();
  for (const Fix& fix : finding.fixes) {
    if (!fix.edits.empty()) fixes.push_back(fix_of(report, model, fix));
  }
  if (!fixes.empty()) result["fixes"] = std::move(fixes);
  if (of_security) result["properties"] = {{"security-severity", security_severity(finding.severity)}};
  return result;
}

bool is_of_security(const Finding& finding, const ReportStyle& style) {
  return std::any_of(style.rules.begin(), style.rules.end(),
                     [&](const Rule* rule) { return rule->of_security && rule->name == finding.rule; });
}

Json suppression_of(const KnownFinding& known) {
  Json suppression = {{"kind", known.in_source ? "inSource" : "external"}};
  if (!known.reason.empty()) suppression["justification"] = printable(known.reason);
  return suppression;
}

Json rule_of(const Rule& rule) {
  Json json = {{"id", rule.name},
               {"shortDescription", {{"text", rule.summary}}},
               {"fullDescription", {{"text", rule.why}}},
               {"help", {{"text", rule.remedy}}},
               {"defaultConfiguration", {{"level", level_of(rule.severity)}}}};
  if (rule.of_security)
    json["properties"] = {{"tags", {"security"}}, {"security-severity", security_severity(rule.severity)}};
  return json;
}

}  // namespace

std::string sarif_report(const Report& report, const ReportStyle& style) {
  Json described = Json::array();
  for (const Rule* rule : style.rules) described.push_back(rule_of(*rule));
  Json results = Json::array();
  Json notifications = Json::array();
  const auto notify = [&](std::string_view level, std::string_view text) {
    notifications.push_back({{"level", level}, {"message", {{"text", printable(text)}}}});
  };
  bool complete = true;
  bool analysed = true;
  for (const ModelReport& model : report.models) {
    for (const Finding& finding : model.findings)
      results.push_back(result_of(report, model, finding, is_of_security(finding, style)));
    for (const KnownFinding& known : model.known) {
      results.push_back(result_of(report, model, known.finding, is_of_security(known.finding, style)));
      results.back()["suppressions"] = Json::array({suppression_of(known)});
    }
    complete &= model.is_complete();
    analysed &= !model.error;
    if (model.error) notify("error", model.error->message);
    for (const NotChecked& part : model.not_checked) notify("warning", "not checked: " + sentence_of(part));
  }
  const Json run = {
      {"tool", {{"driver", {{"name", "ckptlint"}, {"rules", std::move(described)}}}}},
      {"invocations",
       Json::array({{{"executionSuccessful", analysed}, {"toolExecutionNotifications", std::move(notifications)}}})},
      {"results", std::move(results)},
      {"properties", {{"complete", complete}}}};
  const Json json = {
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", Json::array({run})}};
  return without_commands(json_lines(json, 1)) + "\n";
}

}  // namespace ckptlint
