// What the syntax of Python text is, recorded: trees with their places, and what is said of text that is not Python.
#include "python/syntax/reader.h"

#include <string>
#include <vector>

#include "base/file_tree.h"
#include "catch.h"
#include "golden.h"
#include "library/printed_syntax.h"
#include "python/syntax/source_unit.h"

namespace ckptlint::python {
namespace {

// Everything that a Parser makes of a file, as text; what it refuses is "refused", with the place and why.
class Reading {
 public:
  explicit Reading(SourceUnit& unit) : unit_(unit), parser_(arena_, symbols_) {}

  std::string whole() {
    for (const Piece& piece : split_block(unit_.text, 0, static_cast<std::uint32_t>(unit_.text.size()), 1))
      add(piece, false);
    return std::move(out_);
  }

 private:
  template <typename Read>
  void attempt(Read read) {
    try {
      out_ += read() + "\n";
    } catch (const SyntaxError& error) {
      out_ += fmt::format("refused at {}:{}: {}\n", error.at.line, error.at.column, error.message);
    }
  }

  void add(const Piece& piece, bool in_class) {
    if (piece.decorated) {
      attempt([&] {
        Code* code = arena_.make<Code>();
        return printed_.list(parser_.decorators(&unit_, piece, code));
      });
    }
    switch (piece.kind) {
      case PieceKind::kDef:
        return attempt([&] {
          Code* code = parser_.deferred_function(&unit_, piece);
          parser_.function(code);
          // A docstring ends where it ends, and not where what is parsed in its place does.
          const Position end = code->doc_end != 0 ? Position{} : code->at;
          return fmt::format("{}{}:{}", printed_.code(code), end.end_line, end.end_column);
        });
      case PieceKind::kClass:
        return add_class(piece);
      default:
        return attempt(
            [&] { return printed_.code(parser_.statement(&unit_, piece, in_class ? symbols_.intern("C") : nullptr)); });
    }
  }

  void add_class(const Piece& piece) {
    attempt([&] {
      Code* code = arena_.make<Code>();
      return printed_.class_definition(parser_.class_header(&unit_, piece, code));
    });
    const ClassBody body = class_body(unit_.text, piece);
    if (body.begin == 0) return;
    for (const Piece& each : split_block(unit_.text, body.begin, piece.end, body.line)) add(each, true);
  }

