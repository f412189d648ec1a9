// The report as one page: the verdict, the device map drawn, findings with source and proven fixes, the modules.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/escape.h"
#include "base/text_edit.h"
#include "report/artifacts.h"
#include "report/headline.h"
#include "report/html_page.h"
#include "report/report.h"

namespace ckptlint {

ReportWriter html_report;

namespace {

// A page that is sent around: what would make it longer is left out, and that is said.
constexpr std::size_t kMostFindingText = 600'000;
constexpr std::uint32_t kMostSourceLines = 8;  // of an excerpt, beyond the lines around it
constexpr std::uint32_t kAround = 2;           // lines before and after what a label is about
constexpr std::size_t kWidestLine = 400;       // bytes

std::string_view word_of(Severity severity) { return severity == Severity::kInfo ? "remark" : name_of(severity); }

// A line as it is shown: tabs as blanks, and no control characters.
std::string line_text(std::string_view text) {
  std::string spaced;
  for (const char c : text.substr(0, kWidestLine)) spaced += c == '\t' ? "    " : std::string(1, c);
  return without_markup(spaced) + (text.size() > kWidestLine ? "..." : "");
}

// The lines that a span is about, numbered, with the span marked.
std::string excerpt_of(const Span& span, std::string_view text) {
  const std::uint32_t first = span.line > kAround ? span.line - kAround : 1;
  const std::uint32_t end_line = std::max(span.end_line, span.line);
  const std::uint32_t last = std::min(end_line + kAround, span.line + kMostSourceLines);
  std::string out;
  std::uint32_t number = 1;
  for (std::size_t at = 0; at <= text.size() && number <= last; ++number) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    at = end + 1;
    if (number < first) continue;
    out += fmt::format("<span class=\"number\">{:>5} </span>", number);
    const std::size_t from =
        number == span.line && span.column > 0 ? std::min<std::size_t>(span.column - 1, line.size()) : 0;
    const std::size_t to = number == end_line && span.end_column > 0
                               ? std::min<std::size_t>(span.end_column - 1, line.size())
                               : line.size();
    const bool marked = number >= span.line && number <= end_line && from < to;
    out += marked ? fmt::format("{}<mark>{}</mark>{}\n", line_text(line.substr(0, from)),
                                line_text(line.substr(from, to - from)), line_text(line.substr(to)))
                  : line_text(line) + "\n";
  }
  return "<pre tabindex=\"0\">" + out + "</pre>\n";
}

// "-" and "+" in colour, and readable without.
std::string diff_text(std::string_view diff) {
  std::string out;
  for (std::size_t at = 0; at < diff.size();) {
    const std::size_t end = std::min(diff.find('\n', at), diff.size());
    const std::string_view line = diff.substr(at, end - at);
    const std::string text = line_text(line);
    const char first = line.empty() ? ' ' : line.front();
    const bool is_head = line.starts_with("+++") || line.starts_with("---");
    out += is_head ? text : first == '+' ? "<ins>" + text + "</ins>" : first == '-' ? "<del>" + text + "</del>" : text;
    out += '\n';
    at = end + 1;
  }
  return out;
}

class Page {
 public:
  explicit Page(const Report& report) : report_(report) {}

  std::string text() {
    std::string title = "ckptlint";
    if (report_.models.size() == 1) title = report_.models.front().path + " - ckptlint";
    for (std::size_t i = 0; i < report_.models.size(); ++i) add(report_.models[i], i + 1);
    std::string head = "<header><a class=\"skip\" href=\"#main\">To the verdict</a><h1>ckptlint</h1>\n";
    if (report_.models.size() > 1) head += models_list();
    head += "</header>\n<main id=\"main\">\n";
    return html_page(title, head + body_ +
                                "</main>\n<footer>Written by ckptlint. Nothing on this page is fetched from "
                                "anywhere.</footer>\n");
  }

 private:
  static std::string_view color_of_verdict(const ModelReport& model) {
    if (model.error) return "error";
    if (model.findings.empty()) return model.not_checked.empty() ? "good" : "warning";
    return name_of(model.findings.front().severity);
  }

  std::string models_list() const {
    std::string items;
    for (std::size_t i = 0; i < report_.models.size(); ++i) {
      const ModelReport& model = report_.models[i];
      items += fmt::format("<li><a href=\"#m{}\">{}</a>: <span class=\"{}\">{}</span></li>\n", i + 1,
                           without_markup(model.path), color_of_verdict(model), html_text(verdict_of(model)));
    }
    return "<nav aria-label=\"Models\"><ul>\n" + items + "</ul></nav>\n";
  }

