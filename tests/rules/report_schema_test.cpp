// The published schema of the JSON report: what the program prints fits it, and it is no sieve.
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

#include "catch.h"
#include "commands/check.h"
#include "json_schema.h"
#include "model_repo.h"

namespace ckptlint {
namespace {

using Json = nlohmann::json;

Json schema() {
  std::ifstream in(CKPTLINT_SOURCE_DIR "/include/schema/report-1.json");
  return Json::parse(in);
}

Json report_on(const std::vector<std::string>& paths) {
  CheckOptions options;
  options.model.paths = paths;
  options.model.sources = {test::transformers_wheel()};
  options.output.format = "json";
  std::ostringstream out, err;
  (void)run_check(options, out, err);
  return Json::parse(out.str());
}

// Every key below "properties" of the schema, and every key of the objects in a document.
void keys_of_schema(const Json& schema, std::set<std::string>& keys) {
  if (schema.is_object() && schema.contains("properties")) {
    for (const auto& [key, inner] : schema["properties"].items()) keys.insert(key);
  }
  if (schema.is_structured()) {
    for (const Json& inner : schema) keys_of_schema(inner, keys);
  }
}
void keys_of_document(const Json& document, std::set<std::string>& keys) {
  if (document.is_object()) {
    for (const auto& [key, inner] : document.items()) keys.insert(key);
  }
  if (document.is_structured()) {
    for (const Json& inner : document) keys_of_document(inner, keys);
  }
}

TEST_CASE("Reports of every rule fit the schema, and have no key that it does not name") {
  const test::JsonSchema fits(schema());
  std::set<std::string> named, used;
  keys_of_schema(schema(), named);
  // The first bad case of each rule, and what cannot be analysed.
  std::size_t count = 0;
  for (const auto& rule : std::filesystem::directory_iterator(CKPTLINT_FIXTURES_DIR "/rules")) {
    std::set<std::string> cases;
    for (const auto& each : std::filesystem::directory_iterator(rule.path())) {
      const std::string name = each.path().filename().string();
      if (name.starts_with("bad_")) cases.insert("rules/" + rule.path().filename().string() + "/" + name);
    }
    if (cases.empty()) continue;
    const test::ModelRepo repo(*cases.begin());
    const Json report = report_on({repo.path(), repo.path() + "/nowhere"});
    INFO(*cases.begin());
    CHECK(fits.complaints(report).empty());
    keys_of_document(report, used);
    ++count;
  }
  CHECK(count > 70);
  for (const std::string& key : used) {
    INFO(key);
    CHECK(named.contains(key));
  }
  for (const char* key : {"error", "edits", "end_line", "why", "reason", "key", "with"}) CHECK(used.contains(key));
}

TEST_CASE("A report that lacks a key or has another type does not fit") {
  const test::JsonSchema fits(schema());
  const test::ModelRepo repo("models/granite-switch-like");
  const Json sound = report_on({repo.path()});
  CHECK(fits.complaints(sound).empty());
  for (const auto& [key, value] : sound["models"][0].items()) {
    INFO(key);
    Json changed = sound;
    changed["models"][0].erase(key);
    CHECK_FALSE(fits.complaints(changed).empty());
    changed = sound;
    changed["models"][0][key] = 7;
    CHECK_FALSE(fits.complaints(changed).empty());
  }
  Json other = sound;
  other["version"] = 2;
  CHECK(fits.complaints(other) == std::vector<std::string>{"$.version is not 1"});
}

}  // namespace
}  // namespace ckptlint
