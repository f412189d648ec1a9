// Edits to modeling source, each keeping everything else of the file as it is.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ckptlint/fix.h"
#include "python/syntax/python_text.h"

namespace ckptlint {

// The calls and assignments that register the buffer `name` (its last component) where `registered` is, and everywhere
// else in the same class: `x.register_buffer("name", ...)` and `self.name = nn.Buffer(...)`.  The one at `registered`
// is first, and may give the name by any expression.  An error where there is none.
Result<std::vector<const python::Call*>> registrations_of(const PythonText& source, Span registered,
                                                          std::string_view name);

// `persistent=False` for those calls: replaces the argument or adds it in the style of the call.
Result<std::vector<Edit>> persistence_edits(const PythonText& source, const std::vector<const python::Call*>& calls,
                                            FileId file);

// The strings `entries` in the list, tuple or set that is the class attribute `attribute`: added to the one that is
// there, or a new attribute after the class's leading ones.  Entries are written as raw strings where they hold a
// backslash.
Result<Edit> class_list_edit(const PythonText& source, const python::ClassDef& type, std::string_view attribute,
                             const std::vector<std::string>& entries, FileId file);

// The class of this file to which an attribute that all of a model's classes share belongs: up from `class_name`
// through the first base that is defined in the file, as far as that goes; but a class on the way that has the
// attribute already, as that one hides those above it.  Null where the class is not in the file.
const python::ClassDef* shared_class(const PythonText& source, std::string_view class_name, std::string_view attribute);

// The name under which the file has transformers.initialization, and the edit that imports it where it has none.
struct InitImport {
  std::string name;
  std::optional<Edit> edit;
};
InitImport import_of_init(const PythonText& source, FileId file);

// The value that a call gives at that position or by that name, and where it is written; nothing if it is not given.
struct GivenValue {
  const python::Expr* expr = nullptr;
  Extent written;
};
std::optional<GivenValue> argument_of(const PythonText& source, const python::Call& call, std::size_t position,
                                      std::string_view name);

// The value of a plain string literal; nothing for f-strings, bytes, escapes and anything else.
std::optional<std::string> string_value(const PythonText& source, const python::Expr* node);
// As Python would write it: "a", r"a\.b".
std::string string_literal(std::string_view value);

}  // namespace ckptlint
