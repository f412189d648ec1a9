// Applies edits to a text, finds the edits between two texts (by Myers' greedy algorithm on lines), and shows them as
// a unified diff.
#include "base/text_edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace ckptlint {
namespace {

constexpr std::size_t kAround = 3;  // unchanged lines shown around a change

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::size_t length = end == std::string_view::npos ? text.size() : end + 1;
    lines.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return lines;
}

// A run of lines: kept in both, or replaced.  Ranges are half-open line numbers from 0.
struct Change {
  std::size_t before_begin, before_end, after_begin, after_end;
};

using Lines = std::vector<std::string_view>;

// What an edit script of fewest lines replaces (Myers, greedy).  The search is cut off at kMostSteps differing lines; a
// larger difference is given as one replaced block.
std::vector<Change> changes_between(const Lines& before, const Lines& after) {
  constexpr std::ptrdiff_t kMostSteps = 500;
  const auto n = static_cast<std::ptrdiff_t>(before.size());
  const auto m = static_cast<std::ptrdiff_t>(after.size());
  const std::ptrdiff_t most = std::min(n + m, kMostSteps);
  std::vector<std::vector<std::ptrdiff_t>> history;  // furthest x for each diagonal, step by step
  std::vector<std::ptrdiff_t> furthest(static_cast<std::size_t>(2 * most + 3), 0);
  const auto at = [&](std::ptrdiff_t k) { return static_cast<std::size_t>(k + most + 1); };
  std::ptrdiff_t steps = 0;
  bool found = false;
  for (; steps <= most && !found; ++steps) {
    history.push_back(furthest);
    for (std::ptrdiff_t k = -steps; k <= steps && !found; k += 2) {
      const bool down = k == -steps || (k != steps && furthest[at(k - 1)] < furthest[at(k + 1)]);
      std::ptrdiff_t x = down ? furthest[at(k + 1)] : furthest[at(k - 1)] + 1;
      std::ptrdiff_t y = x - k;
      while (x < n && y < m && before[static_cast<std::size_t>(x)] == after[static_cast<std::size_t>(y)]) ++x, ++y;
      furthest[at(k)] = x;
      found = x >= n && y >= m;
    }
  }
  if (!found) return {{0, before.size(), 0, after.size()}};

  // Backwards from the end: each step is one line taken away or put in, then lines kept.
  std::vector<Change> changes;
  std::ptrdiff_t x = n;
  std::ptrdiff_t y = m;
  for (std::ptrdiff_t d = steps - 1; d > 0; --d) {
    const std::vector<std::ptrdiff_t>& reached = history[static_cast<std::size_t>(d)];
    const std::ptrdiff_t k = x - y;
    const bool down = k == -d || (k != d && reached[at(k - 1)] < reached[at(k + 1)]);
    const std::ptrdiff_t from_k = down ? k + 1 : k - 1;
    const std::ptrdiff_t from_x = reached[at(from_k)];
    const std::ptrdiff_t from_y = from_x - from_k;
    const Change step{static_cast<std::size_t>(from_x), static_cast<std::size_t>(from_x + (down ? 0 : 1)),
                      static_cast<std::size_t>(from_y), static_cast<std::size_t>(from_y + (down ? 1 : 0))};
    if (!changes.empty() && changes.back().before_begin == step.before_end &&
        changes.back().after_begin == step.after_end) {
      changes.back().before_begin = step.before_begin;
      changes.back().after_begin = step.after_begin;
    } else {
      changes.push_back(step);
    }
    x = from_x;
    y = from_y;
  }
  std::reverse(changes.begin(), changes.end());
  return changes;
}

void append_line(std::string& out, char mark, std::string_view line) {
  out += mark;
  out += line;
  if (!line.ends_with('\n')) out += "\n\\ No newline at end of file\n";
}

std::string range_of(std::size_t begin, std::size_t end) {
  const std::size_t count = end - begin;
  if (count == 1) return fmt::format("{}", begin + 1);
  return fmt::format("{},{}", count == 0 ? begin : begin + 1, count);
}

// The changes [first, last) with the lines around them, as one hunk.
void append_hunk(std::string& out, const Lines& before, const Lines& after, const Change* first, const Change* last) {
  const std::size_t lead = std::min(kAround, first->before_begin);
  const std::size_t trail = std::min(kAround, before.size() - (last - 1)->before_end);
  out += fmt::format("@@ -{} +{} @@\n", range_of(first->before_begin - lead, (last - 1)->before_end + trail),
                     range_of(first->after_begin - lead, (last - 1)->after_end + trail));
  std::size_t line = first->before_begin - lead;
  for (const Change* change = first; change != last; ++change) {
    for (; line < change->before_begin; ++line) append_line(out, ' ', before[line]);
    for (; line < change->before_end; ++line) append_line(out, '-', before[line]);
    for (std::size_t i = change->after_begin; i < change->after_end; ++i) append_line(out, '+', after[i]);
  }
  for (const std::size_t end = line + trail; line < end; ++line) append_line(out, ' ', before[line]);
}

}  // namespace

std::size_t offset_at(std::string_view text, std::uint32_t line, std::uint32_t column) {
  std::size_t offset = 0;
  for (std::uint32_t i = 1; i < line; ++i) {
    const std::size_t end = text.find('\n', offset);
    if (end == std::string_view::npos) return text.size();
    offset = end + 1;
  }
  const std::size_t end = std::min(text.find('\n', offset), text.size());
  return std::min(offset + (column == 0 ? 0 : column - 1), end);
}

Result<std::string> apply_edits(std::string_view text, std::vector<Edit> edits) {
  std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.begin < b.begin; });
  std::string out;
  std::size_t done = 0;
  for (const Edit& edit : edits) {
    if (edit.begin > edit.end || edit.end > text.size()) return Error{"an edit lies outside the file"};
    if (edit.begin < done) return Error{"two edits overlap"};
    out += text.substr(done, edit.begin - done);
    out += edit.text;
    done = edit.end;
  }
  out += text.substr(done);
  return out;
}

std::vector<Edit> edits_between(std::string_view before, std::string_view after, FileId file) {
  const Lines old_lines = lines_of(before);
  const Lines new_lines = lines_of(after);
  std::vector<Edit> edits;
  if (before == after) return edits;
  const auto offset = [&](const Lines& lines, std::string_view text, std::size_t line) {
    return line == lines.size() ? text.size() : static_cast<std::size_t>(lines[line].data() - text.data());
  };
  for (const Change& change : changes_between(old_lines, new_lines)) {
    const std::size_t begin = offset(new_lines, after, change.after_begin);
    const std::size_t end = offset(new_lines, after, change.after_end);
    edits.push_back({file, offset(old_lines, before, change.before_begin), offset(old_lines, before, change.before_end),
                     std::string(after.substr(begin, end - begin))});
  }
  return edits;
}

std::string unified_diff(std::string_view path, std::string_view before, std::string_view after) {
  const Lines old_lines = lines_of(before);
  const Lines new_lines = lines_of(after);
  const std::vector<Change> changes = changes_between(old_lines, new_lines);
  if (changes.empty() || before == after) return "";
  std::string out = fmt::format("--- a/{}\n+++ b/{}\n", path, path);
  const Change* end = changes.data() + changes.size();
  for (const Change* first = changes.data(); first != end;) {
    const Change* last = first + 1;
    while (last != end && last->before_begin - (last - 1)->before_end <= 2 * kAround) ++last;
    append_hunk(out, old_lines, new_lines, first, last);
    first = last;
  }
  return out;
}

}  // namespace ckptlint
