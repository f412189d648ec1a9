// The report for people: each finding with the places it is about, why, and what to do.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/escape.h"
#include "report/headline.h"
#include "report/report.h"

namespace ckptlint {
namespace {

constexpr std::uint32_t kMostLines = 4;    // of an excerpt
constexpr std::size_t kMostFixLines = 12;  // of the text of a fix
constexpr std::size_t kWidest = 160;       // of a line in an excerpt, in bytes
// Of one finding, so that a screen holds it; all with `--verbose`.
constexpr std::size_t kMostExcerpts = 3;
constexpr std::size_t kMostNotes = 5;
constexpr std::size_t kMostFixes = 2;

class TextWriter {
 public:
  explicit TextWriter(const ReportStyle& style) : style_(style) {}
  void write(const ModelReport& model);
  std::string take() { return std::move(out_); }

 private:
  std::string painted(std::string_view text, std::string_view code) const {
    return ckptlint::painted(style_, text, code);
  }
  void write(const Finding& finding, const SourceFiles& sources);
  void write(const Label& label, bool primary, bool excerpt, const SourceFiles& sources);
  void write_excerpt(const Label& label, bool primary, const SourceFile& file);
  void write(const Fix& fix);
  // How many of so many are shown: one more than the limit is shown rather than counted.
  std::size_t shown_of(std::size_t count, std::size_t most) const {
    return style_.verbose || count <= most + 1 ? count : most;
  }
  void write_parts(const ModelReport& model);
  void write_skipped(const ModelReport& model);
  void note(std::string_view kind, std::string_view text);
  void paragraph(std::string_view lead, std::size_t lead_width, std::string_view text);

