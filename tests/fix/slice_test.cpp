// Slices of constructors: which statements a buffer's tensor depends on, how they read elsewhere, and when they cannot.
#include "fix/slice.h"

#include <string>
#include <vector>

#include "catch.h"

using namespace ckptlint;

namespace {

// A line of the constructor below at which a buffer is registered: `self.register_buffer("name", tensor)`.
std::vector<Goal> goals_of(const PythonText& source, const python::Code& function) {
  std::vector<Goal> goals;
  walk(function.body, [&](const python::Node& node) {
    const auto* alone = python::as<python::ExprStmt>(node);
    const auto* call = alone != nullptr ? python::as<python::Call>(alone->value) : nullptr;
    const auto* callee = call != nullptr ? python::as<python::Attribute>(call->callee) : nullptr;
    if (callee != nullptr && callee->symbol->view() == "register_buffer") {
      const std::vector<WrittenItem> arguments = source.items_of(*call);
      const std::string_view name = source.text_of(arguments.at(0).value);
      goals.push_back(
          {alone, std::string(name.substr(1, name.size() - 2)), call->arguments[1].value, arguments.at(1).value});
    }
    return true;
  });
  return goals;
}

// The lines of the slice, then "(parameters)" where it uses any; or "! " and why there is none.
std::string sliced(const std::string& body, const std::string& module_name = "module") {
  const Result<PythonText> source =
      PythonText::parse("class M:\n    def __init__(self, n, config: C = None, *rest, **more):\n" + body);
  REQUIRE(source.ok());
  const python::Code& function = *method_of(*source->class_named("M"), "__init__")->code;
  const std::vector<Goal> goals = goals_of(*source, function);
  REQUIRE_FALSE(goals.empty());
  const Result<Slice> slice = slice_of(*source, function, goals, module_name, "init.copy_");
  if (!slice.ok()) return "! " + slice.error().message;
  std::string text;
  for (const std::string& line : slice->lines) text += line + "\n";
  std::string used;
  for (const std::string& parameter : slice->parameters) used += (used.empty() ? "" : " ") + parameter;
  return used.empty() ? text : text + "(" + used + ")\n";
}

struct Case {
  std::string body, slice;
};

void check(const std::vector<Case>& cases) {
  for (const Case& each : cases) {
    INFO(each.body);
    CHECK(sliced(each.body) == each.slice);
  }
}

}  // namespace

TEST_CASE("a slice holds what the tensor depends on, and nothing else") {
  check({
      {"        self.register_buffer('b', torch.zeros(3))\n", "init.copy_(module.b, torch.zeros(3))\n"},
      {"        x = n + 1\n        y = 2\n        self.layer = nn.Linear(y, y)\n        self.register_buffer('b', "
       "f(x))\n",
       "x = n + 1\ninit.copy_(module.b, f(x))\n(n)\n"},
      // In turn, and changes in place with it.
      {"        a = config.d\n        x = f(a)\n        x[0] = a\n        x.fill_(1)\n        x.y += n\n"
       "        self.register_buffer('b', x)\n",
       "a = config.d\nx = f(a)\nx[0] = a\nx.fill_(1)\nx.y += n\ninit.copy_(module.b, x)\n(config n)\n"},
      // An attribute or a keyword of that name is no variable.
      {"        d = 1\n        self.register_buffer('b', f(config.d, d=2))\n",
       "init.copy_(module.b, f(config.d, d=2))\n(config)\n"},
      {"        x, (y, z) = g()\n        self.register_buffer('b', z)\n", "x, (y, z) = g()\ninit.copy_(module.b, z)\n"},
      {"        x = y = n\n        self.register_buffer('b', y)\n", "x = y = n\ninit.copy_(module.b, y)\n(n)\n"},
      {"        import math as m\n        from a import b, c\n        import os\n        self.register_buffer('t', "
       "m.pi * c)\n",
       "import math as m\nfrom a import b, c\ninit.copy_(module.t, m.pi * c)\n"},
      {"        self.register_buffer('b', f(rest, more))\n", "init.copy_(module.b, f(rest, more))\n(more rest)\n"},
      // Two goals are rewritten in their order.
      {"        x = n\n        self.register_buffer('a', x)\n        self.register_buffer('b', g(x))\n",
       "x = n\ninit.copy_(module.a, x)\ninit.copy_(module.b, g(x))\n(n)\n"},
  });
}

