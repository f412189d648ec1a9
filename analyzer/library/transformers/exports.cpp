// Finds in the text of a module which names it exports and which it imports from its neighbours, without parsing it.
#include "library/transformers/exports.h"

namespace ckptlint::python {
namespace {

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

// The position of `word` at the start of a line, from `at` on; npos where there is none.
std::size_t line_start(std::string_view text, std::string_view word, std::size_t at) {
  for (at = text.find(word, at); at != std::string_view::npos; at = text.find(word, at + 1)) {
    if (at == 0 || text[at - 1] == '\n') return at;
  }
  return std::string_view::npos;
}

std::string_view word_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_word(text[end])) ++end;
  return text.substr(at, end - at);
}

// Words, '.', ',', '(', ')' and '*' of one import statement, comments and line ends dropped.
class ImportWords {
 public:
  ImportWords(std::string_view text, std::size_t at) : text_(text), at_(at) {}
  // Empty at the end of the statement.
  std::string_view next() {
    while (at_ < text_.size()) {
      char c = text_[at_];
      if (c == '#') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else if (c == '\n') {
        if (!open_) return {};
        ++at_;
      } else if (c == ' ' || c == '\t' || c == '\r' || c == '\\') {
        at_ += c == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n' ? 2 : 1;
      } else {
        break;
      }
    }
    if (at_ >= text_.size()) return {};
    if (is_word(text_[at_])) {
      std::string_view word = word_at(text_, at_);
      at_ += word.size();
      return word;
    }
    if (text_[at_] == '(') open_ = true;
    if (text_[at_] == ')') open_ = false;
    return text_.substr(at_++, 1);
  }
  std::size_t at() const { return at_; }

 private:
  std::string_view text_;
  std::size_t at_;
  bool open_ = false;
};

}  // namespace

std::vector<std::string> exported_names(std::string_view text) {
  std::vector<std::string> names;
  std::size_t at = line_start(text, "__all__", 0);
  if (at != std::string_view::npos) {
    std::size_t open = text.find('[', at), close = text.find(']', at);
    for (std::size_t i = open; open != std::string_view::npos && i < close && i < text.size(); ++i) {
      if (text[i] != '"' && text[i] != '\'') continue;
      std::size_t end = text.find(text[i], i + 1);
      if (end == std::string_view::npos || end > close) break;
      names.emplace_back(text.substr(i + 1, end - i - 1));
      i = end;
    }
  }
  for (std::size_t mark = line_start(text, "@requires", 0); mark != std::string_view::npos;
       mark = line_start(text, "@requires", mark + 1)) {
    std::size_t as_class = line_start(text, "class ", mark), as_function = line_start(text, "def ", mark);
    if (as_class == std::string_view::npos && as_function == std::string_view::npos) break;
    bool is_class = as_function == std::string_view::npos || as_class < as_function;
    names.emplace_back(word_at(text, is_class ? as_class + 6 : as_function + 4));
  }
  return names;
}

namespace {

using Imports = std::unordered_map<std::string, RelativeImport>;

bool is_dummy(std::string_view module) { return module.find("dummy_") != std::string_view::npos; }

void add_import(const std::string& bound, const RelativeImport& import, Imports& found) {
  const auto [entry, is_new] = found.emplace(bound, import);
  if (!is_new && is_dummy(entry->second.module) && !is_dummy(import.module)) entry->second = import;
}

// The string literals from `at` on, up to the bracket that closes the first one; `at` goes behind them.
std::vector<std::string> strings_from(std::string_view text, std::size_t& at) {
  std::vector<std::string> strings;
  for (int open = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '[' || c == '(') ++open;
    if ((c == ']' || c == ')') && --open <= 0) break;
    if (c != '"' && c != '\'') continue;
    const std::size_t end = text.find(c, at + 1);
    if (end == std::string_view::npos) break;
    strings.emplace_back(text.substr(at + 1, end - at - 1));
    at = end;
  }
  return strings;
}

void add_structure(std::string_view text, Imports& found) {
  constexpr std::string_view kTable = "_import_structure[";
  for (std::size_t at = text.find(kTable); at != std::string_view::npos; at = text.find(kTable, at)) {
    at += kTable.size() - 1;
    const std::vector<std::string> key = strings_from(text, at);
    const std::size_t next = text.find_first_not_of(" ]", at);
    if (key.size() != 1 || next == std::string_view::npos) continue;
    const std::string_view rest = text.substr(next);
    const bool lists = rest.starts_with("= [") || rest.starts_with(".extend(") || rest.starts_with(".append(");
    if (!lists) continue;
    at = text.find_first_of("[(", next);
    for (const std::string& name : strings_from(text, at)) add_import(name, {"." + key[0], name}, found);
  }
}

}  // namespace

std::unordered_map<std::string, RelativeImport> relative_imports(std::string_view text) {
  std::unordered_map<std::string, RelativeImport> found;
  for (std::size_t at = text.find("from ."); at != std::string_view::npos; at = text.find("from .", at + 1)) {
    std::size_t line = text.rfind('\n', at);
    std::string_view before = text.substr(line == std::string_view::npos ? 0 : line + 1,
                                          at - (line == std::string_view::npos ? 0 : line + 1));
    if (before.find_first_not_of(" \t") != std::string_view::npos) continue;
    ImportWords words(text, at + 5);
    std::string module;
    std::string_view word = words.next();
    while (!word.empty() && word != "import") {
      module += word;
      word = words.next();
    }
    for (word = words.next(); !word.empty() && word != ")"; word = words.next()) {
      if (!is_word(word.front())) continue;
      std::string name(word), bound(word);
      ImportWords ahead = words;
      if (ahead.next() == "as") {
        bound = ahead.next();
        words = ahead;
      }
      add_import(bound, {module, name}, found);
    }
  }
  add_structure(text, found);
  return found;
}

}  // namespace ckptlint::python