  SourceUnit& unit_;
  Arena arena_{std::size_t{1} << 30};
  Symbols symbols_{arena_};
  Parser parser_;
  PrintedSyntax printed_{parser_};
  std::string out_;
};

std::string reading_of(const std::string& text) {
  SourceUnit unit;
  unit.text = text;
  return Reading(unit).whole();
}

void collect_paths(const FileTree& tree, const std::string& folder, std::vector<std::string>& out) {
  for (const std::string& name : tree.list(folder)) {
    const std::string path = folder + "/" + name;
    if (tree.is_folder(path)) {
      collect_paths(tree, path, out);
    } else if (name.ends_with(".py")) {
      out.push_back(path);
    }
  }
}

std::string repeated(std::string_view part, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += part;
  return out;
}

template <std::size_t N>
std::string readings_of(const std::string (&texts)[N]) {
  std::string out;
  for (const std::string& text : texts)
    out += "---\n" + text + (text.ends_with('\n') ? "" : "\n") + ">\n" + reading_of(text);
  return out;
}

TEST_CASE("one in five files of transformers is read without a complaint") {
  const Result<FileTreePtr> wheel = open_zip(CKPTLINT_THIRD_PARTY_DIR "/transformers-5.23.0-py3-none-any.whl");
  REQUIRE(wheel);
  std::vector<std::string> paths;
  collect_paths(**wheel, "transformers", paths);
  REQUIRE(paths.size() > 2000);
  for (std::size_t i = 0; i < paths.size(); i += 5) {
    const Result<std::string> text = (*wheel)->read(paths[i]);
    if (!text) continue;
    INFO(paths[i]);
    CHECK(reading_of(*text).find("\nrefused at ") == std::string::npos);
  }
}

TEST_CASE("the syntax of Python, in corners") {
  const std::string texts[] = {
      "x = [[x for x in x] for x in y if [y for x in (x, y)]]\n",
      "def f(a, *, b=[c for c in range(3)][0], **k):\n  return {a: b for a, (b, *c) in k.items() if a if b}\n",
      "def f():\n  'doc'\ndef g():\n  r'''d\\oc''' # yes\n  return 1\ndef h(): 'no doc'; return 2\n",
      "x = f'{a!r:>{width}}{{}}{b=}' 'tail\\n' rf'\\d{c:%Y-%m}' f\"{d['k']:{e}.{f}}\"\n",
      "x = b'\\x00' b\"q\", u'u', '''a\nb''', \"\"\"a\\\nb\"\"\"\n",
      "a, *b = c = d[1:, ::2, ..., -1] = yield_ = lambda *a, k=1, **o: (a, k)\n",
      "x = a if b else c if d else lambda: not e and f or g is not h not in i\n",
      "x = -a ** -b ** c @ d << 1 | ~e & f - g\n",
      "if TYPE_CHECKING:\n    from a import b\nelse:\n    c = 1\n",
      "try:\n  pass\nexcept (A, B) as e:\n  raise C from e\nexcept D:\n  raise\nelse:\n  x = 1\nfinally:\n  del y[0], "
      "z\n",
      "for i, (j, k) in enumerate(a), b:\n  continue\nelse:\n  while (n := next(i)) != 0:\n    break\n",
      "with a as b, c(d) as (e, f), g:\n  assert h, 'i'\n",
      "@a.b(c=1)\n@d\nclass E(F, metaclass=G, *h, **i):\n  'doc'\n  x: int = 1\n  y: 'str'\n  async def z(self): "
      "pass\n",
      "def outer(a):\n  def inner():\n    nonlocal a\n    a += 1; return lambda: a\n  global g\n  g = inner\n  yield "
      "from (b "
      "for b in a)\n",
      "from . import (a, b as c,)\nfrom ...d.e import *\nimport f.g as h, i.j\n",
      "x = (1, 0x_ff, 0b11, 1_000, 1.5e-3, .5, 5., 10 ** 20, 123456789012345678901234567890, 1j)\n",
      "x = {**a, 'b': 1, **c}, {1, *d}, {}, (), [], (e,), (f)\n",
      "x = f(*a, b, c=d, **e)(g for g in h)[i](\n  # a comment\n  j  # another\n)\n",
      "def f(a, b, /, c: List[int] = None, *args: Any, d, **kw) -> Tuple[int, str]:\n  x: Dict[str, int] = {}\n",
      "x = a \\\n  + b\n",
      "async def f():\n  await g()\n  async with h: pass\n  return [i async for i in j]\n",
  };
  test::check_golden("python/syntax.txt", readings_of(texts));
}

TEST_CASE("the syntax of what modeling code seldom has") {
  const std::string texts[] = {
      "match x:\n  case [1, *rest]: pass\n  case 1 | -2 | 'a' 'b' | None as y if y: pass\n  case _:\n    pass\n",
      "match x, *y:\n  case a, (b), (c,), *_: pass\n  case (): pass\n  case A.B: pass\n  case 1 + 2j: pass\n",
      "match f(x):\n  case A.B(1, [c], d=e, f=_): pass\n  case {'a': 1, B.c: d, **rest}: pass\n  case A(): pass\n",
      "def f(x):\n  match (x):\n    case {}: return x\n    case y: return y\n",
      "match = case = 1\nmatch[1] = match(case)\nmatch.x: int = match -1\nprint(match, [case])\n",
      "\tx = 1\n",
      "if a:\n\tb\n\tif c:\n\t    d\n        e\n",
      "\xEF\xBB\xBFx = 1\ny = 2\n",
      "x = (1,\r\n  2)\r\nif x:\r\n  y = 'a\\\r\nb' \\\r\n + c\r\n",
      "d\xc3\xa9j\xc3\xa0 = \xce\xb1.\xce\xb2(\xe5\x90\x8d=1)\n",
      "\xc2\xb5 = \xef\xac\x81x + \xef\xbc\xa1\xef\xbc\x91 + \xf0\x9d\x90\xb1\n",
      "async def f():\n  async for a in b: pass\n  async with c as d, e: pass\n  return [await i async for i in j if "
      "await "
      "k]\n",
      "with (a as b, c as d,): pass\nwith (a, b): pass\nwith (a): pass\nwith (a) as b, (c): pass\nwith (a, b) as c: "
      "pass\nwith (yield_): pass\n",
      "try: pass\nexcept* A as e: pass\nexcept* (B, C): pass\n",
      "def f[T: int, *Ts, **P](a: T, *args: *Ts) -> T: pass\nclass A[T](B): pass\ntype X[T] = list[T]\n",
      "def f(a: int,  # first\n      b: Dict[int,  # key\n              str] = None): pass\n",
      "x = f'\\N{EM DASH}{a:{b!r}.{c}}' f\"{d[\"e\"]}\" f'''{\n  g\n:>{h}}'''\n",
      "x = a[*b], a[*b, c], [*d], f(*d or e)\n",
      "x = 1if y else 0x1F, 1e5, 1_0j, 0o17\n",
      "f(a\n  = 1, b # comment\n  = 2)\n",
      "x = [a for b.c, d[0], [e, f] in g]\n",
      "import a . b as c\nfrom . a import b\n",
      "x = " + repeated("(", 150) + "1" + repeated(")", 150) + "\n",
      "x = a" + repeated(" + a", 300) + "\n",
  };
  test::check_golden("python/syntax_seldom.txt", readings_of(texts));
}

TEST_CASE("what is said of text that is not Python") {
  const std::string texts[] = {
      "x = = 1\n",
      "def f(:\n  pass\n",
      "x = (1\n",
      "x = [1, (2]\n",
      "class A:\n    x = 1\n   y = 2\n",
      "if a:\n    x = 1\n  y = 2\n",
      "if a:\nx = 1\n",
      "x = 1\n  y = 2\n",
      "x = 'open\n",
      "x = '''open\n",
      "x = f'open {a\n",
      "x = f'{a!long}' \n",
      "x = f'}'\n",
      "f(x) = 1\n",
      "a + b += 1\n",
      "for 1 in x: pass\n",
      "a, b: int = 1\n",
      "def f(a, a): pass\n",
      "x = not\n",
      "x = a not b\n",
      "x = *a\n",
      "x = (*a)\n",
      "x = [*a for a in b]\n",
      "f(a for a in b, c)\n",
      "print 'x'\n",
      "x = 1 <> 2\n",
      "x = 12abc\n",
      "x = 0x\n",
      "x = q'a'\n",
      "x = $a\n",
      "x = a \\ b\n",
      "x = \xe2\x80\x9c"
      "a\xe2\x80\x9d\n",
      "try:\n  pass\nx = 1\n",
      "import\n",
      "from a import\n",
      "from import a\n",
      "del\n",
      "@a\nx = 1\n",
      "match x:\n  pass\n",
      "match x:\n  case *a: pass\n",
      "match x:\n  case 1: pass\n  x = 1\n",
      "while x\n  pass\n",
      "lambda x: (yield)\nlambda\n",
  };
  test::check_golden("python/syntax_errors.txt", readings_of(texts));
  CHECK(reading_of("x = a\xff\n") == "refused at 1:5: is not valid Python: a character that no name has\n");
}

TEST_CASE("what is nested too deeply is said to be, and nothing overflows") {
  const std::string complaint = "this is nested too deeply";
  const int many = 100'000;
  std::string blocks, decided = "if a: pass\n";
  for (int i = 0; i < 1000; ++i) blocks += std::string(static_cast<std::size_t>(i), ' ') + "if a:\n";
  for (int i = 0; i < many; ++i) decided += "elif a: pass\n";
  const std::string texts[] = {
      "x = " + repeated("(", many),
      "x = " + repeated("[", many),
      "x = " + repeated("{1: ", many),
      "x = " + repeated("f(", many),
      "x = " + repeated("a[", many),
      "x = " + repeated("-", many) + "1\n",
      "x = " + repeated("not ", many) + "1\n",
      "x = " + repeated("await ", many) + "1\n",
      "x = " + repeated("lambda: ", many) + "1\n",
      "x = " + repeated("1 if a else ", many) + "1\n",
      "x = 1" + repeated(" + 1", many) + "\n",
      "x = 1" + repeated(" ** 1", many) + "\n",
      "x = 1" + repeated(" or 1", many) + "\n",
      "x = a" + repeated(".a", many) + "\n",
      "x = a" + repeated("()", many) + "\n",
      "x = " + repeated("(", 100) + "a" + repeated(repeated(" + a", 10) + ")", 100) + "\n",
      "x = [a for " + repeated("(", many) + "\n",
      "x = [a for " + repeated("* ", many) + "\n",
      "match x:\n  case " + repeated("[", many) + "\n",
      "match x:\n  case " + repeated("(", many) + "\n",
      "match x:\n  case " + repeated("A(", many) + ": pass\n",
      "match x:\n  case A" + repeated(".a", many) + ": pass\n",
      "x = f'" + repeated("{a:", many) + "'\n",
      blocks,
      decided,
  };
  for (const std::string& text : texts) {
    INFO(text.substr(0, 40));
    CHECK(reading_of(text).find(complaint) != std::string::npos);
  }
}

}  // namespace
}  // namespace ckptlint::python
