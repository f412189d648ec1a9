// Reads the lists of tensors that error messages end in, begin with or have in their rows.
#include "commands/listed_tensors.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>

namespace ckptlint {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f'; }

namespace {

constexpr std::size_t kMostTensors = 10'000;
constexpr std::size_t kMostName = 500;  // characters of a tensor's name, or up to the list of them

bool is_name(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || c == '_' || c == '.' || c == '-' || byte >= 0x80;
}

void add(std::vector<std::string>& names, std::string name) {
  while (name.ends_with('.')) name.pop_back();
  if (!name.empty() && names.size() < kMostTensors) names.push_back(std::move(name));
}

// Whether the line that begins at `at` goes on with a list of names: nothing but names and commas in it.
bool continues_list(std::string_view text, std::size_t at) {
  const std::string_view line = text.substr(at, std::min(text.find('\n', at), text.size()) - at);
  bool in_word = false;
  bool after_word = false;
  for (const char c : line) {
    if (c == ',') {
      in_word = after_word = false;
    } else if (is_blank(c)) {
      after_word |= in_word;
      in_word = false;
    } else if (!is_name(c) || after_word) {
      return false;
    } else {
      in_word = true;
    }
  }
  return std::any_of(line.begin(), line.end(), is_name);
}

std::vector<std::string> comma_list(std::string_view text, std::size_t at) {
  std::vector<std::string> names;
  std::string name;
  bool expects_name = true;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == ',') {
      add(names, std::move(name));
      name.clear();
      expects_name = true;
    } else if (is_name(c)) {
      if (!expects_name && name.empty()) break;
      name += c;
    } else if (c == '\n') {
      if (!expects_name || !name.empty()) {
        if (!continues_list(text, at + 1)) break;  // else the terminal wrapped, perhaps inside a name
      }
    } else if (is_blank(c)) {
      if (!name.empty()) {
        // Blanks at the end of a line, or an indented continuation; otherwise the sentence goes on.
        const std::size_t next = text.find_first_not_of(" \t\r", at);
        if (next == std::string_view::npos || (text[next] != '\n' && text[next] != ',' && text[at - 1] != '\n')) break;
      }
    } else if (c != '\'' && c != '"' && c != '[' && c != '`') {
      break;
    }
    if (!name.empty()) expects_name = false;
  }
  add(names, std::move(name));
  return names;
}

std::vector<std::string> quoted_list(std::string_view text, std::size_t at) {
  std::vector<std::string> names;
  // Up to the list: "... when initializing Model: ['a', ...".
  const std::size_t first = text.substr(at, kMostName).find_first_of("'\"");
  if (first == std::string_view::npos) return names;
  for (at += first; at < text.size();) {
    const std::size_t length = text.substr(at + 1, kMostName).find(text[at]);
    if (length == std::string_view::npos) break;
    // diffusers quotes them all at once: ['a, b'].
    std::string quoted = without_blanks(text.substr(at + 1, length));
    if (!std::all_of(quoted.begin(), quoted.end(), [](char c) { return is_name(c) || c == ','; })) break;
    for (std::size_t begin = 0; begin <= quoted.size();) {
      const std::size_t end = std::min(quoted.find(',', begin), quoted.size());
      add(names, quoted.substr(begin, end - begin));
      begin = end + 1;
    }
    at += length + 2;
    while (at < text.size() && (is_blank(text[at]) || text[at] == ',')) ++at;
    if (at >= text.size() || (text[at] != '\'' && text[at] != '"')) break;
  }
  return names;
}

std::vector<std::string> one_after(std::string_view text, std::size_t at) {
  std::vector<std::string> names;
  std::string name;
  while (at < text.size() && is_blank(text[at])) ++at;
  for (; at < text.size() && is_name(text[at]) && name.size() < kMostName; ++at) name += text[at];
  add(names, std::move(name));
  return names;
}

std::vector<std::string> one_before(std::string_view text, std::size_t at) {
  std::vector<std::string> names;
  while (at > 0 && is_blank(text[at - 1])) --at;
  const std::size_t end = at;
  while (at > 0 && is_name(text[at - 1]) && end - at < kMostName) --at;
  add(names, std::string(text.substr(at, end - at)));
  return names;
}

// "model.layers.{0, 1}.x" stays folded, as the report writes it.
std::vector<std::string> row_before(std::string_view text, std::size_t at) {
  std::string_view line = text.substr(0, at);
  if (line.size() > kMostName) line.remove_prefix(line.size() - kMostName);
  const std::size_t before = line.find_last_of("|\n");
  if (before != std::string_view::npos && line[before] == '|') return {};  // the cell is not the first of its row
  std::vector<std::string> names;
  add(names, without_blanks(line.substr(before + 1)));
  return names;
}

}  // namespace

bool is_tensor_name(std::string_view text) { return std::all_of(text.begin(), text.end(), is_name); }

std::string without_blanks(std::string_view text) {
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out), [](char c) { return !is_blank(c); });
  return out;
}

std::vector<std::string> listed_tensors(std::string_view text, Listing listing, const PhrasePlace& place) {
  switch (listing) {
    case Listing::kNothing:
      return {};
    case Listing::kCommas:
      return comma_list(text, place.end);
    case Listing::kQuoted:
      return quoted_list(text, place.end);
    case Listing::kQuotedInside:
      return quoted_list(text, place.begin);
    case Listing::kOne:
      return one_after(text, place.end);
    case Listing::kBetween:
      return {std::string(place.between)};
    case Listing::kBefore:
      return one_before(text, place.begin);
    case Listing::kTableRows:
      return row_before(text, place.begin);
  }
  return {};
}

}  // namespace ckptlint
