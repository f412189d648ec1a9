// What the library makes of the files beside the weights, sound and changed, is what evaluating it gives.  Recorded by
// tests/record/companion_files.py.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "catch.h"
#include "companions/companions.h"
#include "golden.h"
#include "graph/source_roots.h"

namespace ckptlint {
namespace {

using Json = nlohmann::ordered_json;

// "Type: message" as far as it is the library's own: what the parser of tokenizers says of a place is not.
std::string as_recorded(const Json& answer) {
  return fmt::format("{}: {}", answer.at("raises").get<std::string>(), answer.at("message").get<std::string>());
}

template <typename Made>
std::string text_of(const Known<Made>& made, const std::string& text) {
  if (!made) return "not known: " + made.unknown().why;
  return made->end.raises.empty() ? text : "raises " + made->end.raises;
}

std::string expected_tokenizer(const Json& answer) {
  if (answer.contains("raises")) return "raises " + answer.at("raises").get<std::string>();
  std::string text = fmt::format("{} {} {}", answer.at("class").get<std::string>(), answer.at("length").get<int>(),
                                 answer.at("template").get<bool>());
  std::map<std::string, std::string> specials;
  for (const auto& [key, value] : answer.at("specials").items()) {
    if (value.is_string()) specials[key] = value.get<std::string>();
  }
  for (const auto& [key, value] : specials) text += fmt::format(" {}={}", key, value);
  for (const Json& token : answer.value("renumbered", Json::array()))
    text += fmt::format(" {}:{}->{}", token[0].get<std::string>(), token[1].get<int>(), token[2].dump());
  return text;
}

std::string made_tokenizer(const Known<TokenizerMade>& made) {
  std::string text;
  if (made) {
    text = fmt::format("{} {} {}", made->class_name, made->length, made->has_chat_template);
    for (const auto& [key, value] : made->specials) text += fmt::format(" {}={}", key, value);
    for (const RenumberedToken& token : made->renumbered)
      text +=
          fmt::format(" {}:{}->{}", token.text, token.declared, token.loaded ? std::to_string(*token.loaded) : "null");
  }
  return text_of(made, text);
}

// The record has the first 300 characters of a message.
std::string cut(const std::string& exception) { return exception.substr(0, exception.find(':') + 2 + 300); }

std::string expected_generation(const Json& answer) {
  if (answer.contains("raises")) return "raises " + answer.at("raises").get<std::string>();
  const Json& saved = answer.at("saved");
  return saved.is_string() ? "well" : "saving raises " + as_recorded(saved);
}

std::string made_generation(const Known<GenerationMade>& made) {
  if (!made) return "not known: " + made.unknown().why;
  if (!made->end.raises.empty()) return "raises " + made->end.raises.substr(0, 300);
  return made->saved.raises.empty() ? "well" : "saving raises " + cut(made->saved.raises);
}

std::string expected_processor(const Json& answer) {
  if (answer.contains("raises")) return "raises " + answer.at("raises").get<std::string>();
  std::string text = answer.at("class").get<std::string>();
  for (const auto& [key, value] : answer.at("parts").items())
    text += fmt::format(" {}={}", key, value.get<std::string>());
  return text;
}

std::string made_processor(const Known<ProcessorMade>& made) {
  std::string text;
  if (made) {
    text = made->class_name;
    for (const auto& [key, value] : made->parts) text += fmt::format(" {}={}", key, value);
  }
  return text_of(made, text);
}

struct Compared {
  std::size_t all = 0, equal = 0, unknown = 0;
  std::string differences;

  // Of what is raised the type counts, and for generation_config.json, where no compiled package has a say, what
  // saving raises as a whole.
  void add(const std::string& what, const std::string& expected, std::string made) {
    const std::string raised = made;
    if (made.starts_with("raises ")) made = made.substr(0, made.find(':'));
    ++all;
    if (made.starts_with("not known")) ++unknown;
    if (made == expected)
      ++equal;
    else
      differences += fmt::format("{}\n    library: {}\n    here:    {}\n", what, expected, raised);
  }
};

void compare(const char* wheel, const std::string& recorded) {
  Result<std::vector<SourceTree>> sources = open_source(std::string(CKPTLINT_THIRD_PARTY_DIR) + "/" + wheel);
  REQUIRE(sources.ok());
  std::istringstream lines(test::fixture_text(recorded));
  std::map<std::string, Json> bases;
  Compared compared;
  for (std::string line; std::getline(lines, line);) {
    const Json row = Json::parse(line);
    const std::string base = row.at("base").get<std::string>();
    Json files = row.at("files");
    if (!row.contains("change")) bases[base] = files;
    const std::string what = base + ": " + (row.contains("change") ? row.at("change").get<std::string>() : "as saved");
    std::map<std::string, std::string> texts;
    Json whole = bases.at(base);
    for (const auto& [name, value] : files.items()) whole[name] = value;
    for (const auto& [name, value] : whole.items()) {
      if (!value.is_null()) texts[name] = value.is_string() ? value.get<std::string>() : value.dump();
    }
    GraphRequest request;
    request.repo = in_memory_tree(texts);
    request.sources = *sources;
    const Companions made = companions_of(request);
    const Json& answers = row.at("answers");
    if (answers.contains("generation"))
      compared.add(what, expected_generation(answers.at("generation")), made_generation(made.generation));
    if (texts.contains("tokenizer.json") || texts.contains("tokenizer_config.json"))
      compared.add(what + " (tokenizer)", expected_tokenizer(answers.at("tokenizer")), made_tokenizer(made.tokenizer));
    if (made.processor || !made.processor.unknown().why.empty()) {
      const std::string call = made.processor ? made.processor->end.call : "AutoProcessor.";
      const std::string name = call.substr(0, call.find('.'));
      compared.add(what + " (" + name + ")", expected_processor(answers.at(name)), made_processor(made.processor));
    }
  }
  INFO(compared.differences << compared.equal << " of " << compared.all << " equal, not known " << compared.unknown);
  CHECK(compared.equal == compared.all);
  CHECK(compared.all >= 700);
}

}  // namespace

TEST_CASE("the files beside the weights are read as transformers 5.23.0 reads them") {
  compare("transformers-5.23.0-py3-none-any.whl", "upstream/transformers-5.23.0/companion_files.jsonl");
}

TEST_CASE("the files beside the weights are read as transformers 5.10.4 reads them") {
  compare("transformers-5.10.4-py3-none-any.whl", "upstream/transformers-5.10.4/companion_files.jsonl");
}

TEST_CASE("the files beside the weights are read as transformers 4.57.6 reads them") {
  compare("transformers-4.57.6-py3-none-any.whl", "upstream/transformers-4.57.6/companion_files.jsonl");
}

}  // namespace ckptlint
