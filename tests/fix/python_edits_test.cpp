// Edits to modeling source: the buffer not persistent, strings in a class attribute, an import; and what is refused.
#include "fix/python_edits.h"

#include <string>
#include <vector>

#include "base/text_edit.h"
#include "catch.h"

using namespace ckptlint;

namespace {

constexpr FileId kFile{0};

PythonText parsed(const std::string& text) {
  Result<PythonText> source = PythonText::parse(text);
  REQUIRE(source.ok());
  return std::move(*source);
}

std::string applied(const PythonText& source, const Result<std::vector<Edit>>& edits) {
  if (!edits.ok()) return "! " + edits.error().message;
  const Result<std::string> text = apply_edits(source.text(), *edits);
  return text.ok() ? *text : "! " + text.error().message;
}

Span at_line(std::uint32_t line, std::uint32_t column) { return {kFile, line, column, line, column}; }

// A class whose constructor is `body`, which registers a buffer on its first line, with that buffer not persistent.
std::string not_persistent(const std::string& body, const std::string& name = "b") {
  const std::string head = "class M:\n    def __init__(self):\n";
  const PythonText source = parsed(head + body);
  const auto column = static_cast<std::uint32_t>(body.find_first_not_of(" \t") + 1);
  const Result<std::vector<const python::Call*>> calls = registrations_of(source, at_line(3, column), name);
  if (!calls.ok()) return "! " + calls.error().message;
  const std::string text = applied(source, persistence_edits(source, *calls, kFile));
  return text.starts_with(head) ? text.substr(head.size()) : text;
}

std::string with_entries(const std::string& text, const std::string& class_name, const std::string& attribute,
                         const std::vector<std::string>& entries) {
  const PythonText source = parsed(text);
  const python::ClassDef* type = source.class_named(class_name);
  REQUIRE(type != nullptr);
  const Result<Edit> edit = class_list_edit(source, *type, attribute, entries, kFile);
  if (!edit.ok()) return "! " + edit.error().message;
  return applied(source, std::vector<Edit>{*edit});
}

struct Case {
  std::string before, after;
};

}  // namespace

TEST_CASE("a registered buffer is made non-persistent in the style of its call") {
  const std::vector<Case> cases = {
      {"        self.register_buffer('b', x)\n", "        self.register_buffer('b', x, persistent=False)\n"},
      {"        self.register_buffer('b', x,)\n", "        self.register_buffer('b', x, persistent=False)\n"},
      {"        self.register_buffer('b', x, True)\n", "        self.register_buffer('b', x, False)\n"},
      {"        self.register_buffer('b', x, persistent=flag)\n",
       "        self.register_buffer('b', x, persistent=False)\n"},
      {"        self.register_buffer('b', x, persistent=False)\n",
       "        self.register_buffer('b', x, persistent=False)\n"},
      {"        self.register_buffer(\n            'b',\n            x,\n        )\n",
       "        self.register_buffer(\n            'b',\n            x,\n            persistent=False,\n        )\n"},
      {"        self.register_buffer(\n            'b',\n            x\n        )\n",
       "        self.register_buffer(\n            'b',\n            x,\n            persistent=False\n        )\n"},
      {"        self.b = nn.Buffer(x)\n", "        self.b = nn.Buffer(x, persistent=False)\n"},
      {"        self.register_buffer('b', x)", "        self.register_buffer('b', x, persistent=False)"},
      {"        self.register_buffer('b', x)\r\n", "        self.register_buffer('b', x, persistent=False)\r\n"},
      {"\tself.register_buffer('b', x)\n", "\tself.register_buffer('b', x, persistent=False)\n"},
      {"        self.register_buffer('b', '\xe2\x82\xac')  # \xc3\xa9\n",
       "        self.register_buffer('b', '\xe2\x82\xac', persistent=False)  # \xc3\xa9\n"},
      // Everywhere in the class where that buffer is registered, and nowhere else.
      {"        self.register_buffer('b', x)\n        self.register_buffer('c', x)\n        self.b = nn.Buffer(y)\n",
       "        self.register_buffer('b', x, persistent=False)\n        self.register_buffer('c', x)\n"
       "        self.b = nn.Buffer(y, persistent=False)\n"},
      // The first may name it by any expression.
      {"        self.register_buffer(name, x)\n        self.register_buffer(other, x)\n",
       "        self.register_buffer(name, x, persistent=False)\n        self.register_buffer(other, x)\n"},
      {"        self.register_buffer(*args)\n", "! line 3 passes arguments with a star"},
      {"        self.register_buffer('b', **kwargs)\n", "! line 3 passes arguments with a star"},
      {"        self.b = x\n", "! line 3 registers `b` in a way that cannot be edited"},
      {"        pass\n", "! line 3 registers `b` in a way that cannot be edited"},
  };
  for (const Case& each : cases) {
    INFO(each.before);
    CHECK(not_persistent(each.before) == each.after);
  }
}

