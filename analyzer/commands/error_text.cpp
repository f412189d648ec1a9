// Recognises messages of the libraries in pasted text, however it was wrapped, and names the rule that each belongs to.
#include "commands/error_text.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <cctype>
#include <cstdint>
#include <iterator>
#include <optional>
#include <unordered_set>
#include <utility>

namespace ckptlint {
namespace {

constexpr std::size_t kMostText = 1u << 20;
constexpr std::size_t kMostTensors = 10'000;
constexpr std::size_t kMostName = 500;      // characters of a tensor's name, or up to the list of them
constexpr std::size_t kMostWildcard = 200;  // characters that the `*` of a phrase stands for

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f'; }

bool is_name(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || c == '_' || c == '.' || c == '-' || byte >= 0x80;
}

// Without escape sequences of terminals and other control characters; line breaks stay.
std::string plain(std::string_view text) {
  std::string out;
  text = text.substr(0, kMostText);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b' && i + 1 < text.size() && text[i + 1] == '[') {
      i += 2;
      while (i < text.size() && (text[i] < '@' || text[i] > '~')) ++i;
    } else if (static_cast<unsigned char>(text[i]) >= 0x20 || is_blank(text[i])) {
      out += text[i];
    }
  }
  return out;
}

std::string without_blanks(std::string_view text) {
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out), [](char c) { return !is_blank(c); });
  return out;
}

// A text beside what it is without white space, in which phrases are looked for.
class SearchedText {
 public:
  explicit SearchedText(std::string text) : text_(std::move(text)), dense_(without_blanks(text_)) {
    where_.reserve(dense_.size() + 1);
    for (std::size_t i = 0; i < text_.size(); ++i)
      if (!is_blank(text_[i])) where_.push_back(static_cast<std::uint32_t>(i));
    for (std::size_t i = 0; i + 3 <= dense_.size(); ++i) triples_.set(triple_at(dense_, i));
  }

  // Where a phrase stands; positions in text(), but for `dense`.
  struct Place {
    std::size_t begin, end;
    std::size_t dense;         // where it begins in the text without white space
    std::string_view between;  // what the `*` stands for, without white space
  };
  // The first at or after `from`, a position without white space.
  std::optional<Place> find(std::string_view phrase, std::size_t from) const {
    const std::size_t star = phrase.find('*');
    const std::string head = without_blanks(phrase.substr(0, star));
    const std::string tail = star == std::string_view::npos ? "" : without_blanks(phrase.substr(star + 1));
    if (!can_contain(head)) return std::nullopt;
    for (std::size_t at = dense_.find(head, from); at != std::string::npos; at = dense_.find(head, at + 1)) {
      const std::size_t end = at + head.size();
      const std::string_view rest = std::string_view(dense_).substr(end, kMostWildcard + tail.size());
      const std::size_t skipped = rest.find(tail);
      if (skipped == std::string_view::npos) continue;
      return Place{where_[at], where_[end + skipped + tail.size() - 1] + 1, at, rest.substr(0, skipped)};
    }
    return std::nullopt;
  }

  std::string_view text() const { return text_; }

 private:
  static std::size_t triple_at(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(text[at + i])); };
    return (byte(0) * 961 + byte(1) * 31 + byte(2)) % kTriples;
  }
  // Rules most phrases out without a look at the text, which matters where it is one letter over and over.
  bool can_contain(std::string_view phrase) const {
    for (std::size_t i = 0; i + 3 <= phrase.size(); ++i)
      if (!triples_[triple_at(phrase, i)]) return false;
    return true;
  }

  static constexpr std::size_t kTriples = 1u << 16;
  std::string text_;
  std::string dense_;
  std::vector<std::uint32_t> where_;  // in text_, of each character of dense_
  std::bitset<kTriples> triples_;     // of characters that follow each other in dense_
};

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

