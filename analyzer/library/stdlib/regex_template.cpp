// Replacement templates: \1, \g<name>, \n.
#include <fmt/format.h>

#include "base/digits.h"
#include "library/stdlib/regex_objects.h"
#include "python/types/methods.h"
#include "python/values/text.h"

namespace ckptlint::python {
namespace {

bool is_octal(char c) { return c >= '0' && c <= '7'; }

struct TemplateReader {
  Interpreter& in;
  const RegexModule* module;
  const Regex* regex;
  std::string_view text;
  std::size_t at = 0;

  [[noreturn]] void fail(std::string_view message, std::size_t where) {
    const Value raised =
        in.call(Value::of(module->error), {in.string(fmt::format("{} at position {}", message, where))});
    throw PyRaise{raised, in.here()};
  }
  int checked_group(int group, std::size_t where) {
    if (group > regex->groups) fail(fmt::format("invalid group reference {}", group), where);
    return group;
  }
  // Behind "\g": <name> or <number>.
  int named_group() {
    if (at >= text.size() || text[at] != '<') fail("missing <", at);
    const std::size_t begin = ++at;
    const std::size_t end = text.find('>', at);
    if (end == std::string_view::npos)
      fail(begin >= text.size() ? "missing group name" : "missing >, unterminated name", begin);
    const std::string_view name = text.substr(begin, end - begin);
    if (name.empty()) fail("missing group name", begin);
    at = end + 1;
    if (name.find_first_not_of("0123456789") == std::string_view::npos && name.size() < 9) {
      return checked_group(std::stoi(std::string(name)), begin);
    }
    for (int i = 0; i < regex->name_count; ++i) {
      if (regex->names[i].name->view() == name) return regex->names[i].group;
    }
    const Value raised =
        in.call(Value::of(in.exception("IndexError")), {in.string(fmt::format("unknown group name '{}'", name))});
    throw PyRaise{raised, in.here()};
  }
};

}  // namespace

std::string expand_template(Interpreter& in, const RegexModule* module, const Regex* regex, std::string_view text,
                            std::string_view subject, const RegexSpans& spans) {
  std::string out;
  TemplateReader reader{in, module, regex, text};
  const auto add_group = [&](int group) {
    const std::size_t start = spans[2 * static_cast<std::size_t>(group)];
    if (start != kNoMatch) out += subject.substr(start, spans[2 * static_cast<std::size_t>(group) + 1] - start);
  };
  while (reader.at < text.size()) {
    const std::size_t slash = text.find('\\', reader.at);
    out += text.substr(reader.at, slash == std::string_view::npos ? slash : slash - reader.at);
    if (slash == std::string_view::npos) break;
    reader.at = slash + 1;
    if (reader.at >= text.size()) reader.fail("bad escape (end of pattern)", slash);
    const char c = text[reader.at++];
    if (c == 'g') {
      add_group(reader.named_group());
      continue;
    }
    if (is_digit(c)) {
      const auto digit = [&](std::size_t ahead) {
        return reader.at + ahead < text.size() ? text[reader.at + ahead] : '\0';
      };
      const bool octal = c == '0' || (is_octal(c) && is_octal(digit(0)) && is_octal(digit(1)));
      if (!octal) {
        int group = c - '0';
        if (is_digit(digit(0))) {
          group = group * 10 + (digit(0) - '0');
          ++reader.at;
        }
        add_group(reader.checked_group(group, slash + 1));
        continue;
      }
      int code = c - '0';
      for (int i = 0; i < 2 && is_octal(digit(0)); ++i) code = code * 8 + (text[reader.at++] - '0');
      if (code > 0377)
        reader.fail(
            fmt::format("octal escape value {} outside of range 0-0o377", text.substr(slash, reader.at - slash)),
            slash);
      if (regex->bytes) {
        out += static_cast<char>(code);
      } else {
        append_code_point(out, static_cast<char32_t>(code));
      }
      continue;
    }
    constexpr std::string_view kLetters = "abfnrtv\\";
    constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\";
    if (const std::size_t known = kLetters.find(c); known != std::string_view::npos) {
      out += kMeanings[known];
    } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      reader.fail(fmt::format("bad escape \\{}", c), slash);
    } else {
      out += '\\';
      out += c;
    }
  }
  return out;
}

}  // namespace ckptlint::python
