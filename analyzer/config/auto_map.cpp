// Takes references of auto_map apart as get_class_from_dynamic_module of transformers 5.23 does, and says where it
// raises.
#include "config/auto_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "base/paths.h"

namespace ckptlint {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kLongestCode = 16u << 20;
constexpr std::size_t kLongestShown = 80;

std::vector<std::string> split(std::string_view text, std::string_view by) {
  std::vector<std::string> parts;
  for (std::size_t at = 0;;) {
    const std::size_t end = text.find(by, at);
    parts.emplace_back(text.substr(at, end - at));
    if (end == std::string_view::npos) return parts;
    at = end + by.size();
  }
}

// "a, b = parts" of Python.
std::string unpacking_error(std::size_t parts) {
  return parts > 2 ? "ValueError: too many values to unpack (expected 2)"
                   : fmt::format("ValueError: not enough values to unpack (expected 2, got {})", parts);
}

std::string python_type(const Json& value) {
  if (value.is_null()) return "NoneType";
  if (value.is_boolean()) return "bool";
  if (value.is_number_float()) return "float";
  if (value.is_number()) return "int";
  if (value.is_array()) return "list";
  return value.is_object() ? "dict" : "str";
}

std::string not_iterable(const Json& value) {
  return fmt::format("TypeError: argument of type '{}' is not iterable", python_type(value));
}

bool is_name_part(char c) { return c == '_' || (c & 0x80) != 0 || std::isalnum(static_cast<unsigned char>(c)) != 0; }

bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_name_part(text[at - 1])) && (end == text.size() || !is_name_part(text[end]))) return true;
  }
  return false;
}

// A name can come into a module without standing in its text.
bool may_make_names(std::string_view text) {
  constexpr std::string_view kWays[] = {"import *", "globals(", "setattr(", "__getattr__", "exec(", "vars("};
  return std::any_of(std::begin(kWays), std::end(kWays),
                     [&](std::string_view way) { return text.find(way) != std::string_view::npos; });
}

// The library asks config.json for these; what other keys hold is read by tokenizers and processors, which take lists.
bool is_of_model(std::string_view key) { return key == "AutoConfig" || key.starts_with("AutoModel"); }

class Reader {
 public:
  Reader(const FileTree& repo, Config& out) : repo_(repo), out_(out) {}

  void whole(const Json& auto_map) {
    if (auto_map.is_object()) {
      for (const auto& [key, value] : auto_map.items()) entry(key, value);
      return;
    }
    if (!auto_map.is_array() && !auto_map.is_string())
      return add_broken("", auto_map, "`auto_map` is no object", not_iterable(auto_map), true);
    const bool named = auto_map.is_string()
                           ? auto_map.get<std::string>().find("AutoConfig") != std::string::npos
                           : std::find(auto_map.begin(), auto_map.end(), "AutoConfig") != auto_map.end();
    add_broken(
        "", auto_map, "`auto_map` is no object, so none of its names is found",
        named ? fmt::format("TypeError: {} indices must be integers{}, not {}", auto_map.is_array() ? "list" : "string",
                            auto_map.is_array() ? " or slices" : "", auto_map.is_array() ? "str" : "'str'")
              : "",
        named);
  }

 private:
  void entry(const std::string& key, const Json& value) {
    if (value.is_string()) return reference(key, value.get<std::string>());
    if (!is_of_model(key)) {
      // AutoTokenizer: the slow class and the fast one, either may be null.
      for (const Json& item : value.is_array() ? value : Json::array()) {
        if (item.is_string()) reference(key, item.get<std::string>());
      }
      return;
    }
    if (value.is_array() || value.is_object())
      return add_broken(key, value, "a model has one class, named by a string",
                        fmt::format("AttributeError: '{}' object has no attribute 'split'", python_type(value)), false);
    add_broken(key, value, "a class is named by a string", not_iterable(value), true);
  }

  void reference(const std::string& key, const std::string& written) {
    std::vector<std::string> parts = split(written, "--");
    if (parts.size() > 2)
      return add_broken(key, written, "one `--` ends the name of a repo, and no more", unpacking_error(parts.size()),
                        false);
    const bool elsewhere = parts.size() == 2;
    const std::vector<std::string> names = split(parts.back(), ".");
    if (names.size() != 2)
      return add_broken(key, written,
                        names.size() == 1
                            ? "it is `module.Class` that the library splits at the dot"
                            : "more than one dot: the library takes no folders and nothing outside the repo",
                        unpacking_error(names.size()), false);
    if (names[0].empty() || names[1].empty())
      return add_broken(key, written, names[0].empty() ? "it names no module" : "it names no class", "", false);
    if (elsewhere) return other_repo(key, written, parts[0], names[0] + ".py");
    if (names[0].front() == '/')
      return add_broken(key, written, "it is a path of the machine, outside the repo", "", false);
    CodeReference code{key, written, names[0] + ".py"};
    code.present = is_plain_path(code.file) && repo_.is_file(code.file);
    if (code.present) {
      const Result<std::string> text = repo_.read(code.file, kLongestCode);
      code.lacks_class = text.ok() && !has_word(*text, names[1]) && !may_make_names(*text);
    }
    out_.code.push_back(std::move(code));
  }

  void other_repo(const std::string& key, const std::string& written, const std::string& repo,
                  const std::string& file) {
    if (repo.empty())
      return add_broken(key, written, "it names no repo before the `--`",
                        "HFValidationError: Repo id must not be empty", false);
    CodeReference code;
    code.key = key;
    code.reference = written;
    code.repo = repo;
    if (is_plain_path(file) && repo_.is_file(file)) code.passed_over = file;
    out_.code.push_back(std::move(code));
  }

  void add_broken(const std::string& key, const Json& value, std::string why, std::string raises, bool always) {
    std::string written = value.dump(-1, ' ', true, Json::error_handler_t::replace);
    if (written.size() > kLongestShown) written = written.substr(0, kLongestShown) + "...";
    out_.broken_code.push_back({key, std::move(written), std::move(why), std::move(raises), always});
  }

  const FileTree& repo_;
  Config& out_;
};

}  // namespace

void read_auto_map(const Json& config, const FileTree& repo, Config& out) {
  if (const auto auto_map = config.find("auto_map"); auto_map != config.end()) Reader(repo, out).whole(*auto_map);
}

}  // namespace ckptlint