  std::string out_;
  const ReportStyle& style_;
  int margin_ = 1;  // digits of the widest line number in the finding at hand
};

std::string_view line_of(std::string_view text, std::uint32_t number) {
  for (std::uint32_t i = 1; i < number; ++i) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  std::string_view line = text.substr(0, std::min(text.find('\n'), text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// A piece of a source line as it is shown, with tabs as four blanks.
std::string shown(std::string_view text) {
  std::string spaced;
  for (const char c : text) spaced += c == '\t' ? "    " : std::string(1, c);
  return printable(spaced);
}

// Columns that a text takes: its code points, which is near enough for carets.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80; }));
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

void TextWriter::write_excerpt(const Label& label, bool primary, const SourceFile& file) {
  const std::string gutter = painted(fmt::format("{:>{}} |", "", margin_), "1;34");
  const std::uint32_t last = std::max(label.span.end_line, label.span.line);
  const std::uint32_t shown_last = std::min(last, label.span.line + kMostLines - 1);
  out_ += gutter + "\n";
  for (std::uint32_t number = label.span.line; number <= shown_last; ++number) {
    std::string_view line = line_of(file.text, number);
    const bool cut = line.size() > kWidest;
    if (cut) line = line.substr(0, kWidest);
    out_ += fmt::format("{} {}{}\n", painted(fmt::format("{:>{}} |", number, margin_), "1;34"), shown(line),
                        cut ? "..." : "");
    if (number != label.span.line) continue;
    const std::size_t begin = std::min<std::size_t>(label.span.column == 0 ? 0 : label.span.column - 1, line.size());
    const std::size_t end = last == label.span.line && label.span.end_column > label.span.column
                                ? std::min<std::size_t>(label.span.end_column - 1, line.size())
                                : line.size();
    const std::size_t carets = std::max<std::size_t>(width_of(shown(line.substr(begin, end - begin))), 1);
    const std::string mark = std::string(width_of(shown(line.substr(0, begin))), ' ') +
                             std::string(carets, primary ? '^' : '-') +
                             (label.text.empty() ? "" : " " + printable(label.text));
    out_ += fmt::format("{} {}\n", gutter, painted(mark, primary ? "1;31" : "1;34"));
  }
  if (shown_last < last) out_ += fmt::format("{} ...\n", gutter);
}

void TextWriter::write(const Label& label, bool primary, bool excerpt, const SourceFiles& sources) {
  const std::string arrow = painted(fmt::format("{:>{}}-->", "", margin_), "1;34");
  if (const SourceFile* file = sources.find(label.span.file); file != nullptr && label.span.known()) {
    const std::string place = fmt::format("{}:{}:{}", printable(file->path), label.span.line, label.span.column);
    out_ += fmt::format("{} {}\n", arrow, linked(style_, *file, place));
    if (excerpt && !file->text.empty()) return write_excerpt(label, primary, *file);
    if (!label.text.empty()) out_ += fmt::format("{:>{}}  {}\n", "", margin_ + 3, printable(label.text));
    return;
  }
  out_ +=
      fmt::format("{} {}{}{}\n", arrow, printable(label.file), label.key.empty() ? "" : ": " + quoted_name(label.key),
                  label.text.empty() ? "" : (label.key.empty() ? ": " : ", ") + printable(label.text));
}

// Text in lines that continue under the first word.  Words are what stands between blanks outside backticks.
void TextWriter::paragraph(std::string_view lead, std::size_t lead_width, std::string_view text) {
  const std::string plain = printable(text);
  std::string line;
  std::size_t width = lead_width;
  bool quoted = false;
  out_ += lead;
  for (std::size_t at = 0; at <= plain.size();) {
    std::size_t end = at;
    for (; end < plain.size() && (quoted || plain[end] != ' '); ++end) quoted ^= plain[end] == '`';
    const std::string_view word = std::string_view(plain).substr(at, end - at);
    if (!line.empty() && width + width_of(word) + 1 > style_.width) {
      out_ += line + "\n" + std::string(lead_width, ' ');
      line.clear();
      width = lead_width;
    }
    width += width_of(word) + (line.empty() ? 0 : 1);
    line += (line.empty() ? "" : " ") + std::string(word);
    quoted = false;
    at = end + 1;
  }
  out_ += line + "\n";
}

void TextWriter::note(std::string_view kind, std::string_view text) {
  const std::string lead =
      fmt::format("{} {}: ", painted(fmt::format("{:>{}} =", "", margin_), "1;34"), painted(kind, "1"));
  paragraph(lead, static_cast<std::size_t>(margin_) + 2 + kind.size() + 3, text);
}

void TextWriter::write(const Fix& fix) {
  note(fmt::format("fix ({})", name_of(fix.applicability)), fix.title);
  const std::string indent(static_cast<std::size_t>(margin_) + 5, ' ');
  const auto part = [&](const std::string& name, std::string_view text) {
    paragraph(fmt::format("{}{}: ", indent, name), indent.size() + name.size() + 2, text);
  };
  if (!fix.reason.empty()) part(std::string(name_of(fix.applicability)), fix.reason);
  for (const std::string& step : fix.proof.steps) part("proof", step);
  const std::vector<std::string_view> lines = lines_of(fix.text);
  const std::size_t shown_lines = lines.size() <= kMostFixLines + 1 ? lines.size() : kMostFixLines;
  for (std::size_t i = 0; i < shown_lines; ++i) out_ += indent + "    " + printable(lines[i]) + "\n";
  if (shown_lines < lines.size())
    out_ += fmt::format("{}    ... {} more lines, given whole by --format json\n", indent, lines.size() - shown_lines);
}

void TextWriter::write(const Finding& finding, const SourceFiles& sources) {
  std::uint32_t widest = 1;
  for (const Label& label : finding.labels) {
    if (label.span.known())
      widest = std::max(widest, std::min(label.span.line + kMostLines, std::max(label.span.end_line, label.span.line)));
  }
  margin_ = static_cast<int>(fmt::formatted_size("{}", widest)) + 1;
  out_ += fmt::format("{}: {} {}\n", painted(name_of(finding.severity), color_of(finding.severity)),
                      painted(printable(finding.message), "1"), painted(fmt::format("[{}]", finding.rule), "2"));
  for (std::size_t i = 0; i < finding.labels.size(); ++i)
    write(finding.labels[i], i == 0, style_.verbose || i < kMostExcerpts, sources);
  if (!finding.notes.empty() || !finding.fixes.empty())
    out_ += painted(fmt::format("{:>{}} |", "", margin_), "1;34") + "\n";
  const std::size_t notes = shown_of(finding.notes.size(), kMostNotes);
  const std::size_t fixes = shown_of(finding.fixes.size(), kMostFixes);
  for (std::size_t i = 0; i < notes; ++i) note("note", finding.notes[i]);
  for (std::size_t i = 0; i < fixes; ++i) write(finding.fixes[i]);
  std::string more;
  if (notes < finding.notes.size()) more = counted(finding.notes.size() - notes, "note");
  if (fixes < finding.fixes.size())
    more += (more.empty() ? "" : " and ") + counted(finding.fixes.size() - fixes, "fix", "fixes");
  if (!more.empty()) note("more", more + ", shown by --verbose");
  out_ += "\n";
}

// Rules of one reason in one line.
void TextWriter::write_skipped(const ModelReport& model) {
  for (std::size_t i = 0; i < model.skipped.size(); ++i) {
    const std::string& reason = model.skipped[i].reason;
    const auto same = [&](const SkippedRule& rule) { return rule.reason == reason; };
    if (std::any_of(model.skipped.begin(), model.skipped.begin() + static_cast<std::ptrdiff_t>(i), same)) continue;
    std::string names;
    for (const SkippedRule& rule : model.skipped) {
      if (same(rule)) names += (names.empty() ? "" : ", ") + rule.rule;
    }
    out_ += fmt::format("  not run: {}, as {}\n", names, printable(reason));
  }
}

// Of a repo that has more than a model and what is read beside it.
void TextWriter::write_parts(const ModelReport& model) {
  std::string kinds;
  for (const RepoPart& part : model.parts) {
    if (kinds.find(part.kind) == std::string::npos) kinds += part.kind + " ";
  }
  const auto has = [&](std::string_view kind) { return kinds.find(kind) != std::string::npos; };
  const bool adapter_beside =
      has("adapter") && (has("tokenizer") || has("processor") || has("generation") || has("code"));
  if (!has("part") && !adapter_beside && !has("weights")) return;
  std::string text;
  for (const RepoPart& part : model.parts) {
    if (has("pipeline") && part.kind != "weights") continue;  // components have sections of their own
    constexpr std::size_t kMostFiles = 4;
    const std::size_t shown = part.files.size() <= kMostFiles + 1 ? part.files.size() : kMostFiles;
    std::string files;
    for (std::size_t i = 0; i < shown; ++i) files += (i == 0 ? "" : ", ") + part.files[i];
    if (shown < part.files.size()) files += fmt::format(" and {} more", part.files.size() - shown);
    text += fmt::format("{}{}{}{}{}", text.empty() ? "" : "; ", part.kind,
                        part.name.empty() ? "" : " " + quoted_name(part.name), files.empty() ? "" : " (" + files + ")",
                        part.not_checked.empty() ? "" : ", not checked");
  }
  paragraph("  repo: ", 4, text);
}

void TextWriter::write(const ModelReport& model) {
  if (model.error) return;  // said on standard error
  for (const Finding& finding : model.findings) write(finding, model.sources);
  const bool quiet_end = style_.quiet && model.is_complete();
  if (!quiet_end) out_ += headline(model, style_) + "\n";
  if (style_.quiet) return;
  const std::string subject = model.class_name.empty()
                                  ? "no module graph"
                                  : fmt::format("{}, basis {}", quoted_name(model.class_name), name_of(model.basis));
  out_ += fmt::format("  {}\n", subject);
  write_parts(model);
  for (const std::string& ground : model.grounds) paragraph("  ", 4, ground);
  for (const Partial& part : model.partial) {
    const SourceFile* file = model.sources.find(part.where.file);
    const std::string where = file == nullptr ? "" : fmt::format(" ({}:{})", printable(file->path), part.where.line);
    out_ += fmt::format("  partial: {}{}\n", printable(part.what), where);
  }
  if (style_.verbose) write_skipped(model);
}

}  // namespace

std::string full_report(const Report& report, const ReportStyle& style) {
  TextWriter writer(style);
  for (const ModelReport& model : report.models) writer.write(model);
  return writer.take();
}

}  // namespace ckptlint
