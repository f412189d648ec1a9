// Recognises messages of accelerate, transformers, torch and safetensors in pasted text, however it was wrapped, and
// names the rule that each belongs to.
#include "commands/error_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace ckptlint {
namespace {

constexpr std::size_t kMostText = 1u << 20;
constexpr std::size_t kMostTensors = 10'000;

// How a message lists what it is about, after its phrase.
enum class Listing : std::uint8_t {
  kNothing,
  kCommas,     // a.b, c.d
  kQuoted,     // ['a.b', "c.d"]
  kOne,        // a.b and then something else
  kBefore,     // a.b stands before the phrase
  kTableRows,  // a.b | PHRASE | in a line each
};

struct Message {
  std::string_view phrase;  // compared without white space
  Listing listing;
  std::string_view rule;
  std::string_view meaning;
};

constexpr std::string_view kNoDevice = "the finished device map names no device for these tensors of the state dict";
constexpr std::string_view kUnexpected = "these stored tensors were not loaded: the model expects no such names";
constexpr std::string_view kMissing =
    "these tensors are not in the checkpoint: they start from random or constant values";
constexpr std::string_view kMismatched = "these tensors are stored in another shape than the model expects";
constexpr std::string_view kUnreadable = "the file is not a safetensors file, or not all of one";

// An empty rule: which of the placement rules it is depends on the tensor.
constexpr std::array kMessages = {
    Message{"does not give any device for the following parameters:", Listing::kCommas, "", kNoDevice},
    Message{"`device_map` does not contain the module ", Listing::kOne, "", kNoDevice},
    Message{"doesn't have any device set.", Listing::kBefore, "", kNoDevice},
    Message{"| UNEXPECTED", Listing::kTableRows, "unexpected-keys", kUnexpected},
    Message{"| MISSING", Listing::kTableRows, "missing-keys", kMissing},
    Message{"| MISMATCH", Listing::kTableRows, "mismatched-shapes", kMismatched},
    Message{"were not used when initializing", Listing::kQuoted, "unexpected-keys", kUnexpected},
    Message{"and are newly initialized:", Listing::kQuoted, "missing-keys", kMissing},
    Message{"Unexpected key(s) in state_dict:", Listing::kQuoted, "unexpected-keys", kUnexpected},
    Message{"Missing key(s) in state_dict:", Listing::kQuoted, "missing-keys", kMissing},
    Message{"size mismatch for ", Listing::kOne, "mismatched-shapes", kMismatched},
    Message{"You set `ignore_mismatched_sizes` to `False`", Listing::kNothing, "mismatched-shapes", kMismatched},
    Message{"is on the meta device, we need a `value` to put in on", Listing::kBefore, "missing-keys", kMissing},
    Message{"Error while deserializing header", Listing::kNothing, "unreadable-weights", kUnreadable},
};

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

// Where `phrase` ends in `text` from `from` on, white space not counted on either side; its begin too.
struct Place {
  std::size_t begin, end;
};
std::optional<Place> find_phrase(std::string_view text, std::string_view phrase, std::size_t from) {
  for (std::size_t begin = from; begin < text.size(); ++begin) {
    if (text[begin] != phrase.front()) continue;
    std::size_t at = begin;
    std::size_t matched = 0;
    while (matched < phrase.size() && at < text.size()) {
      if (is_blank(phrase[matched]))
        ++matched;
      else if (is_blank(text[at]))
        ++at;
      else if (text[at] == phrase[matched])
        ++at, ++matched;
      else
        break;
    }
    if (matched == phrase.size()) return Place{begin, at};
  }
  return std::nullopt;
}

void add(std::vector<std::string>& names, std::string name) {
  while (name.ends_with('.')) name.pop_back();
  if (name.empty() || names.size() >= kMostTensors || std::find(names.begin(), names.end(), name) != names.end())
    return;
  names.push_back(std::move(name));
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
  const std::size_t first = text.find_first_of("'\"", at);
  for (at = first; at < text.size();) {
    const char quote = text[at];
    const std::size_t end = text.find(quote, at + 1);
    if (end == std::string_view::npos) break;
    std::string name;
    std::copy_if(text.begin() + static_cast<std::ptrdiff_t>(at) + 1, text.begin() + static_cast<std::ptrdiff_t>(end),
                 std::back_inserter(name), [](char c) { return !is_blank(c); });
    if (!std::all_of(name.begin(), name.end(), is_name)) break;
    add(names, std::move(name));
    at = end + 1;
    while (at < text.size() && (is_blank(text[at]) || text[at] == ',')) ++at;
    if (at >= text.size() || (text[at] != '\'' && text[at] != '"')) break;
  }
  return names;
}

std::vector<std::string> one_after(std::string_view text, std::size_t at) {
  std::vector<std::string> names;
  std::string name;
  while (at < text.size() && is_blank(text[at])) ++at;
  for (; at < text.size() && is_name(text[at]); ++at) name += text[at];
  add(names, std::move(name));
  return names;
}

std::vector<std::string> one_before(std::string_view text, std::size_t at) {
  std::vector<std::string> names;
  while (at > 0 && is_blank(text[at - 1])) --at;
  const std::size_t end = at;
  while (at > 0 && is_name(text[at - 1])) --at;
  add(names, std::string(text.substr(at, end - at)));
  return names;
}

// "model.layers.{0, 1}.x" stays folded, as the report writes it.
std::vector<std::string> row_before(std::string_view text, std::size_t at) {
  const std::size_t line = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  std::string name(
      text.substr(line == std::string_view::npos ? 0 : line + 1, at - (line == std::string_view::npos ? 0 : line + 1)));
  name.erase(std::remove_if(name.begin(), name.end(), is_blank), name.end());
  return name.find('|') == std::string::npos && !name.empty() ? std::vector<std::string>{name}
                                                              : std::vector<std::string>{};
}

std::vector<std::string> tensors_of(std::string_view text, const Message& message, Place place) {
  switch (message.listing) {
    case Listing::kNothing:
      return {};
    case Listing::kCommas:
      return comma_list(text, place.end);
    case Listing::kQuoted:
      return quoted_list(text, place.end);
    case Listing::kOne:
      return one_after(text, place.end);
    case Listing::kBefore:
      return one_before(text, place.begin);
    case Listing::kTableRows:
      return row_before(text, place.begin);
  }
  return {};
}

// A tensor of the root or of the base model has at most one module before its name.
std::string_view placement_rule(const std::string& tensor) {
  return std::count(tensor.begin(), tensor.end(), '.') <= 1 ? "unplaceable-top-level-tensor" : "unplaceable-buffer";
}

RecognisedError& entry_for(std::vector<RecognisedError>& found, std::string_view rule, std::string_view meaning) {
  const auto known =
      std::find_if(found.begin(), found.end(), [&](const RecognisedError& each) { return each.rule == rule; });
  if (known != found.end()) return *known;
  return found.emplace_back(RecognisedError{rule, meaning, {}});
}

}  // namespace

std::vector<RecognisedError> recognise_errors(std::string_view pasted) {
  const std::string text = plain(pasted);
  std::vector<RecognisedError> found;
  for (const Message& message : kMessages) {
    for (auto place = find_phrase(text, message.phrase, 0); place;
         place = find_phrase(text, message.phrase, place->end)) {
      const std::vector<std::string> tensors = tensors_of(text, message, *place);
      if (tensors.empty())
        entry_for(found, message.rule.empty() ? "unplaceable-buffer" : message.rule, message.meaning);
      for (const std::string& tensor : tensors) {
        add(entry_for(found, message.rule.empty() ? placement_rule(tensor) : message.rule, message.meaning).tensors,
            tensor);
      }
    }
  }
  return found;
}

}  // namespace ckptlint
