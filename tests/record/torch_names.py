"""Write analyzer/library/torch/listed_names.h from the torch 2.13.0 of the environment: python tests/record/torch_names.py"""

import pathlib
import pkgutil
import sys
import textwrap
import types
import warnings

import torch

TARGET = pathlib.Path(__file__).resolve().parents[2] / "analyzer" / "library" / "torch" / "listed_names.h"
MARK = "// clang-format off\n"


def names_of(owner):
    """What dir() gives, without submodules, other packages and special names."""
    return [name for name in dir(owner) if not name.startswith("__") and not isinstance(getattr(owner, name), types.ModuleType)]


def modules_of(owner):
    """What can be imported below a package, and what is put below it while torch itself is imported."""
    found = {each.name for each in pkgutil.iter_modules(owner.__path__)}
    below = (name.removeprefix(owner.__name__ + ".") for name in sys.modules if name.startswith(owner.__name__ + "."))
    return sorted(found | {name for name in below if "." not in name})


def constant(name, words):
    lines = textwrap.wrap(" ".join(words), 112)
    return f"inline constexpr std::string_view {name} =\n" + "\n".join(f'    "{line} "' for line in lines) + ";\n"


def main():
    if torch.__version__.split("+")[0] != "2.13.0":
        sys.exit(f"the names are those of torch 2.13.0, not {torch.__version__}")
    warnings.simplefilter("ignore")
    functional = [name for name in names_of(torch.nn.functional) if callable(getattr(torch.nn.functional, name))]
    tables = [
        constant("kTorchNames", names_of(torch)),
        constant("kTorchModules", modules_of(torch)),
        constant("kTensorNames", names_of(torch.Tensor)),
        constant("kNnNames", names_of(torch.nn)),
        constant("kNnModules", modules_of(torch.nn)),
        constant("kFunctionalNames", functional),
    ]
    head = TARGET.read_text().split(MARK)[0]
    TARGET.write_text(head + MARK + "\n".join(tables) + "// clang-format on\n\n}  // namespace ckptlint::python::torch\n")


if __name__ == "__main__":
    main()