  void add(const ModelReport& model, std::size_t number) {
    body_ += fmt::format("<article id=\"m{}\">\n<h2>{}</h2>\n", number, without_markup(model.path));
    if (!model.class_name.empty())
      body_ += fmt::format("<p class=\"soft\"><code>{}</code></p>\n", without_markup(model.class_name));
    body_ += fmt::format("<p class=\"verdict {}\">{}</p>\n", color_of_verdict(model), html_text(verdict_of(model)));
    for (const NotChecked& part : model.not_checked)
      body_ += fmt::format("<p class=\"missed\"><strong>Not checked</strong>: {}.</p>\n", html_text(sentence_of(part)));
    if (model.error) {
      body_ += "</article>\n";
      return;
    }
    for (std::size_t i = 0; i < model.pictures.size(); ++i) {
      const ModelPicture& picture = *model.pictures[i];
      body_ += fmt::format("<h3>Device map{}</h3>\n", picture.variant.empty() ? "" : ": " + html_text(picture.variant));
      body_ +=
          html_map(picture, map_id(number, i), [&](std::string_view lost) { return link_to(model, number, lost); });
    }
    add_findings(model, number);
    for (std::size_t i = 0; i < model.pictures.size(); ++i) {
      const ModelPicture& picture = *model.pictures[i];
      if (picture.rows.empty()) continue;
      body_ += fmt::format("<h3>Modules{}</h3>\n", picture.variant.empty() ? "" : ": " + html_text(picture.variant));
      body_ += html_modules(picture, map_id(number, i));
    }
    add_grounds(model);
    body_ += "</article>\n";
  }

  static std::string map_id(std::size_t model, std::size_t picture) {
    return fmt::format("m{}-map{}", model, picture + 1);
  }

  // The finding that is about a tensor, or about those of a folded name.
  static std::string link_to(const ModelReport& model, std::size_t number, std::string_view lost) {
    const std::string_view front = lost.substr(0, lost.find('{'));
    const std::string_view back = front.size() == lost.size() ? std::string_view() : lost.substr(lost.rfind('}') + 1);
    for (std::size_t i = 0; i < model.findings.size(); ++i) {
      for (const std::string& tensor : model.findings[i].tensors) {
        const bool same =
            front.size() == lost.size() ? tensor == lost : tensor.starts_with(front) && tensor.ends_with(back);
        if (same) return fmt::format("#m{}-f{}", number, i + 1);
      }
    }
    return "";
  }

  void add_findings(const ModelReport& model, std::size_t number) {
    body_ += "<h3>Findings</h3>\n";
    if (model.findings.empty()) body_ += "<p>None.</p>\n";
    std::size_t left_out = 0, written = 0;
    for (std::size_t i = 0; i < model.findings.size(); ++i) {
      const std::string text = finding_text(model, model.findings[i], fmt::format("m{}-f{}", number, i + 1));
      if (written + text.size() > kMostFindingText) {
        ++left_out;
        continue;
      }
      written += text.size();
      body_ += text;
    }
    if (left_out != 0)
      body_ +=
          fmt::format("<p class=\"missed\">{} more are left out of this page; --output-format json has them.</p>\n",
                      counted(left_out, "finding"));
    if (model.known.empty()) return;
    body_ += fmt::format("<details><summary>{} known, which fail nothing</summary><ul>\n", model.known.size());
    for (const KnownFinding& known : model.known)
      body_ += fmt::format("<li>{} <span class=\"soft\">[{}] {}{}</span></li>\n", html_text(known.finding.message),
                           known.finding.rule, without_markup(known.where),
                           known.reason.empty() ? "" : ": " + html_text(known.reason));
    body_ += "</ul></details>\n";
  }

