// Reads JSON files as documents, with the NaN and Infinity that Python writes blanked out first, and writes documents.
#include "base/json_document.h"

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ckptlint {
namespace {

constexpr int kDeepest = 64;
constexpr auto kReplaceInvalid = nlohmann::detail::error_handler_t::replace;
constexpr std::array<std::string_view, 3> kNotFinite = {"-Infinity", "Infinity", "NaN"};

// Calls `found(at, word)` for each such word outside strings; false where the text nests too deep.
template <typename Found>
bool find_infinities(std::string_view text, int deepest, Found&& found) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c == '\\') ++at;
      quoted = c != '"';
      continue;
    }
    if (c == '"') quoted = true;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth > deepest) return false;
    for (const std::string_view word : kNotFinite) {
      if (!text.substr(at).starts_with(word)) continue;
      found(at, word);
      at += word.size() - 1;
      break;
    }
  }
  return true;
}

// The text with what is not finite blanked out, as long as it was, so that offsets stay.  Empty where it nests too
// deep.
std::optional<std::string> plain_json(std::string_view text) {
  std::string plain(text);
  const bool done = find_infinities(text, kDeepest, [&](std::size_t at, std::string_view word) {
    plain.replace(at, word.size(), "0" + std::string(word.size() - 1, ' '));
  });
  return done ? std::optional(std::move(plain)) : std::nullopt;
}

// Objects of nlohmann that keep their order look through all names for each one that is added: what is made of a text
// with a million names would take minutes.  These names are looked up.
class OrderedBuilder final : public nlohmann::json_sax<nlohmann::ordered_json> {
 public:
  using Json = nlohmann::ordered_json;

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t value, const string_t&) override { return put(value); }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return put(Json::object()) && begin(); }
  bool start_array(std::size_t) override { return put(Json::array()) && begin(); }
  bool end_object() override { return end(); }
  bool end_array() override { return end(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

  // As in Python, the last value of a name counts, and stands where the first one stood.
  bool key(string_t& name) override {
    Open& open = open_.back();
    auto& members = open.value->get_ref<Json::object_t&>();
    const auto [found, is_new] = open.places.try_emplace(name, members.size());
    if (is_new) members.emplace_back(std::move(name), Json());
    last_ = &(members.begin() + static_cast<std::ptrdiff_t>(found->second))->second;
    return true;
  }

  Json document;

 private:
  struct Open {
    Json* value;
    std::unordered_map<std::string, std::size_t> places{};  // of the names of an object
  };

  bool put(Json value) {
    if (!open_.empty() && open_.back().value->is_array()) last_ = &open_.back().value->emplace_back();
    *last_ = std::move(value);
    return true;
  }

  bool begin() {
    open_.push_back({last_});
    return true;
  }

  bool end() {
    open_.pop_back();
    return true;
  }

  std::vector<Open> open_;
  Json* last_ = &document;  // where the next value goes, or the last one is
};

}  // namespace

std::string json_without_infinities(std::string_view text) {
  std::string plain;
  std::size_t done = 0;
  find_infinities(text, std::numeric_limits<int>::max(), [&](std::size_t at, std::string_view word) {
    plain.append(text.substr(done, at - done)).append("null");
    done = at + word.size();
  });
  return plain.append(text.substr(done));
}

std::optional<nlohmann::ordered_json> json_document(std::string_view text) {
  const auto plain = plain_json(text);
  if (!plain) return std::nullopt;
  OrderedBuilder builder;
  if (!nlohmann::ordered_json::sax_parse(*plain, &builder)) return std::nullopt;
  return std::move(builder.document);
}

std::optional<nlohmann::json> sorted_json_document(std::string_view text) {
  const auto plain = plain_json(text);
  if (!plain) return std::nullopt;
  auto document = nlohmann::json::parse(*plain, nullptr, false);
  if (document.is_discarded()) return std::nullopt;
  return document;
}

std::string json_line(const nlohmann::json& document) { return document.dump(-1, ' ', false, kReplaceInvalid); }

std::string json_line(const nlohmann::ordered_json& document) { return document.dump(-1, ' ', false, kReplaceInvalid); }

std::string json_lines(const nlohmann::json& document, int indent) {
  return document.dump(indent, ' ', true, kReplaceInvalid);
}

std::string json_lines(const nlohmann::ordered_json& document, int indent) {
  return document.dump(indent, ' ', true, kReplaceInvalid);
}

std::string json_number(double finite) { return nlohmann::json(finite).dump(); }

}  // namespace ckptlint
