// What edits ask of a text and its syntax: where things begin and end as they are written.
#include "python/syntax/python_text.h"

#include <string>
#include <vector>

#include "catch.h"

using namespace ckptlint;
using python::as;

namespace {

PythonText parsed(const std::string& text) {
  Result<PythonText> source = PythonText::parse(text);
  REQUIRE(source.ok());
  return std::move(*source);
}

// The expression that the last statement is.
const python::Expr* last_expression(const PythonText& source) {
  const python::Block& all = source.statements();
  return as<python::ExprStmt>(all[all.size() - 1])->value;
}

// Each item as "whole>value", where they differ, and a comma where it has one.
std::string written_items(const std::string& text) {
  const PythonText source = parsed(text);
  const python::Expr* node = last_expression(source);
  const auto* call = as<python::Call>(node);
  std::string out;
  for (const WrittenItem& each :
       call != nullptr ? source.items_of(*call) : source.items_of(*python::as_sequence(node))) {
    out += out.empty() ? "" : " ";
    out += source.text_of(each.whole);
    if (each.whole.begin != each.value.begin) out += ">" + std::string(source.text_of(each.value));
    if (each.has_comma) out += source.text_of(Extent{each.behind - 1, each.behind});
  }
  return out;
}

struct Case {
  std::string text, answer;
};

// The text from an offset to the end of its line.
std::string line_from(const PythonText& source, std::size_t offset) {
  const std::string& text = source.text();
  return text.substr(offset, text.find('\n', offset) - offset);
}

}  // namespace

TEST_CASE("items are found as they are written, parentheses, keywords and stars included") {
  const std::vector<Case> cases = {
      {"f()\n", ""},
      {"f(a)\n", "a"},
      {"f(a, b)\n", "a, b"},
      {"f(a, b,)\n", "a, b,"},
      {"f((a), ((b)))\n", "(a), ((b))"},
      {"f((a, b), (c + d) * e)\n", "(a, b), (c + d) * e"},
      {"f(k=a, l = (b), *c, **(d))\n", "k=a>a, l = (b)>(b), *c>c, **(d)>(d)"},
      {"f(k # k=b\n  =  # (\n  (a))\n", "k # k=b\n  =  # (\n  (a)>(a)"},
      {"f(  # one, two\n    a,  # (\n    (b)  # )\n    ,\n)\n", "a, (b),"},
      {"(f)(a)\n", "a"},
      {"(f  # (\n)(a)\n", "a"},
      {"f(')', \"(,\", f'{g(x)},')\n", "')', \"(,\", f'{g(x)},'"},
      {"f(x for x in y)\n", "(x for x in y)"},
      {"f(lambda: (a, b), c)\n", "lambda: (a, b), c"},
      {"[]\n", ""},
      {"[a, (b),]\n", "a, (b),"},
      {"(a,)\n", "a,"},
      {"((a), b)\n", "(a), b"},
      {"a, (b)\n", "a, (b)"},
      {"{*a, (b)}\n", "*a, (b)"},
      {"['\xc3\xa9', b]\n", "'\xc3\xa9', b"},
  };
  for (const Case& each : cases) {
    INFO(each.text);
    CHECK(written_items(each.text) == each.answer);
  }
}

TEST_CASE("a tuple has parentheses of its own or none") {
  const auto is_bracketed = [](const char* text) {
    const PythonText source = parsed(text);
    return source.is_bracketed(*python::as_sequence(last_expression(source)));
  };
  for (const char* text :
       {"(a, b)\n", "((a), b)\n", "(a,)\n", "()\n", "[a]\n", "((a, b), c)\n", "( # (\n(a), (b))\n"}) {
    INFO(text);
    CHECK(is_bracketed(text));
  }
  for (const char* text : {"a, b\n", "(a), b\n", "(a), (b)\n", "((a)), b\n", "a,\n", "(a, b), c\n"}) {
    INFO(text);
    CHECK_FALSE(is_bracketed(text));
  }
}

