// Natives and Python that stand between a library's import of remote code and the evaluator's disk.
#include "graph/modules_cache.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "base/escape.h"

namespace ckptlint {
namespace {

using python::Interpreter;
using python::Kind;
using python::Value;

constexpr const char* kStandIns = "_importing_of_remote_code";

// What the library calls while it copies and imports.  A package that is not installed is asked for, and then taken as
// installed, but not where a file of the repo is meant: that is none anywhere.
constexpr const char* kText = R"(
import importlib
import os
import sys
import _remote_code


def files_of(name, folder):
    def cached_file(path, filename, *args, **kwargs):
        found = os.path.join(path if os.path.isdir(path) else folder, filename)
        if str(path).lstrip("/") != name:  # the folder of a repo is named in both ways
            return _remote_code.of_another_repo(path)
        if not os.path.isfile(found):
            raise OSError(
                f"{path} does not appear to have a file named {filename}. Checkout "
                f"'https://huggingface.co/{path}/tree/main' for available files."
            )
        return found

    return cached_file


# The packages that the library says it does not find.  Returns whether one is a file of the repo.
def settled(message, folder):
    found = message.partition("found in your environment: ")[2]
    names = found.partition(". Run ")[0].split(", ") if found else []
    for name in names:
        _remote_code.settle(name, os.path.isfile(f"{folder}/{name}.py"))
    return not names or any(os.path.isfile(f"{folder}/{name}.py") for name in names)


def demanding(check_imports, get_relative_imports, logger, folder):
    def check(filename):
        beside = folder or os.path.dirname(str(filename))
        logger.folder = beside
        try:
            return check_imports(filename)
        except ImportError as error:
            if settled(str(error), beside):
                raise
        return get_relative_imports(filename)

    return check


class Logger:
    """Releases that do not refuse for a package that is not there say so."""

    folder = ""

    def warning(self, message, *args, **kwargs):
        settled(str(message), self.folder)

    def __getattr__(self, name):
        return lambda *args, **kwargs: None


class Pending:
    """A module that is in sys.modules and has not run."""

    def __init__(self):
        self.__dict__["module"] = None

    def __getattr__(self, name):
        if self.module is None:
            raise AttributeError(name)
        return getattr(self.module, name)

    def __setattr__(self, name, value):
        setattr(self.module, name, value)

    def __dir__(self):
        return dir(self.module)


class Spec:
    def __init__(self, name, location=None):
        self.name = name
        self.loader = self

    def exec_module(self, module):
        if isinstance(module, Pending):
            if module.module is not None:
                _remote_code.run_again(module.module)
            else:
                module.__dict__["module"] = importlib.import_module(self.name)
        else:
            _remote_code.run_again(module)

    def load_module(self):
        if self.name in sys.modules:
            _remote_code.run_again(sys.modules[self.name])
        return importlib.import_module(self.name)


# get_class_from_dynamic_module of diffusers, which asks since 0.42 whether the code is trusted.
def class_of(library, folder, file, name):
    import inspect

    ask = library.get_class_from_dynamic_module
    given = {"trust_remote_code": True} if "trust_remote_code" in inspect.signature(ask).parameters else {}
    return ask(folder, module_file=file, class_name=name, **given)


class Importlib:
    def __init__(self):
        self.util = self.machinery = self
        self.SourceFileLoader = self.spec_from_file_location = Spec

    def import_module(self, name):
        return importlib.import_module(name)

    def module_from_spec(self, spec):
        return Pending()

    def invalidate_caches(self):
        return None
)";

// A package that the library refuses to do without is taken as installed; a file of the repo is none.
Value settle(Interpreter& in, const python::Arguments& arguments, const Value&) {
  const std::string name = in.str(arguments[0]);
  std::erase(in.absent_packages, name);
  if (!in.test(arguments[1])) in.environment.assumed.push_back(name);
  return Value::none();
}

Value of_another_repo(Interpreter& in, const python::Arguments& arguments, const Value&) {
  return in.unknown(
      fmt::format("what is in the repo {}, which is a matter of the Hub", quoted_name(in.str(arguments[0]))));
}

Value run_again(Interpreter& in, const python::Arguments& arguments, const Value&) {
  if (arguments[0].is(Kind::kModule)) in.run_again(arguments[0].as<python::Module>());
  return Value::none();
}

}  // namespace

ModulesCache::ModulesCache(Interpreter& in, std::string_view label) : in_(in) {
  const std::string folder = "/" + std::string(kFolder);
  in.disk->mount(folder, in_memory_tree({}));
  in.add_root({tree_of_disk(*in.disk, folder), std::string(label), "", true, false, kFolder});
  python::Module* natives = in.native_module("_remote_code", false);
  in.define(natives, "settle", settle);
  in.define(natives, "run_again", run_again);
  in.define(natives, "of_another_repo", of_another_repo);
  in.embedded_module(kStandIns, kText, false);
}

Value ModulesCache::made(const char* maker, std::initializer_list<Value> given) const {
  return in_.call(in_.import_name(kStandIns, maker), given);
}

void ModulesCache::copy_to_here(StandIns& stand_ins, const Value& library, std::string_view folder) const {
  const auto own = [&](const char* name) { return in_.attribute(library, in_.intern(name)); };
  const Value logger = made("Logger", {});
  stand_ins.value(library, "HF_MODULES_CACHE", in_.string(kFolder));
  stand_ins.value(library, "logger", logger);
  stand_ins.value(library, "check_imports",
                  made("demanding", {own("check_imports"), own("get_relative_imports"), logger, in_.string(folder)}));
}

void ModulesCache::import_from_here(StandIns& stand_ins, const Value& library) const {
  stand_ins.value(library, "HF_MODULES_CACHE", in_.string(kFolder));
  stand_ins.value(library, "importlib", made("Importlib", {}));
}

}  // namespace ckptlint
