// Known findings as JSON, an entry after the other, so that their changes read well.
#include "check/suppressions_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "base/escape.h"
#include "base/json_document.h"
#include "base/sha256.h"
#include "ckptlint/names.h"

namespace ckptlint {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostNames = 16;  // of an entry
constexpr std::size_t kMostCount = 1'000'000;

auto key_of(const Suppression& each) { return std::tie(each.model, each.rule, each.about); }

// Many names as the first ones and a digest of all, so that one more is no known one.
std::vector<std::string> shortened(std::vector<std::string> names) {
  if (names.size() <= kMostNames) return names;
  std::string all;
  for (const std::string& name : names) all += name + '\n';
  const std::size_t left_out = names.size() - (kMostNames - 1);
  names.resize(kMostNames - 1);
  names.push_back(fmt::format("{} more, SHA-256 of all {}", left_out, sha256_hex(all)));
  return names;
}

const std::string* text_in(const Json& entry, const char* name) {
  const auto found = entry.find(name);
  return found != entry.end() && found->is_string() ? found->get_ptr<const std::string*>() : nullptr;
}

// The entry, or what is wrong with it: a clause.
Result<Suppression> entry_of(const Json& json) {
  if (!json.is_object()) return Error{"is no object"};
  for (const auto& [name, value] : json.items()) {
    if (name != "model" && name != "rule" && name != "about" && name != "count" && name != "reason")
      return Error{"has a key " + quoted_name(name)};
  }
  Suppression entry;
  for (const auto& [name, into] : {std::pair{"model", &entry.model}, {"rule", &entry.rule}}) {
    const std::string* text = text_in(json, name);
    if (text == nullptr) return Error{fmt::format("has no text `{}`", name)};
    *into = *text;
  }
  const auto about = json.find("about");
  if (about == json.end() || !about->is_array()) return Error{"has no list `about`"};
  for (const Json& name : *about) {
    if (!name.is_string()) return Error{"has no list of texts `about`"};
    entry.about.push_back(name.get<std::string>());
  }
  if (const auto count = json.find("count"); count != json.end()) {
    if (!count->is_number_unsigned() || count->get<std::uint64_t>() == 0 || count->get<std::uint64_t>() > kMostCount)
      return Error{"has a `count` that is no number of findings"};
    entry.count = count->get<std::size_t>();
  }
  if (json.contains("reason")) {
    const std::string* reason = text_in(json, "reason");
    if (reason == nullptr) return Error{"has a `reason` that is no text"};
    entry.reason = *reason;
  }
  return entry;
}

}  // namespace

bool Suppression::is_about_same(const Suppression& other) const { return key_of(*this) == key_of(other); }

Suppression suppression_of(const Finding& finding, const std::string& model) {
  Suppression known{model, finding.rule, {}, 1, {}};
  std::vector<std::string> names =
      finding.tensors.empty() ? std::vector{finding.message} : folded_names(finding.tensors);
  // As the file has them: what is no UTF-8 is none there either.
  for (std::string& name : names) name = printable(name);
  if (!finding.tensors.empty()) std::sort(names.begin(), names.end());
  known.about = shortened(std::move(names));
  return known;
}

Result<std::vector<Suppression>> read_suppressions(std::string_view text, const std::string& shown) {
  const auto document = json_document(text);
  const auto wrong = [&](const std::string& why) {
    return Error{fmt::format("{} is no file of known findings: {}", quoted_name(shown), why)};
  };
  if (!document) return wrong("it is not JSON");
  if (!document->is_object() || !document->contains("version") || !document->contains("findings"))
    return wrong("it has no `version` and `findings`");
  if ((*document)["version"] != 1) return wrong("its version is not 1");
  const Json& findings = (*document)["findings"];
  if (!findings.is_array()) return wrong("`findings` is no list");
  std::vector<Suppression> all;
  for (const Json& json : findings) {
    Result<Suppression> entry = entry_of(json);
    if (!entry.ok()) return wrong(fmt::format("entry {} {}", all.size() + 1, entry.error().message));
    all.push_back(std::move(*entry));
  }
  return all;
}

std::string text_of(std::vector<Suppression> suppressions) {
  std::sort(suppressions.begin(), suppressions.end(),
            [](const Suppression& a, const Suppression& b) { return key_of(a) < key_of(b); });
  Json findings = Json::array();
  for (const Suppression& each : suppressions)
    findings.push_back({{"model", each.model},
                        {"rule", each.rule},
                        {"about", each.about},
                        {"count", each.count},
                        {"reason", each.reason}});
  return json_lines(Json{{"version", 1}, {"findings", std::move(findings)}}, 2) + "\n";
}

}  // namespace ckptlint
