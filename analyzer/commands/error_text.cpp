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

#include "commands/listed_tensors.h"

namespace ckptlint {
namespace {

constexpr std::size_t kMostText = 1u << 20;
constexpr std::size_t kMostTensorsOfMessage = 10'000;
constexpr std::size_t kMostWildcard = 200;  // characters that the `*` of a phrase stands for

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

// A text beside what it is without white space, in which phrases are looked for.
class SearchedText {
 public:
  explicit SearchedText(std::string text) : text_(std::move(text)), dense_(without_blanks(text_)) {
    where_.reserve(dense_.size() + 1);
    for (std::size_t i = 0; i < text_.size(); ++i)
      if (!is_blank(text_[i])) where_.push_back(static_cast<std::uint32_t>(i));
    for (std::size_t i = 0; i + 3 <= dense_.size(); ++i) triples_.set(triple_at(dense_, i));
  }

  struct Place : PhrasePlace {
    std::size_t dense;  // where it begins in the text without white space
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
      return Place{{where_[at], where_[end + skipped + tail.size() - 1] + 1, rest.substr(0, skipped)}, at};
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
class FoundMessages {
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
    std::vector<std::string_view> others = reading.rules;
    if (!others.empty()) others.erase(others.begin());
    if (message.elsewhere != nullptr) others = words_of(message.elsewhere->rules_of_pipelines);
    for (const std::string_view other : others)
      if (std::find(entry.also.begin(), entry.also.end(), other) == entry.also.end()) entry.also.push_back(other);
    if (!tensor.empty() && entry.tensors.size() < kMostTensorsOfMessage && seen_[at].insert(tensor).second)
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
              std::unordered_set<std::size_t>& taken, FoundMessages& findings) {
  for (const KnownMessage& message : messages) {
    const bool has_name = message.listing == Listing::kBetween || message.listing == Listing::kQuotedInside;
    for (auto place = searched.find(message.phrase, 0); place;
         place = searched.find(message.phrase, place->dense + 1)) {
      if (has_name && !is_tensor_name(place->between)) continue;
      if (!taken.insert(place->dense).second) continue;
      const std::vector<std::string> tensors = listed_tensors(searched.text(), message.listing, *place);
      const std::string_view found = searched.text().substr(place->begin, place->end - place->begin);
      if (tensors.empty()) findings.add(message, found, "");
      for (const std::string& tensor : tensors) findings.add(message, found, tensor);
    }
  }
}

}  // namespace

std::vector<RecognisedError> recognise_errors(std::string_view pasted) {
  const SearchedText searched(plain(pasted));
  FoundMessages findings;
  std::unordered_set<std::size_t> taken;
  look_for(undecided_messages(), searched, taken, findings);
  look_for(known_messages(), searched, taken, findings);
  if (findings.empty()) look_for(vague_messages(), searched, taken, findings);
  return findings.take();
}

}  // namespace ckptlint
