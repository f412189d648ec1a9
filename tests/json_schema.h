// What a JSON document breaks of a schema: the words of JSON Schema 2020-12 that include/schema uses, and no other.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace ckptlint::test {

class JsonSchema {
 public:
  explicit JsonSchema(nlohmann::json schema) : root_(std::move(schema)) {}

  // A sentence each; none where the document is as the schema wants it.
  std::vector<std::string> complaints(const nlohmann::json& document) const {
    std::vector<std::string> found;
    check(root_, document, "$", found);
    return found;
  }

 private:
  using Json = nlohmann::json;

  static bool is_type(const std::string& type, const Json& value) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_number_integer();
    if (type == "boolean") return value.is_boolean();
    return false;
  }

  bool fits(const Json& schema, const Json& value) const {
    std::vector<std::string> found;
    check(schema, value, "", found);
    return found.empty();
  }

  void check(const Json& schema, const Json& value, const std::string& where, std::vector<std::string>& found) const {
    for (const auto& [word, wanted] : schema.items()) {
      if (word == "$ref") {
        check(root_["$defs"][wanted.get<std::string>().substr(std::string("#/$defs/").size())], value, where, found);
      } else if (word == "type") {
        if (!is_type(wanted, value)) found.push_back(where + " is no " + wanted.get<std::string>());
      } else if (word == "const") {
        if (value != wanted) found.push_back(where + " is not " + wanted.dump());
      } else if (word == "enum") {
        if (std::find(wanted.begin(), wanted.end(), value) == wanted.end())
          found.push_back(where + " is none of " + wanted.dump());
      } else if (word == "minimum") {
        if (value.is_number() && value < wanted) found.push_back(where + " is below " + wanted.dump());
      } else if (word == "required") {
        for (const Json& key : wanted) {
          if (value.is_object() && !value.contains(key)) found.push_back(where + " lacks " + key.dump());
        }
      } else if (word == "properties") {
        for (const auto& [key, inner] : wanted.items()) {
          if (value.is_object() && value.contains(key)) check(inner, value[key], where + "." + key, found);
        }
      } else if (word == "items") {
        for (std::size_t i = 0; value.is_array() && i < value.size(); ++i)
          check(wanted, value[i], where + "[" + std::to_string(i) + "]", found);
      } else if (word == "allOf") {
        for (const Json& one : wanted) check(one, value, where, found);
      } else if (word == "oneOf") {
        const auto count =
            std::count_if(wanted.begin(), wanted.end(), [&](const Json& one) { return fits(one, value); });
        if (count == 1) continue;
        found.push_back(where + " fits " + std::to_string(count) + " of the forms");
        if (count == 0) check(wanted.front(), value, where, found);
      } else if (word == "not") {
        if (fits(wanted, value)) found.push_back(where + " has what it must not have");
      } else if (word != "$schema" && word != "$defs" && word != "title" && word != "description") {
        found.push_back("the schema has the word " + word);
      }
    }
  }

  Json root_;
};

}  // namespace ckptlint::test