  std::string finding_text(const ModelReport& model, const Finding& finding, const std::string& id) const {
    std::string out = fmt::format(
        "<section class=\"finding is-{0}\" id=\"{1}\">\n<h4><span class=\"{0}\">{2}</span>: {3} <span class=\"soft\">[{4}]</span></h4>\n",
        name_of(finding.severity), id, word_of(finding.severity), html_text(finding.message), finding.rule);
    constexpr std::size_t kOpenPlaces = 3;
    std::string folded;
    for (std::size_t i = 0; i < finding.labels.size(); ++i)
      (i < kOpenPlaces ? out : folded) += place_text(model, finding.labels[i]);
    if (!folded.empty())
      out += fmt::format("<details><summary>{} more</summary>\n{}</details>\n",
                         counted(finding.labels.size() - kOpenPlaces, "place"), folded);
    if (!finding.notes.empty()) {
      out += "<ul class=\"notes\">\n";
      for (const std::string& note : finding.notes) out += fmt::format("<li>{}</li>\n", html_text(note));
      out += "</ul>\n";
    }
    for (std::size_t i = 0; i < finding.fixes.size(); ++i)
      out += fix_text(model, finding.fixes[i], fmt::format("{}-x{}", id, i + 1));
    return out + "</section>\n";
  }

  std::string place_text(const ModelReport& model, const Label& label) const {
    const Artifact artifact = artifact_of(report_, model, label);
    std::string where = without_markup(artifact.path);
    if (label.span.known()) where += fmt::format(":{}", label.span.line);
    std::string out = fmt::format("<p class=\"place\"><span class=\"name\">{}</span>{}{}</p>\n", where,
                                  label.key.empty() ? "" : " <code>" + without_markup(label.key) + "</code>",
                                  label.text.empty() ? "" : " " + html_text(label.text));
    const SourceFile* file = model.sources.find(label.span.file);
    if (file != nullptr && label.span.known() && !file->text.empty()) out += excerpt_of(label.span, file->text);
    return out;
  }

  static std::string diff_of_fix(const ModelReport& model, const Fix& fix) {
    std::string diff;
    for (std::size_t i = 0; i < fix.edits.size();) {
      const FileId id = fix.edits[i].file;
      std::vector<Edit> edits;
      for (; i < fix.edits.size() && fix.edits[i].file == id; ++i) edits.push_back(fix.edits[i]);
      const SourceFile* file = model.sources.find(id);
      if (file == nullptr) continue;
      const Result<std::string> after = apply_edits(file->text, std::move(edits));
      if (after.ok()) diff += unified_diff(file->path, file->text, *after);
    }
    return diff;
  }

  static std::string fix_text(const ModelReport& model, const Fix& fix, const std::string& id) {
    std::string out = fmt::format("<div class=\"fix\"><p><strong>Fix</strong> ({}): {}</p>\n",
                                  name_of(fix.applicability), html_text(fix.title));
    if (!fix.reason.empty()) out += fmt::format("<p class=\"soft\">{}</p>\n", html_text(fix.reason));
    const std::string diff = diff_of_fix(model, fix);
    const std::string shown = diff.empty() ? fix.text : diff;
    if (!shown.empty())
      out += fmt::format(
          "<div class=\"line\"><span class=\"soft\">{}</span><button type=\"button\" hidden data-copies=\"{}\">Copy</button></div>\n"
          "<pre tabindex=\"0\" id=\"{}\">{}</pre>\n",
          diff.empty() ? "to use" : "the change, as a patch", id, id, diff_text(shown));
    if (!fix.proof.steps.empty()) {
      out += "<p class=\"soft\">Proof, by a second run on the changed input:</p><ul class=\"notes\">\n";
      for (const std::string& step : fix.proof.steps) out += fmt::format("<li>{}</li>\n", html_text(step));
      out += "</ul>\n";
    }
    return out + "</div>\n";
  }

  void add_grounds(const ModelReport& model) {
    body_ += "<h3>What this rests on</h3>\n<ul>\n";
    for (const std::string& ground : model.grounds) body_ += fmt::format("<li>{}</li>\n", html_text(ground));
    for (const Partial& part : model.partial) {
      const SourceFile* file = model.sources.find(part.where.file);
      body_ += fmt::format("<li>partial: {}{}</li>\n", html_text(part.what),
                           file == nullptr ? "" : fmt::format(" ({}:{})", without_markup(file->path), part.where.line));
    }
    for (const RepoPart& part : model.parts) {
      body_ += fmt::format("<li>{}{}{}</li>\n", without_markup(part.kind),
                           part.name.empty() ? "" : " <code>" + without_markup(part.name) + "</code>",
                           part.not_checked.empty() ? "" : ": not checked, " + html_text(part.not_checked));
    }
    body_ += "</ul>\n";
  }

  const Report& report_;
  std::string body_;
};

}  // namespace

std::string html_report(const Report& report, const ReportStyle&) { return Page(report).text(); }

}  // namespace ckptlint