TEST_CASE("self becomes the module, where it is a variable") {
  check({
      {"        self.d = n\n        self.register_buffer('b', f(self.d, x.self, 'self'))\n",
       "init.copy_(module.b, f(module.d, x.self, 'self'))\n"},
      {"        s = [self.w for self_ in self]\n        self.register_buffer('b', s)\n",
       "s = [module.w for self_ in module]\ninit.copy_(module.b, s)\n"},
      {"        x = '\xe2\x82\xac'  # \xc3\xa9\n        self.register_buffer('b', f(x, self))\n",
       "x = '\xe2\x82\xac'\ninit.copy_(module.b, f(x, module))\n"},
  });
}

TEST_CASE("compound statements stay around what is kept") {
  check({
      {"        if n:\n            x = 1\n        elif config.a:\n            y = 2\n        else:\n            x = 3\n"
       "        self.register_buffer('b', x)\n",
       "if n:\n    x = 1\nelif config.a:\n    pass\nelse:\n    x = 3\ninit.copy_(module.b, x)\n(config n)\n"},
      {"        if n:\n            y = 1\n        self.register_buffer('b', x)\n", "init.copy_(module.b, x)\n"},
      // Clauses behind the last that is kept go.
      {"        if n:\n            x = 1\n        else:\n            y = 2\n        self.register_buffer('b', x)\n",
       "if n:\n    x = 1\ninit.copy_(module.b, x)\n(n)\n"},
      {"        for i in range(n):\n            if i:\n                continue\n            x = g(i)\n            y = "
       "i\n"
       "        self.register_buffer('b', x)\n",
       "for i in range(n):\n    if i:\n        continue\n    x = g(i)\ninit.copy_(module.b, x)\n(n)\n"},
      // What a loop needs may be bound further down in it.
      {"        for i in n:\n            x = z\n            z = i\n        self.register_buffer('b', x)\n",
       "for i in n:\n    x = z\n    z = i\ninit.copy_(module.b, x)\n(n)\n"},
      {"        with torch.no_grad():\n            self.register_buffer('b', torch.ones(n))\n",
       "with torch.no_grad():\n    init.copy_(module.b, torch.ones(n))\n(n)\n"},
  });
}

TEST_CASE("lines keep their distance from the statement that they are of") {
  check({
      {"        x = f(\n            n,\n            2,\n        )\n        self.register_buffer('b', x)\n",
       "x = f(\n    n,\n    2,\n)\ninit.copy_(module.b, x)\n(n)\n"},
      {"\tx = f(\n\t\tn)\n\tself.register_buffer('b', x)", "x = f(\n\tn)\ninit.copy_(module.b, x)\n(n)\n"},
      {"        def g(k):\n            return k\n        self.register_buffer('b', g(n))\n",
       "def g(k):\n    return k\ninit.copy_(module.b, g(n))\n(n)\n"},
  });
}

TEST_CASE("what cannot stand alone is refused") {
  check({
      {"        if n:\n            return\n        self.register_buffer('b', x)\n",
       "! line 4 may return before it is computed"},
      {"        x = '''a\n        b'''\n        self.register_buffer('b', f(x))\n",
       "! line 3 has a string over several lines"},
      {"        x = super().make(n)\n        self.register_buffer('b', x)\n", "! it is computed with `super()`"},
      {"        module = n\n        self.register_buffer('b', f(module))\n",
       "! it is computed from a local variable `module`"},
  });
  // A return behind it, or in a function of its own, does no harm.
  CHECK(sliced("        self.register_buffer('b', x)\n        return\n") == "init.copy_(module.b, x)\n");
  CHECK(sliced("        m = n\n        self.register_buffer('b', f(m))\n", "m").starts_with("! "));
}

TEST_CASE("blocks that are nested too deeply are refused") {
  const auto nested = [](int depth) {
    std::string body = "        x = 0\n";
    for (int i = 0; i < depth; ++i) body += std::string(8 + static_cast<std::size_t>(i), ' ') + "if n:\n";
    body += std::string(8 + static_cast<std::size_t>(depth), ' ') + "x = 1\n        self.register_buffer('b', x)\n";
    return sliced(body);
  };
  CHECK(nested(30).starts_with("x = 0\nif n:\n    if n:\n"));
  CHECK(nested(60) == "! its constructor is nested too deeply");
}
