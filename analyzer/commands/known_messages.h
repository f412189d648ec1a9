// The messages of the libraries that `explain` knows, as a table: what each looks like and what it is about.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace ckptlint {

// How a message lists the tensors that it is about.
enum class Listing : std::uint8_t {
  kNothing,
  kCommas,        // after the phrase: a.b, c.d
  kQuoted,        // after the phrase: ['a.b', "c.d"]
  kQuotedInside,  // the same, and the first quote is one of the phrase
  kOne,           // after the phrase: a.b and then something else
  kBetween,       // what stands for the `*`, which has to be a name
  kBefore,        // a.b stands before the phrase
  kTableRows,     // a.b | PHRASE | in a line each
};

// Where no file decides: what does, a phrase that goes on after "that is decided by", and what to try, sentences; and
// the rules that decide it all the same where a pipeline makes the call, a blank between.
struct Elsewhere {
  std::string_view decided_by;
  std::string_view remedy;
  std::string_view rules_of_pipelines = "";
};

struct KnownMessage {
  std::string_view phrase;  // compared without white space; `*` stands for a few words
  Listing listing;
  std::string_view rules;    // the rule, then what else it can be, a blank between; empty where no file decides
  std::string_view meaning;  // what happened, one sentence without final stop
  const Elsewhere* elsewhere = nullptr;  // where `rules` is empty
};

// Meanings of messages in more than one table.
constexpr std::string_view kUnreadable = "the file is damaged, cut short, or of another format than its name says";
constexpr std::string_view kShardGone = "a shard of the weights is not there";

// Three tables.  In one, a message that begins like another and says more stands before it.  Looked for in this order:
std::span<const KnownMessage> undecided_messages();  // of which no file decides
std::span<const KnownMessage> known_messages();      // that belong to rules
std::span<const KnownMessage> vague_messages();      // that count only where no other was found

}  // namespace ckptlint