TEST_CASE("defaults are found with the parentheses around them") {
  const PythonText source = parsed("def f(a, b=1, c: T = (2), d=((x, y)), *e, g=(h)(i), j=(  # why\n  k)): pass\n");
  std::string found;
  for (const python::Parameter& each : as<python::Def>(source.statements()[0])->code->parameters) {
    if (each.default_value != nullptr) found += std::string(source.text_of(source.default_of(each))) + ";";
  }
  CHECK(found == "1;(2);((x, y));(h)(i);(  # why\n  k);");
}

TEST_CASE("literals behind each other are told apart") {
  const std::vector<Case> cases = {
      {"'a'\n", "'a'"},
      {"'a' \"b\"\n", "'a'|\"b\""},
      {"('a'  # '\n 'b')\n", "'a'|'b'"},
      {"rb'a\\'' b''\n", "rb'a\\''|b''"},
      {"'''a\n'b''' f'{x}'\n", "'''a\n'b'''|f'{x}'"},
      {"'' ''\n", "''|''"},
  };
  for (const Case& each : cases) {
    INFO(each.text);
    const PythonText source = parsed(each.text);
    std::string found;
    for (const Extent& one : source.literals_in(last_expression(source)->at))
      found += (found.empty() ? "" : "|") + std::string(source.text_of(one));
    CHECK(found == each.answer);
  }
}

TEST_CASE("text goes behind a body and the comments that belong to it") {
  const std::vector<Case> cases = {
      {"def f():\n    x\ny\n", "y"},
      {"def f():\n    x  # why\n\ny\n", ""},
      {"def f():\n    x\n    # why\n\n    # and\n# of y\ny\n", "# of y"},
      {"def f():\n    if x:\n        y\n      # why\n  # z\nz\n", "  # z"},
      {"def f():\n    'Doc.'\ny\n", "y"},
      {"def f(): x\n# why\n", "# why"},
      {"def f():\n    global x\ny\n", "y"},
      {"def f():\n    x", ""},
      {"def f():\r\n    x\r\n\r\n    # why\r\ny\r\n", "y\r"},
      {"class f:\n    @g\n    def h(self):\n        x\ny\n", "y"},
  };
  for (const Case& each : cases) {
    INFO(each.text);
    const PythonText source = parsed(each.text);
    const python::Stmt* first = source.statements()[0];
    const auto* function = as<python::Def>(first);
    const python::Code& code = function != nullptr ? *function->code : *as<python::ClassDef>(first)->code;
    CHECK(line_from(source, source.behind_body(code)) == each.answer);
  }
}

TEST_CASE("a body begins with its docstring or its first decorator") {
  const std::vector<Case> cases = {
      {"class A:\n    'Doc.'\n    x = 1\n", "'Doc.'"},
      {"class A:  # why\n    # and\n    x = 1\n", "x = 1"},
      {"class A:\n    @(b)\n    @c\n    def f(self): pass\n", "@(b)"},
      {"class A: x = 1\n", "x = 1"},
      {"class A:\n    async def f(self): pass\n", "async def f(self): pass"},
  };
  for (const Case& each : cases) {
    INFO(each.text);
    const PythonText source = parsed(each.text);
    CHECK(line_from(source, source.begin_of_body(*source.class_named("A")->code)) == each.answer);
  }
}

TEST_CASE("classes, bases and methods are found, the last of a name first") {
  const PythonText source = parsed(
      "\xEF\xBB\xBF"
      "class A(nn.Module, B, *c, k=D, metaclass=E): pass\n"
      "if x:\n    class A(F[int], g(), G):\n        def f(self): pass\n        @h\n        def f(self, a): pass\n"
      "        if y:\n            def f(self, a, b): pass\n"
      "class Z(nn.Module, B): pass\n");
  const python::ClassDef* type = source.class_named("A");
  REQUIRE(type != nullptr);
  CHECK(source.bases_of(*type) == std::vector<std::string_view>{"G"});
  CHECK(source.bases_of(*source.class_named("Z")) == std::vector<std::string_view>{"nn.Module", "B"});
  CHECK(method_of(*type, "f")->code->parameters.size() == 2);
  CHECK(method_of(*type, "g") == nullptr);
  CHECK(source.class_named("f") == nullptr);
  CHECK(line_from(source, source.begin_of(source.statements()[0]->at)).starts_with("class A(nn.Module"));
}