TEST_CASE("a place beyond the file registers nothing") {
  const PythonText source = parsed("class M:\n    pass\n");
  for (const Span span : {at_line(99, 1), at_line(1, 99), Span{kFile, 0, 0, 0, 0}, Span{kFile, 2, 5, 1, 1}}) {
    CHECK_FALSE(registrations_of(source, span, "b").ok());
  }
}

TEST_CASE("strings are added to a list of the class") {
  const std::vector<Case> cases = {
      {"class M:\n    keys = [\"a\"]\n", "class M:\n    keys = [\"a\", \"n\", r\"x\\.y\"]\n"},
      {"class M:\n    keys = [\"a\",]\n", "class M:\n    keys = [\"a\", \"n\", r\"x\\.y\",]\n"},
      {"class M:\n    keys = []\n", "class M:\n    keys = [\"n\", r\"x\\.y\"]\n"},
      {"class M:\n    keys = ()\n", "class M:\n    keys = (\"n\", r\"x\\.y\",)\n"},
      {"class M:\n    keys = {'a'}\n", "class M:\n    keys = {'a', \"n\", r\"x\\.y\"}\n"},
      {"class M:\n    keys = None\n", "class M:\n    keys = [\"n\", r\"x\\.y\"]\n"},
      {"class M:\n    keys = [\n        'a',  # why\n    ]\n",
       "class M:\n    keys = [\n        'a',\n        \"n\",\n        r\"x\\.y\",  # why\n    ]\n"},
      {"class M:\n    keys = [\n        'a'\n    ]\n",
       "class M:\n    keys = [\n        'a',\n        \"n\",\n        r\"x\\.y\"\n    ]\n"},
      {"class M:\n    keys = ['a']\n    keys = ['b']\n",
       "class M:\n    keys = ['a']\n    keys = ['b', \"n\", r\"x\\.y\"]\n"},  // the last is the one that counts
      // A new one stands behind the attributes that the class begins with.
      {"class M:\n    a = 1\n\n    def f(self):\n        pass\n",
       "class M:\n    a = 1\n    keys = [\"n\", r\"x\\.y\"]\n\n    def f(self):\n        pass\n"},
      {"class M:\n    def f(self):\n        keys = []\n",
       "class M:\n    keys = [\"n\", r\"x\\.y\"]\n\n    def f(self):\n        keys = []\n"},
      {"class M:\n    '''Doc.'''\n", "class M:\n    '''Doc.'''\n\n    keys = [\"n\", r\"x\\.y\"]\n"},
      {"class M:\n\tpass", "class M:\n\tpass\n\tkeys = [\"n\", r\"x\\.y\"]\n"},  // no final newline, a tab
      {"class M: pass\n", "! the body of the class on line 1 is on the same line"},
      {"class M:\n    keys = names()\n", "! `keys` is not written as a list"},
      {"class M:\n    keys = ['a'] + ['b']\n", "! `keys` is not written as a list"},
  };
  for (const Case& each : cases) {
    INFO(each.before);
    CHECK(with_entries(each.before, "M", "keys", {"n", R"(x\.y)"}) == each.after);
  }
}