std::vector<std::string> tensors_of(std::string_view text, Listing listing, const SearchedText::Place& place) {
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

// What a message means, of one tensor or as a whole: the rule first, then others that it can belong to.
struct Reading {
  std::vector<std::string_view> rules;
  std::string_view meaning;
};

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

Reading reading_of(const KnownMessage& message, std::string_view tensor) {
  Reading reading{words_of(message.rules), message.meaning};
  if (tensor.empty() || reading.rules.empty()) return reading;
  const std::string_view rule = reading.rules.front();
  const bool about_keys = rule == "missing-keys" || rule == "unexpected-keys" || rule == "mismatched-shapes";
  constexpr std::array kWrappers = {"state_dict", "model_state_dict", "model", "module"};
  if (about_keys && tensor.starts_with("base_model.model."))
    return {{"unmatched-adapter"}, "these tensors of the adapter do not fit its base model"};
  if (rule == "unexpected-keys" && std::find(kWrappers.begin(), kWrappers.end(), tensor) != kWrappers.end())
    return {{"nested-state-dict"}, "the checkpoint keeps its tensors under a key, where they were not looked for"};
  if (rule == "unplaceable-buffer") {
    // A tensor of the root or of the base model has at most one module before its name.
    const bool top_level = std::count(tensor.begin(), tensor.end(), '.') <= 1;
    std::erase(reading.rules, top_level ? "unplaceable-buffer" : "unplaceable-top-level-tensor");
  }
  return reading;
}

std::string on_one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (!is_blank(c))
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  return out;
}

// What was found so far: an entry for each rule, and for each thing that decides instead of a file.
class Findings {
 public:
  // `found` are the words of the message in the text.
  void add(const KnownMessage& message, std::string_view found, const std::string& tensor) {
    const Reading reading = reading_of(message, tensor);
    const std::string_view rule = reading.rules.empty() ? "" : reading.rules.front();
    std::size_t at = 0;
    while (at < entries_.size() && !same(entries_[at], message, rule)) ++at;
    if (at == entries_.size()) {
      entries_.push_back({rule, {}, &message, on_one_line(found), reading.meaning, {}});
      seen_.emplace_back();
    }
    RecognisedError& entry = entries_[at];
    for (std::size_t i = 1; i < reading.rules.size(); ++i)
      if (std::find(entry.also.begin(), entry.also.end(), reading.rules[i]) == entry.also.end())
        entry.also.push_back(reading.rules[i]);
    if (!tensor.empty() && entry.tensors.size() < kMostTensors && seen_[at].insert(tensor).second)
      entry.tensors.push_back(tensor);
  }

  bool empty() const { return entries_.empty(); }

  // Rules first.  What has an entry of its own is no second thought of another.
  std::vector<RecognisedError> take() {
    std::stable_partition(entries_.begin(), entries_.end(), [](const auto& entry) { return !entry.rule.empty(); });
    for (RecognisedError& entry : entries_)
      std::erase_if(entry.also, [this](std::string_view rule) {
        return std::any_of(entries_.begin(), entries_.end(), [&](const auto& other) { return other.rule == rule; });
      });
    return std::move(entries_);
  }

 private:
  static bool same(const RecognisedError& entry, const KnownMessage& message, std::string_view rule) {
    return entry.rule == rule &&
           (!rule.empty() || (entry.message->elsewhere == message.elsewhere && entry.meaning == message.meaning));
  }

  std::vector<RecognisedError> entries_;
  std::vector<std::unordered_set<std::string>> seen_;  // tensors, of each entry
};

// Adds what is found in `searched` of `messages`; `taken` are the places where a message begins that says more.
void look_for(std::span<const KnownMessage> messages, const SearchedText& searched,
              std::unordered_set<std::size_t>& taken, Findings& findings) {
  for (const KnownMessage& message : messages) {
    const bool has_name = message.listing == Listing::kBetween || message.listing == Listing::kQuotedInside;
    for (auto place = searched.find(message.phrase, 0); place;
         place = searched.find(message.phrase, place->dense + 1)) {
      if (has_name && !std::all_of(place->between.begin(), place->between.end(), is_name)) continue;
      if (!taken.insert(place->dense).second) continue;
      const std::vector<std::string> tensors = tensors_of(searched.text(), message.listing, *place);
      const std::string_view found = searched.text().substr(place->begin, place->end - place->begin);
      if (tensors.empty()) findings.add(message, found, "");
      for (const std::string& tensor : tensors) findings.add(message, found, tensor);
    }
  }
}

}  // namespace

std::vector<RecognisedError> recognise_errors(std::string_view pasted) {
  const SearchedText searched(plain(pasted));
  Findings findings;
  std::unordered_set<std::size_t> taken;
  look_for(undecided_messages(), searched, taken, findings);
  look_for(known_messages(), searched, taken, findings);
  if (findings.empty()) look_for(vague_messages(), searched, taken, findings);
  return findings.take();
}

}  // namespace ckptlint
