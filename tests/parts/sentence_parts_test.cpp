// What sentence-transformers makes of its repos, sound and changed, is what evaluating it gives.  Recorded by
// tests/record/sentence_parts.py.
#include "parts/sentence_parts.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "catch.h"
#include "golden.h"
#include "graph/gzip.h"
#include "graph/source_roots.h"

namespace ckptlint {
namespace {

using Json = nlohmann::ordered_json;

// A safetensors file of zeros.
std::string safetensors_text(const Json& tensors) {
  static const std::map<std::string, std::uint64_t> kSizes = {{"F16", 2}, {"F32", 4}, {"F64", 8}, {"I64", 8}};
  Json header = {{"__metadata__", {{"format", "pt"}}}};
  std::uint64_t end = 0;
  for (const auto& [name, row] : tensors.items()) {
    std::uint64_t size = kSizes.at(row[0].get<std::string>());
    for (const Json& extent : row[1]) size *= extent.get<std::uint64_t>();
    header[name] = {{"dtype", row[0]}, {"shape", row[1]}, {"data_offsets", {end, end + size}}};
    end += size;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  std::string length(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<char>(text.size() >> (8 * i) & 0xff);
  return length + text + std::string(end, '\0');
}

std::string from_base64(const std::string& text) {
  static const std::string kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char letter : text) {
    const std::size_t value = kLetters.find(letter);
    if (value == std::string::npos) break;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xff);
  }
  return bytes;
}

std::string file_text(const Json& file) {
  if (file.is_string()) return file.get<std::string>();
  if (file.is_object() && file.contains("tensors")) return safetensors_text(file["tensors"]);
  if (file.is_object() && file.contains("base64")) return from_base64(file["base64"].get<std::string>());
  return file.dump();
}

std::string raised(const Json& answer) { return "raises " + answer.at("raises").get<std::string>(); }
std::string type_of(const std::string& exception) { return "raises " + exception.substr(0, exception.find(':')); }

std::string expected(const Json& answer) {
  if (!answer.at("loads").is_null()) return "load " + raised(answer.at("loads"));
  // A width that is no number is none.
  const auto shown = [](const Json& each) {
    return each.is_object() ? raised(each) : each.is_number() ? each.dump() : std::string("nothing");
  };
  return fmt::format("says {}, gives {}", shown(answer.at("width")), shown(answer.at("encodes")));
}

std::string made(const Known<Pipeline>& pipeline) {
  if (!pipeline) return "not known: " + pipeline.unknown().why;
  if (!pipeline->load.raises.empty()) return "load " + type_of(pipeline->load.raises);
  const auto width = [](const std::optional<std::int64_t>& each) { return each ? std::to_string(*each) : "nothing"; };
  if (!pipeline->not_encoded.why.empty()) return "not known: encoding: " + pipeline->not_encoded.why;
  return fmt::format("says {}, gives {}", width(pipeline->says),
                     pipeline->encode.raises.empty() ? width(pipeline->gives) : type_of(pipeline->encode.raises));
}

// A text for a weight is refused by torch in other words than here; of what 3.4.1 logs, nothing is evaluated.
bool is_known_difference(const std::string& what) {
  return what == "words: 1_WordWeights/config.json has no number for unknown_word_weight" ||
         what == R"(mode cls: config_sentence_transformers.json has prompts ["a"])";
}

void compare(const std::string& release, const std::string& transformers, std::size_t least) {
  const std::string folder = std::string(CKPTLINT_THIRD_PARTY_DIR) + "/";
  Result<std::vector<SourceTree>> sources = open_source(folder + "transformers-" + transformers + "-py3-none-any.whl");
  REQUIRE(sources.ok());
  const Result<FileTreePtr> wheel = open_zip(folder + "sentence_transformers-" + release + "-py3-none-any.whl");
  REQUIRE(wheel.ok());
  sources->push_back({*wheel, "", "", true});
  const std::string path = "upstream/sentence-transformers-" + release + "/parts.jsonl.gz";
  const Result<std::string> recorded = inflate_gzip(test::fixture_text(path), path, 64u << 20);
  REQUIRE(recorded.ok());
  std::istringstream lines(*recorded);
  std::map<std::string, Json> bases;
  std::size_t all = 0, equal = 0, unknown = 0, different = 0;
  std::string differences;
  for (std::string line; std::getline(lines, line);) {
    const Json row = Json::parse(line);
    const std::string base = row.at("base").get<std::string>();
    if (!row.contains("change")) bases[base] = row.at("files");
    Json whole = bases.at(base);
    for (const auto& [name, value] : row.at("files").items()) whole[name] = value;
    std::map<std::string, std::string> texts;
    for (const auto& [name, value] : whole.items()) {
      if (!value.is_null()) texts[name] = file_text(value);
    }
    if (!texts.contains("modules.json")) continue;
    const std::string what = base + ": " + (row.contains("change") ? row.at("change").get<std::string>() : "as saved");
    GraphRequest request;
    request.repo = in_memory_tree(texts);
    request.sources = *sources;
    const Known<Pipeline> pipeline = sentence_parts_of(request);
    ++all;
    const std::string here = made(pipeline), there = expected(row.at("answer"));
    if (here.starts_with("not known")) ++unknown;
    if (here == there) {
      ++equal;
      continue;
    }
    if (is_known_difference(what)) ++different;
    differences += fmt::format("{}\n    library: {} {}\n    here:    {} {}\n", what, there, row.at("answer").dump(),
                               here, pipeline ? pipeline->load.raises + pipeline->encode.raises : "");
  }
  INFO(differences << equal << " of " << all << " equal, not known " << unknown);
  CHECK(equal + unknown + different == all);
  CHECK(equal >= least);
}

}  // namespace

TEST_CASE("the parts of a repo are loaded as sentence-transformers 6.2.0 loads them") {
  compare("6.2.0", "5.23.0", 1371);
}

TEST_CASE("the parts of a repo are loaded as sentence-transformers 3.4.1 loads them") {
  compare("3.4.1", "4.57.6", 900);
}

TEST_CASE("a library that is not as it should be is not followed, and ends nothing") {
  GraphRequest request;
  request.repo = in_memory_tree({{"modules.json", "[]"}});
  const FileTreePtr library =
      in_memory_tree({{"sentence_transformers/__init__.py", "__version__ = '6.2.0'\n"},
                      {"transformers/__init__.py", "__version__ = '5.23.0'\nclass PreTrainedModel:\n    pass\n"}});
  request.sources = {{library, "", "", true}};
  const Known<Pipeline> pipeline = sentence_parts_of(request);
  REQUIRE_FALSE(pipeline);
  CHECK(pipeline.unknown().why.find("could not be followed") != std::string::npos);
}

}  // namespace ckptlint
