// Statements that are one big table of strings, read without the parser.
#pragma once

#include <string_view>

#include "python/arena.h"
#include "python/symbols.h"
#include "python/syntax.h"

namespace ckptlint::python {

// The tree of `NAME = TABLE`, TABLE being nested lists, tuples and dicts of plain strings, None, True and False, also
// as the one argument of a call (`OrderedDict([...])`); all of it is said to be at `line`.  Null where the text holds
// anything else: the parser then reads it.  The tables that map model types to classes are as much text as all other
// statements that the look-up of a class needs, and a parser of the whole language takes ten times as long for them.
Assign* read_table(Arena& arena, Symbols& symbols, std::string_view text, std::uint32_t line);

}  // namespace ckptlint::python