TEST_CASE("a statement is found by a span, and a node knows what is around it") {
  const PythonText source = parsed("def f():\n    if a:\n        pass\n    elif b:\n        self.x = g(h)\n");
  const python::Stmt* found = source.innermost_statement(Span{FileId{0}, 5, 18, 5, 22});
  REQUIRE(found != nullptr);
  CHECK(source.text_of(found->at) == "self.x = g(h)");
  CHECK(source.innermost_statement(Span{FileId{0}, 3, 9, 3, 13}) == nullptr);
  const std::vector<python::Node> around = source.around(python::assigned_by(found).value);
  REQUIRE(around.size() == 4);  // the `elif` is an `if` of its own
  CHECK(as<python::Def>(around.front()) != nullptr);
  CHECK(around.back() == python::Node(found));
  CHECK(source.around(python::Node()).empty());
}

TEST_CASE("the clauses of an if are its own") {
  const std::vector<Case> cases = {{"if a: pass\n", "a"},
                                   {"if a: pass\nelif b: pass\nelif c: pass\nelse: pass\n", "a b c else"},
                                   {"if a: pass\nelse:\n  if b: pass\n", "a else"},
                                   {"if a: pass\nelif b: pass\nelse:\n  if c: pass\n  else: pass\n", "a b else"}};
  for (const Case& each : cases) {
    INFO(each.text);
    const PythonText source = parsed(each.text);
    std::string found;
    for (const python::Clause& clause : python::clauses_of(*as<python::If>(source.statements()[0]))) {
      found += found.empty() ? "" : " ";
      found += clause.condition == nullptr ? "else" : source.text_of(clause.condition->at);
    }
    CHECK(found == each.answer);
  }
}

TEST_CASE("a walk goes through everything in the order of the text") {
  const PythonText source = parsed(
      "@a\ndef f(x=b): c if d else e\nclass G(h, k=i): j[l:m, n]\n{o: p, **q}\n[r for s in t if u]\n"
      "try: v\nexcept w: x\nelse: y\nfinally: z\nwith aa as ab: f'{ac:{ad}}'\nlambda ae=af: (ag := ah)\n"
      "match ai:\n    case aj.b(ak=3) if al: am\n");
  std::string names;
  python::walk(source.statements(), [&](const python::Node& node) {
    const auto* name = as<python::Name>(node);
    if (name != nullptr) names += std::string(name->symbol->view()) + " ";
    return true;
  });
  CHECK(names == "a b c d e h i j l m n o p q r s t u v w x y z aa ab ac ad af ag ah ai aj al am ");
}

TEST_CASE("what is no Python has no edits") {
  for (const char* text : {"def f(:\n", "x = (\n", "  x\n y\n", "print 'a'\n", "class A\n", "'''\n"}) {
    const Result<PythonText> source = PythonText::parse(text);
    REQUIRE_FALSE(source.ok());
    CHECK(source.error().message == "the file has a syntax error");
  }
  // All of it is read.
  CHECK_FALSE(PythonText::parse("if TYPE_CHECKING:\n    x = (\nelse:\n    pass\n").ok());
  CHECK(PythonText::parse("").ok());
}

TEST_CASE("what is noted of functions stays as long as the text does") {
  const PythonText source = parsed("def f(x: int) -> List[int]:\n    return g(x)\n");
  const python::FunctionNotes* notes = python::notes_of(*as<python::Def>(source.statements()[0])->code);
  REQUIRE(notes != nullptr);
  CHECK(notes->returns->view() == "List[int]");
}
