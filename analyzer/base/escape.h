// Names of unknown origin, made safe to show.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ckptlint {

// `text` with everything that could move a cursor, hide, reorder or forge output turned into a visible form: C0 and C1
// controls and DEL (\n, \t, \r, \x1b, \u0085), bytes that are not UTF-8 (\xff), line separators, bidirectional and
// zero-width marks (\u202e), tag characters (\U000e0041); and with what would be a command in the log of GitHub
// Actions:
// "::" where a line could begin (\x3a:), "##[" anywhere (\x23#[).  Other text, backslashes included, stays as it is.
std::string printable(std::string_view text);

// Characters beyond ASCII that printable() shows as escapes: C1 controls, line separators, and format characters that
// reorder or hide their neighbours.
bool is_deceptive(char32_t c);

// `name` made printable, in backticks and, beyond `max_bytes`, shortened in the middle: how an error or finding names a
// thing.
std::string quoted_name(std::string_view name, std::size_t max_bytes = 200);

// `text` made printable, as the text or an attribute of XML and HTML: what would be markup is written as entities.
std::string without_markup(std::string_view text);

}  // namespace ckptlint
