// Writes the table of releases: for a terminal, for programs, for a comment, and as a page.
#include "commands/compat_formats.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/byte_text.h"
#include "base/escape.h"
#include "base/fold_names.h"
#include "base/json_document.h"
#include "base/json_text.h"
#include "report/html_page.h"

namespace ckptlint {
namespace {

constexpr std::size_t kMostFindings = 8;  // of a change, for people

const ReleaseAnswer& answer_of(const CompatTable& table, const ReleaseRange& range) {
  return table.answers[range.first];
}

// "4.57.6", "4.40.2 to 4.57.6 (18 releases)".
std::string releases_of(const CompatTable& table, const ReleaseRange& range) {
  if (range.first == range.last) return table.answers[range.first].release;
  return fmt::format("{} to {}", table.answers[range.first].release, table.answers[range.last].release);
}

std::string count_of(const ReleaseRange& range) {
  const std::size_t count = range.last - range.first + 1;
  return count == 1 ? "" : fmt::format(" ({} releases)", count);
}

Stage stage_at(std::size_t i) { return static_cast<Stage>(i); }

// The first thing that is bad, or else not known: "keys: 3 missing: `a`, ...".
std::string reason_of(const ReleaseAnswer& answer) {
  for (const Verdict verdict : {Verdict::kBad, Verdict::kUnknown}) {
    for (std::size_t i = 0; i < kStages; ++i) {
      if (answer.stages[i].verdict == verdict)
        return fmt::format("{}: {}", name_of(stage_at(i)), printable(answer.stages[i].why));
    }
  }
  return "";
}

// Sentences of the whole: with which releases it works, and with which not.
std::vector<std::string> summary_of(const CompatTable& table) {
  constexpr std::array<std::string_view, 3> kWords = {"works with", "nothing is known against", "does not work with"};
  std::array<std::vector<std::string>, kWords.size()> releases;
  const auto kind = [&](std::size_t i) {
    const ReleaseAnswer& answer = table.answers[i];
    return !answer.works() ? std::size_t{2} : answer.is_known() ? std::size_t{0} : std::size_t{1};
  };
  for (std::size_t i = 0, end = 0; i < table.answers.size(); i = end + 1) {
    for (end = i; end + 1 < table.answers.size() && kind(end + 1) == kind(i);) ++end;
    releases[kind(i)].push_back(releases_of(table, {i, end, {}, {}}));
  }
  std::vector<std::string> sentences;
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    if (!releases[i].empty()) sentences.push_back(fmt::format("{} {}", kWords[i], fmt::join(releases[i], ", ")));
  }
  return sentences;
}

// "4.57.6, loaded with 5.23.0".
std::string name_of_trip(const RoundTrip& trip) {
  return fmt::format("{}, loaded with {}", trip.saved_by, trip.loaded_by);
}

// What is wrong with it, or not known, and the tensors that it is about, folded.
std::vector<std::string> faults_of(const RoundTrip& trip) {
  std::vector<std::string> faults;
  for (const TripCell& cell : cells_of(trip)) {
    const bool is_said = cell.answer.verdict == Verdict::kBad || cell.answer.verdict == Verdict::kUnknown;
    if (is_said) faults.push_back(fmt::format("{}: {}", cell.name, printable(cell.answer.why)));
  }
  const auto add = [&](std::string_view word, const std::vector<std::string>& names) {
    std::vector<NameToFold> rows;
    for (const std::string& name : names) rows.push_back({name, 0});
    const std::vector<FoldedName> folded = fold_names(rows);
    for (std::size_t i = 0; i < std::min(folded.size(), kMostFindings); ++i)
      faults.push_back(fmt::format("{} {}", word, printable(folded[i].text)));
    if (folded.size() > kMostFindings) faults.push_back(fmt::format("{} {} more", word, folded.size() - kMostFindings));
  };
  add("missing:", trip.missing);
  add("of another shape:", trip.mismatched);
  add("without a place:", trip.unexpected);
  return faults;
}

// What changes from one range to the next.
struct Change {
  std::string before, after;  // releases
  std::vector<std::string> lines;
};

std::vector<Change> changes_of(const CompatTable& table) {
  std::vector<Change> changes;
  for (std::size_t i = 1; i < table.ranges.size(); ++i) {
    const ReleaseAnswer &now = answer_of(table, table.ranges[i]), &old = answer_of(table, table.ranges[i - 1]);
    Change change{table.answers[table.ranges[i - 1].last].release, now.release, {}};
    for (std::size_t k = 0; k < kStages; ++k) {
      if (now.stages[k] == old.stages[k]) continue;
      const std::string why = now.stages[k].why.empty() ? "" : ": " + printable(now.stages[k].why);
      change.lines.push_back(fmt::format("{}: {} -> {}{}", name_of(stage_at(k)), word_of(old.stages[k].verdict),
                                         word_of(now.stages[k].verdict), why));
    }
    const auto add = [&](std::string_view word, const std::vector<std::string>& findings) {
      for (std::size_t k = 0; k < std::min(findings.size(), kMostFindings); ++k)
        change.lines.push_back(fmt::format("{} {}", word, printable(findings[k])));
      if (findings.size() > kMostFindings)
        change.lines.push_back(fmt::format("{} {} more", word, findings.size() - kMostFindings));
    };
    add("new:", table.ranges[i].appeared);
    add("gone:", table.ranges[i].disappeared);
    changes.push_back(std::move(change));
  }
  return changes;
}

std::string painted(std::string_view text, Verdict verdict, bool color) {
  if (!color || verdict == Verdict::kNotAsked) return std::string(text);
  const int code = verdict == Verdict::kGood ? 32 : verdict == Verdict::kBad ? 31 : 33;
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

nlohmann::ordered_json json_of_answer(const StageAnswer& answer) {
  nlohmann::ordered_json cell = {{"verdict", word_of(answer.verdict)}};
  if (!answer.why.empty()) cell["why"] = answer.why;
  return cell;
}

std::string text_of_trips(const CompatTable& table, const CompatStyle& style) {
  if (table.round_trips.empty()) return "";
  constexpr std::string_view kHead = "saved with";
  std::size_t widest = kHead.size();
  for (const RoundTrip& trip : table.round_trips) widest = std::max(widest, name_of_trip(trip).size());
  std::string text = fmt::format("\n{:<{}}", kHead, widest + 2);
  const std::vector<TripCell> heads = cells_of(table.round_trips.front());
  for (std::size_t i = 0; i < heads.size(); ++i)
    text += i + 1 < heads.size() ? fmt::format("{:<9}", heads[i].name) : fmt::format("{}\n", heads[i].name);
  for (const RoundTrip& trip : table.round_trips) {
    text += fmt::format("{:<{}}", name_of_trip(trip), widest + 2);
    const std::vector<TripCell> cells = cells_of(trip);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string_view word = word_of(cells[i].answer.verdict);
      text += painted(word, cells[i].answer.verdict, style.color);
      text += i + 1 < cells.size() ? std::string(9 - word.size(), ' ') : "\n";
    }
    for (const std::string& fault : faults_of(trip)) text += "  " + fault + "\n";
  }
  return text;
}

std::string text_of_table(const CompatTable& table, const CompatStyle& style) {
  std::size_t widest = std::string_view("transformers").size();
  for (const ReleaseRange& range : table.ranges)
    widest = std::max(widest, releases_of(table, range).size() + count_of(range).size());
  std::string text = fmt::format("{}\n\n{:<{}}", printable(table.path), "transformers", widest + 2);
  for (std::size_t i = 0; i < kStages; ++i)
    text += i + 1 < kStages ? fmt::format("{:<9}", name_of(stage_at(i))) : fmt::format("{}\n", name_of(stage_at(i)));
  for (const ReleaseRange& range : table.ranges) {
    const ReleaseAnswer& answer = answer_of(table, range);
    text += fmt::format("{:<{}}", releases_of(table, range) + count_of(range), widest + 2);
    for (std::size_t i = 0; i < kStages; ++i) {
      const std::string_view word = word_of(answer.stages[i].verdict);
      text += painted(word, answer.stages[i].verdict, style.color);
      text += i + 1 < kStages ? std::string(9 - word.size(), ' ') : "\n";
    }
    if (const std::string reason = reason_of(answer); !reason.empty()) text += fmt::format("  {}\n", reason);
  }
  text += "\n";
  for (const std::string& sentence : summary_of(table)) text += sentence + "\n";
  for (const Change& change : changes_of(table)) {
    text += fmt::format("\n{} -> {}\n", change.before, change.after);
    for (const std::string& line : change.lines) text += "  " + line + "\n";
  }
  return text + text_of_trips(table, style);
}

// What is written, folded: an object of names and their shape.
nlohmann::ordered_json json_of_stored(const std::vector<SavedTensor>& tensors) {
  std::map<Shape, std::uint64_t> kinds;
  std::vector<NameToFold> rows;
  for (const SavedTensor& tensor : tensors)
    rows.push_back({tensor.name, kinds.emplace(tensor.shape, kinds.size()).first->second});
  nlohmann::ordered_json stored = nlohmann::ordered_json::object();
  for (const FoldedName& folded : fold_names(rows)) stored[folded.text] = tensors[folded.members.front()].shape;
  return stored;
}

// An object a way, with the names of all tensors that do not come through.
nlohmann::ordered_json json_of_trips(const CompatTable& table) {
  nlohmann::ordered_json trips = nlohmann::ordered_json::array();
  for (const RoundTrip& trip : table.round_trips) {
    nlohmann::ordered_json stages = nlohmann::ordered_json::object();
    for (const TripCell& cell : cells_of(trip)) stages[std::string(cell.name)] = json_of_answer(cell.answer);
    trips.push_back({{"saved_by", trip.saved_by},
                     {"loaded_by", trip.loaded_by},
                     {"of", trip.of_weights ? "weights" : "config"},
                     {"works", trip.works()},
                     {"known", trip.is_known()},
                     {"stages", std::move(stages)},
                     {"stored", json_of_stored(trip.stored)},
                     {"missing", trip.missing},
                     {"mismatched", trip.mismatched},
                     {"unexpected", trip.unexpected}});
  }
  return trips;
}

std::string json_of_table(const CompatTable& table, const CompatStyle&) {
  using Json = nlohmann::ordered_json;
  Json releases = Json::array(), ranges = Json::array();
  for (const ReleaseAnswer& answer : table.answers) {
    Json stages = Json::object();
    for (std::size_t i = 0; i < kStages; ++i)
      stages[std::string(name_of(stage_at(i)))] = json_of_answer(answer.stages[i]);
    releases.push_back({{"release", answer.release},
                        {"works", answer.works()},
                        {"known", answer.is_known()},
                        {"stages", std::move(stages)},
                        {"findings", answer.findings}});
  }
  for (const ReleaseRange& range : table.ranges)
    ranges.push_back({{"first", table.answers[range.first].release},
                      {"last", table.answers[range.last].release},
                      {"works", answer_of(table, range).works()},
                      {"appeared", range.appeared},
                      {"disappeared", range.disappeared}});
  Json whole = {{"path", table.path}, {"releases", std::move(releases)}, {"ranges", std::move(ranges)}};
  if (!table.round_trips.empty()) whole["round_trips"] = json_of_trips(table);
  return without_commands(json_lines(whole, 1)) + "\n";
}

// Text in a cell of a Markdown table, or in a list.
std::string as_markdown(const std::string& text) {
  std::string safe;
  for (const char c : without_markup(text)) {
    if (c == '|') safe += '\\';
    safe += c;
  }
  return safe;
}

std::string markdown_cell(const StageAnswer& answer) {
  const std::string_view mark = answer.verdict == Verdict::kBad ? "**" : "";
  return fmt::format(" {}{}{} |", mark, word_of(answer.verdict), mark);
}

std::string markdown_of_trips(const CompatTable& table) {
  if (table.round_trips.empty()) return "";
  std::string text = "\n| saved with |", rule = "|---|";
  for (const TripCell& cell : cells_of(table.round_trips.front())) {
    text += fmt::format(" {} |", cell.name);
    rule += ":-:|";
  }
  text += "\n" + rule + "\n";
  for (const RoundTrip& trip : table.round_trips) {
    text += fmt::format("| {} |", name_of_trip(trip));
    for (const TripCell& cell : cells_of(trip)) text += markdown_cell(cell.answer);
    text += "\n";
  }
  for (const RoundTrip& trip : table.round_trips) {
    const std::vector<std::string> faults = faults_of(trip);
    if (!faults.empty()) text += fmt::format("\n**{}**\n\n", name_of_trip(trip));
    for (const std::string& fault : faults) text += fmt::format("- {}\n", as_markdown(fault));
  }
  return text;
}

std::string markdown_of_table(const CompatTable& table, const CompatStyle&) {
  std::string text = fmt::format("### {}\n\n| transformers |", as_markdown(table.path));
  for (std::size_t i = 0; i < kStages; ++i) text += fmt::format(" {} |", name_of(stage_at(i)));
  text += " |\n|---|";
  for (std::size_t i = 0; i < kStages; ++i) text += ":-:|";
  text += "---|\n";
  for (const ReleaseRange& range : table.ranges) {
    const ReleaseAnswer& answer = answer_of(table, range);
    text += fmt::format("| {}{} |", releases_of(table, range), count_of(range));
    for (const StageAnswer& each : answer.stages) text += markdown_cell(each);
    text += fmt::format(" {} |\n", as_markdown(reason_of(answer)));
  }
  text += "\n";
  for (const std::string& sentence : summary_of(table)) text += fmt::format("- {}\n", as_markdown(sentence));
  for (const Change& change : changes_of(table)) {
    text += fmt::format("\n**{} → {}**\n\n", change.before, change.after);
    for (const std::string& line : change.lines) text += fmt::format("- {}\n", as_markdown(line));
  }
  return text + markdown_of_trips(table);
}

std::string html_cell(std::string_view column, const StageAnswer& answer) {
  constexpr std::array<std::string_view, 4> kClasses = {"none", "good", "bad", "unknown"};
  return fmt::format("<td class=\"{}\" title=\"{}\">{}</td>", kClasses[static_cast<std::size_t>(answer.verdict)],
                     without_markup(fmt::format("{}, {}{}", column, word_of(answer.verdict),
                                                answer.why.empty() ? "" : ": " + answer.why)),
                     word_of(answer.verdict));
}

// A row a question, a column a way.
std::string html_of_trips(const CompatTable& table) {
  if (table.round_trips.empty()) return "";
  std::string text =
      "<h2>Round trip</h2>\n<div class=\"heat\" tabindex=\"0\" role=\"region\" aria-label=\"Round trip\"><table><thead><tr><th scope=\"col\">saved with</th>";
  for (const RoundTrip& trip : table.round_trips)
    text += fmt::format("<th scope=\"col\"><span>{}</span></th>", without_markup(name_of_trip(trip)));
  text += "</tr></thead><tbody>\n";
  const std::vector<TripCell> heads = cells_of(table.round_trips.front());
  for (std::size_t i = 0; i < heads.size(); ++i) {
    text += fmt::format("<tr><th scope=\"row\">{}</th>", heads[i].name);
    for (const RoundTrip& trip : table.round_trips) text += html_cell(name_of_trip(trip), cells_of(trip)[i].answer);
    text += "</tr>\n";
  }
  text += "</tbody></table></div>\n";
  for (const RoundTrip& trip : table.round_trips) {
    const std::vector<std::string> faults = faults_of(trip);
    text += fmt::format("<h3>{}</h3>\n", without_markup(name_of_trip(trip)));
    if (faults.empty()) text += "<p>nothing is lost</p>\n";
    if (!faults.empty()) text += "<ul>\n";
    for (const std::string& fault : faults) text += fmt::format("<li>{}</li>\n", html_text(fault));
    if (!faults.empty()) text += "</ul>\n";
  }
  return text;
}

// A heat map: a row a stage, a column a release.
std::string html_of_table(const CompatTable& table, const CompatStyle&) {
  std::string body = fmt::format("<main>\n<h1>{}</h1>\n", html_text(table.path));
  for (const std::string& sentence : summary_of(table)) body += fmt::format("<p>{}</p>\n", html_text(sentence));
  body +=
      "<div class=\"heat\" tabindex=\"0\" role=\"region\" aria-label=\"Releases\"><table><thead><tr><th scope=\"col\">transformers</th>";
  for (const ReleaseAnswer& answer : table.answers)
    body += fmt::format("<th scope=\"col\"><span>{}</span></th>", without_markup(answer.release));
  body += "</tr></thead><tbody>\n";
  for (std::size_t i = 0; i < kStages; ++i) {
    body += fmt::format("<tr><th scope=\"row\">{}</th>", name_of(stage_at(i)));
    for (const ReleaseAnswer& answer : table.answers) body += html_cell(answer.release, answer.stages[i]);
    body += "</tr>\n";
  }
  body += "</tbody></table></div>\n<h2>What changes</h2>\n";
  const std::string first = reason_of(table.answers.front());
  body += fmt::format("<h3>{}</h3>\n<p>{}</p>\n", without_markup(releases_of(table, table.ranges.front())),
                      first.empty() ? "nothing is wrong" : html_text(first));
  for (const Change& change : changes_of(table)) {
    body += fmt::format("<h3>{} → {}</h3>\n<ul>\n", without_markup(change.before), without_markup(change.after));
    for (const std::string& line : change.lines) body += fmt::format("<li>{}</li>\n", html_text(line));
    body += "</ul>\n";
  }
  body += html_of_trips(table) + "</main>\n";
  return html_page(fmt::format("{} under {}", table.path, counted(table.answers.size(), "release")), body);
}

}  // namespace

std::span<const CompatFormat> compat_formats() {
  static constexpr std::array kFormats = {
      CompatFormat{"text", "a line a range of releases that answer alike, and what changes between them",
                   text_of_table},
      CompatFormat{"json", "an object with a row a release", json_of_table},
      CompatFormat{"markdown", "the table for a comment", markdown_of_table},
      CompatFormat{"html", "a page with a heat map", html_of_table}};
  return kFormats;
}

}  // namespace ckptlint