TEST_CASE("a list that is too wide for a line takes several") {
  const std::string a(60, 'a'), b(60, 'b');
  CHECK(with_entries("class M:\n    x = 1\n", "M", "keys", {a, b}) ==
        "class M:\n    x = 1\n    keys = [\n        \"" + a + "\",\n        \"" + b + "\",\n    ]\n");
}

TEST_CASE("an attribute belongs to the base that all classes of the file share") {
  const PythonText source = parsed(
      "class Base(nn.Module):\n    pass\nclass Own(Base):\n    keys = []\nclass Head(Own):\n    pass\n"
      "class Ring(Ring2):\n    pass\nclass Ring2(Ring):\n    pass\n");
  const auto shared = [&](const char* name, const char* attribute) {
    const python::ClassDef* type = shared_class(source, name, attribute);
    return std::string(type == nullptr ? "-" : type->name->view());
  };
  CHECK(shared("Head", "other") == "Base");
  CHECK(shared("Head", "keys") == "Own");  // which hides what would stand in Base
  CHECK(shared("Base", "keys") == "Base");
  CHECK(shared("Absent", "keys") == "-");
  CHECK(shared("Ring", "keys") != "-");  // comes to an end
}

TEST_CASE("the import of transformers.initialization is found or made") {
  struct Import {
    std::string before, name, after;
  };
  const std::string as_init = "from transformers import initialization as init\n";
  const std::vector<Import> cases = {
      {"from transformers import initialization as init\n", "init", ""},
      {"from ... import initialization\n", "init", as_init + "from ... import initialization\n"},
      {"from transformers import initialization\n", "initialization", ""},
      {"import torch\n", "init", "import torch\n" + as_init},
      {"import torch\nfrom transformers import A\nimport os\n", "init",
       "import torch\nfrom transformers import A\n" + as_init + "import os\n"},
      {"import torch\nfrom transformers.x import A\n", "init",
       "import torch\n" + as_init + "from transformers.x import A\n"},
      {"from torch.nn import init\n", "initialization",
       "from torch.nn import init\nfrom transformers import initialization\n"},
      {"x = 1\n", "init", as_init + "x = 1\n"},
      {"", "init", as_init},
  };
  for (const Import& each : cases) {
    INFO(each.before);
    const PythonText source = parsed(each.before);
    const InitImport found = import_of_init(source, kFile);
    CHECK(found.name == each.name);
    CHECK(found.edit.has_value() == !each.after.empty());
    if (found.edit) CHECK(applied(source, std::vector<Edit>{*found.edit}) == each.after);
  }
}

TEST_CASE("plain strings, and nothing else, have a value") {
  struct Literal {
    std::string text, value;
  };
  const std::vector<Literal> cases = {{"'a'", "a"},    {"\"a b\"", "a b"}, {"r'a'", "a"}, {"'\xc3\xa9'", "\xc3\xa9"},
                                      {"''", ""},      {"'''a'''", "a"},   {"f'a'", "-"}, {"b'a'", "-"},
                                      {"'a\\n'", "-"}, {"rb'a'", "-"},     {"x", "-"},    {"'a' 'b'", "-"},
                                      {"F'{x}'", "-"}};
  for (const Literal& each : cases) {
    INFO(each.text);
    const PythonText source = parsed(each.text + "\n");
    const python::Expr* node = python::as<python::ExprStmt>(source.statements()[0])->value;
    CHECK(string_value(source, node).value_or("-") == each.value);
  }
  CHECK(string_literal("a") == "\"a\"");
  CHECK(string_literal(R"(a\.b)") == R"(r"a\.b")");
}
