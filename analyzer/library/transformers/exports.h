// Which names a file of Python source exports, and which ones a package's __init__ takes from where: read from text.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ckptlint::python {

// The names in a file's `__all__`, and the definitions behind an `@requires` line.
//
// As transformers' create_import_structure_from_path reads them (4.48 to 5.23): `__all__` is a list of plain strings.
std::vector<std::string> exported_names(std::string_view text);

// What `from .module import name as bound` lines of a package's __init__ say, in whatever block they stand:
// bound name -> (relative module with its dots, name).  Star imports are left out.  So do `_import_structure["module"]`
// with the list of names that it is set to or that is added to it, as diffusers lists some of its names there alone.
// What stands for a package that is absent (`dummy_..._objects`) gives way to what is there.
struct RelativeImport {
  std::string module;
  std::string name;
};
std::unordered_map<std::string, RelativeImport> relative_imports(std::string_view text);

}  // namespace ckptlint::python
