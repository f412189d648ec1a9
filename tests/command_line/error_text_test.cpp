// Error messages in pasted text: fixtures/explain/texts.txt as the libraries print it, and what recognition has to
// stand.
#include "commands/error_text.h"

#include <chrono>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "catch.h"
#include "ckptlint/rule.h"
#include "golden.h"

namespace ckptlint {
namespace {

struct PrintedText {
  std::string library;          // and its version
  std::set<std::string> rules;  // all that are named
  std::string decided_by;       // "" where only rules are
  std::string text;
};

std::vector<PrintedText> printed_texts() {
  std::vector<PrintedText> texts;
  std::istringstream lines(test::fixture_text("explain/texts.txt"));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("--- ")) {
      if (!texts.empty()) texts.back().text += line + "\n";
      continue;
    }
    const std::size_t colon = line.find(": ");
    REQUIRE(colon != std::string::npos);
    PrintedText& entry = texts.emplace_back();
    entry.library = line.substr(4, colon - 4);
    std::istringstream words(line.substr(colon + 2));
    for (std::string word; words >> word && word != "-";) entry.rules.insert(word);
    if (std::getline(words, entry.decided_by) && !entry.decided_by.empty()) entry.decided_by.erase(0, 1);
  }
  return texts;
}

TEST_CASE("Every text that a library prints leads to its rules, or to what decides it") {
  const std::vector<PrintedText> texts = printed_texts();
  CHECK(texts.size() >= 80);
  for (const PrintedText& entry : texts) {
    INFO(entry.library << ": " << entry.text);
    std::set<std::string> rules;
    std::string decided_by;
    for (const RecognisedError& error : recognise_errors(entry.text)) {
      CHECK(!error.meaning.empty());
      if (error.rule.empty())
        decided_by = error.message->elsewhere->decided_by;
      else
        rules.insert(std::string(error.rule));
      rules.insert(error.also.begin(), error.also.end());
    }
    CHECK(rules == entry.rules);
    CHECK(decided_by == entry.decided_by);
    for (const std::string& rule : rules) CHECK(find_rule(rule) != nullptr);
  }
}

TEST_CASE("Every message of the table has rules that exist, or says what decides instead") {
  std::vector<KnownMessage> messages;
  for (const auto table : {undecided_messages(), known_messages(), vague_messages()})
    messages.insert(messages.end(), table.begin(), table.end());
  for (const KnownMessage& message : messages) {
    INFO(message.phrase);
    CHECK(message.rules.empty() == (message.elsewhere != nullptr));
    CHECK(!message.meaning.ends_with('.'));
    const std::string_view of_pipelines = message.elsewhere == nullptr ? "" : message.elsewhere->rules_of_pipelines;
    std::istringstream words{std::string(message.rules) + " " + std::string(of_pipelines)};
    for (std::string rule; words >> rule;) CHECK(find_rule(rule) != nullptr);
  }
}

std::vector<std::string> tensors_of(const std::string& text) {
  const std::vector<RecognisedError> errors = recognise_errors(text);
  REQUIRE(errors.size() == 1);
  return errors.front().tensors;
}

TEST_CASE("The tensors that a message lists are named, however the terminal wrapped them") {
  using Names = std::vector<std::string>;
  CHECK(tensors_of("for the following weights\nMissing key(s) in\n state_dict: \"a.b\", \"a.\n c\". ") ==
        Names{"a.b", "a.c"});
  CHECK(tensors_of("... were not used when initializing X: \n ['a.x, a.y', 'b']") == Names{"a.x", "a.y", "b"});
  CHECK(tensors_of("size mismatch for a.w: copying\nsize mismatch for a.w: copying\nsize mismatch for a.v: copying") ==
        Names{"a.w", "a.v"});
  CHECK(tensors_of("a.b.w \x1b[31m| MISSING\x1b[0m |") == Names{"a.b.w"});
  CHECK(tensors_of("tensor 'a.w' has wrong shape; expected 2, got 3") == Names{"a.w"});
  CHECK(tensors_of("KeyError: 'layers.0.w'") == Names{"layers.0.w"});
  CHECK(tensors_of("- a.w: found shape torch.Size([1])") == Names{"a.w"});
}

TEST_CASE("What is no known message is none") {
  for (const char* text :
       {"", "missing-keys", "it does not work", "tensor 'a' or tensor=b' not found", "No such file or directory: a"}) {
    INFO(text);
    CHECK(recognise_errors(text).empty());
  }
}

TEST_CASE("A text made to take long does not") {
  std::vector<std::string> pieces = {"a", "C", " ", "\n", "tensor '", "CUDA", "Error while "};
  std::set<Listing> listings;
  for (const KnownMessage& message : known_messages()) {
    if (!listings.insert(message.listing).second) continue;
    for (const char* end : {"", " ", "\n", "'", "a, "}) pieces.push_back(std::string(message.phrase) + end);
  }
  for (const std::string& piece : pieces) {
    INFO(piece);
    std::string text;
    while (text.size() < (1u << 19)) text += piece;
    const auto begin = std::chrono::steady_clock::now();
    recognise_errors(text);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(2));
  }
}

}  // namespace
}  // namespace ckptlint
