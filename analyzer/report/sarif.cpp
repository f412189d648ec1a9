// SARIF 2.1.0, for code scanning services.
#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "base/json_document.h"
#include "base/json_text.h"
#include "base/sha256.h"
#include "ckptlint/version.h"
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

// Code scanning wants all four; a place without a line is the head of its file.
Json region_of(const Span& span) {
  const std::uint32_t line = std::max<std::uint32_t>(span.line, 1), column = std::max<std::uint32_t>(span.column, 1);
  const bool ends = span.end_line != 0;
  return {{"startLine", line},
          {"startColumn", column},
          {"endLine", ends ? span.end_line : line},
          {"endColumn", ends ? span.end_column : column}};
}

Json place_of(const Artifact& artifact) {
  Json place = {{"uri", uri_of(artifact.path)}};
  if (artifact.in_library) place["uriBaseId"] = "LIBRARY";
  return place;
}

Json location_of(const Report& report, const ModelReport& model, const Label& label) {
  Json physical = {{"artifactLocation", place_of(artifact_of(report, model, label))}};
  physical["region"] = region_of(label.span);
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

// Where nothing of the user's own is named, the model as a whole.
Json model_location(const Report& report, const ModelReport& model) {
  const std::string path = from_workspace(report, model.folder.empty() ? model.path : model.folder);
  return {{"physicalLocation",
           {{"artifactLocation", {{"uri", uri_of(path.empty() ? "." : path)}}}, {"region", region_of({})}}}};
}

// Services show the first of `locations` alone, so that is a line of the user's; the rest is related.  They take 1,000
// places of one result, and show 100.
Json result_of(const Report& report, const ModelReport& model, const Finding& finding, std::string fingerprint,
               bool of_security) {
  constexpr std::size_t kMostRelated = 99;
  std::string message = printable(finding.message);
  for (const std::string& note : finding.notes) message += "\n" + printable(note);
  Json result = {{"ruleId", finding.rule}, {"level", level_of(finding.severity)}, {"message", {{"text", message}}}};
  const Label* first = own_label(report, model, finding);
  result["locations"] =
      Json::array({first == nullptr ? model_location(report, model) : location_of(report, model, *first)});
  Json related = Json::array();
  for (const Label& label : finding.labels) {
    if (&label != first && related.size() < kMostRelated) related.push_back(location_of(report, model, label));
  }
  if (!related.empty()) result["relatedLocations"] = std::move(related);
  result["partialFingerprints"] = {{"primaryLocationLineHash", std::move(fingerprint)}};
  Json fixes = Json::array();
  for (const Fix& fix : finding.fixes) {
    if (!fix.edits.empty()) fixes.push_back(fix_of(report, model, fix));
  }
  if (!fixes.empty()) result["fixes"] = std::move(fixes);
  if (of_security) result["properties"] = {{"security-severity", security_severity(finding.severity)}};
  return result;
}

// "missing-keys" as "MissingKeys", which some services want beside the id.
std::string friendly_name(std::string_view name) {
  std::string friendly;
  bool first = true;
  for (const char c : name) {
    if (c != '-') friendly += first ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    first = c == '-';
  }
  return friendly;
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
               {"name", friendly_name(rule.name)},
               {"shortDescription", {{"text", rule.summary}}},
               {"fullDescription", {{"text", rule.why}}},
               {"help", {{"text", rule.remedy}}},
               {"defaultConfiguration", {{"level", level_of(rule.severity)}}}};
  json["properties"] = {{"precision", "very-high"}, {"tags", Json::array({name_of(rule.family)})}};
  if (rule.of_security) {
    json["properties"]["tags"].push_back("security");
    json["properties"]["security-severity"] = security_severity(rule.severity);
  }
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
  Fingerprints fingerprints(report);
  bool complete = true;
  bool analysed = true;
  for (const ModelReport& model : report.models) {
    for (const Finding& finding : model.findings)
      results.push_back(
          result_of(report, model, finding, fingerprints.of(model, finding), is_of_security(finding, style)));
    for (const KnownFinding& known : model.known) {
      results.push_back(result_of(report, model, known.finding, fingerprints.of(model, known.finding),
                                  is_of_security(known.finding, style)));
      results.back()["suppressions"] = Json::array({suppression_of(known)});
    }
    complete &= model.is_complete();
    analysed &= !model.error;
    if (model.error) notify("error", model.error->message);
    for (const NotChecked& part : model.not_checked) notify("warning", "not checked: " + sentence_of(part));
  }
  std::string category;
  for (const ModelReport& model : report.models)
    category +=
        (category.empty() ? "" : "+") + from_workspace(report, model.folder.empty() ? model.path : model.folder);
  constexpr std::size_t kLongestCategory = 200;
  if (category.size() > kLongestCategory) category = sha256_hex(category).substr(0, 32);
  const Json run = {
      {"tool", {{"driver", {{"name", "ckptlint"}, {"version", kVersion}, {"rules", std::move(described)}}}}},
      // Two uploads of one category replace each other, so each set of models has its own.
      {"automationDetails", {{"id", "ckptlint/" + printable(category) + "/"}}},
      {"invocations",
       Json::array({{{"executionSuccessful", analysed}, {"toolExecutionNotifications", std::move(notifications)}}})},
      {"results", std::move(results)},
      {"properties", {{"complete", complete}}}};
  const Json json = {
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", Json::array({run})}};
  return without_commands(json_lines(json, 1)) + "\n";
}

}  // namespace ckptlint
