// What is read directly is what tree-sitter reads: the same trees, places included.
#include "python/syntax/direct_parser.h"

#include <string>
#include <vector>

#include "base/file_tree.h"
#include "catch.h"
#include "library/printed_syntax.h"
#include "python/syntax/source_unit.h"

namespace ckptlint::python {
namespace {

// Everything that a Parser makes of a file, as text; what it refuses is "refused".
class Reading {
 public:
  Reading(SourceUnit& unit, bool direct) : unit_(unit), parser_(arena_, symbols_) { parser_.read_directly(direct); }

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
      out_ += "refused at line " + std::to_string(error.at.line) + "\n";
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
        return attempt([&] { return printed_.code(parser_.statement(&unit_, piece, in_class)); });
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

std::string first_difference(const std::string& a, const std::string& b) {
  std::size_t at = 0;
  while (at < a.size() && at < b.size() && a[at] == b[at]) ++at;
  if (at == a.size() && at == b.size()) return "";
  const std::size_t from = at < 300 ? 0 : at - 300;
  return a.substr(from, 600) + "\n---\n" + b.substr(from, 600) + "\n";
}

std::string difference(const std::string& path, const std::string& text) {
  SourceUnit unit;
  unit.text = text;
  unit.path = path;
  const std::string found = first_difference(Reading(unit, true).whole(), Reading(unit, false).whole());
  return found.empty() ? "" : path + ":\n" + found;
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

// Whether DirectParser itself reads a statement of the top level.
bool is_read_directly(const std::string& text) {
  Arena arena(std::size_t{1} << 24);
  Symbols symbols(arena);
  const Keywords keywords(symbols);
  SourceUnit unit;
  unit.text = text;
  Code code;
  code.kind = CodeKind::kModule;
  try {
    DirectParser(arena, symbols, keywords, &unit, 0, static_cast<std::uint32_t>(text.size()), 1).statements(&code);
    return true;
  } catch (const NotDirect&) {
    return false;
  }
}

TEST_CASE("what is read directly is what tree-sitter reads, for one in five files of transformers") {
  const Result<FileTreePtr> wheel = open_zip(CKPTLINT_THIRD_PARTY_DIR "/transformers-5.23.0-py3-none-any.whl");
  REQUIRE(wheel);
  std::vector<std::string> paths;
  collect_paths(**wheel, "transformers", paths);
  REQUIRE(paths.size() > 2000);
  std::string differing;
  constexpr std::size_t kFirst = 1;  // past testing_utils.py, which has what the grammar gets wrong (below)
  for (std::size_t i = kFirst; i < paths.size(); i += 5) {
    const Result<std::string> text = (*wheel)->read(paths[i]);
    if (text) differing += difference(paths[i], *text);
  }
  CHECK(differing == "");
}

TEST_CASE("what is read directly is what tree-sitter reads, in corners") {
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
      "match x:\n  case [1, *rest]: pass\n",
      "\tx = 1\n",
      "d\xc3\xa9j\xc3\xa0 = 1\n",
      "x = = 1\n",
      "def f(:\n  pass\n",
      "x = (1\n",
      "class A:\n    x = 1\n   y = 2\n",
      "x = 'open\n",
  };
  for (const std::string& text : texts) CHECK(difference(text, text) == "");
}

TEST_CASE("what the grammar gets wrong is read directly, and what is unusual is not") {
  CHECK(is_read_directly("type(self).x = 1\n"));             // no alias of a type
  CHECK(is_read_directly("for _, (a) in b:\n    c = a\n"));  // no tuple of one
  CHECK(is_read_directly("x = a & b ^ c\n"));                // `&` binds closer than `^`
  CHECK_FALSE(is_read_directly("match x:\n    case 1: pass\n"));
  CHECK_FALSE(is_read_directly("x = '\n"));
  CHECK_FALSE(is_read_directly("x = " + std::string(500, '(') + std::string(500, ')') + "\n"));
}

}  // namespace
}  // namespace ckptlint::python
