#include <memory>
#include <string>

#include "python/syntax/direct_parser.h"
#include "python/syntax/literals.h"
#include "python/syntax/lower.h"
#include "python/syntax/lower_node.h"
#include "python/syntax/parser_memory.h"
#include "python/syntax/source_unit.h"

namespace ckptlint::python {
namespace {

struct TreeDeleter {
  void operator()(TSTree* tree) const { ts_tree_delete(tree); }
};
using Tree = std::unique_ptr<TSTree, TreeDeleter>;

constexpr std::string_view kIndentedWrapper = "if 1:\n";
constexpr std::string_view kTypeChecking = "if TYPE_CHECKING:\n";

// `text` with the bytes [begin, end) replaced by `instead` and as many line breaks as they had, so that lines keep
// their numbers.  What is left out costs no parsing: docstrings are a third of the text of modeling code.
std::string without(std::string_view text, std::size_t begin, std::size_t end, std::string_view instead) {
  std::string out(text.substr(0, begin));
  out += instead;
  for (char c : text.substr(begin, end - begin)) {
    if (c == '\n') out += '\n';
  }
  out += text.substr(end);
  return out;
}

// `text` without comments and the space before them.  Nothing else moves, as a comment ends its line.
std::string without_comments(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::size_t copied = 0;  // text [0, copied) is in `out` or left out
  for (std::size_t at = 0; (at = next_comment(text, at)) < text.size();) {
    std::size_t end = at;
    while (end > copied && (text[end - 1] == ' ' || text[end - 1] == '\t')) --end;
    out += text.substr(copied, end - copied);
    at = copied = std::min(text.find('\n', at), text.size());
  }
  out += text.substr(copied);
  return out;
}

// The first error below a node that has one; the walk follows has_error, so it is short, and it keeps no recursion.
TSNode first_error(TSNode node) {
  while (true) {
    if (ts_node_is_error(node) || ts_node_is_missing(node)) return node;
    bool descended = false;
    for (std::uint32_t i = 0; i < ts_node_child_count(node) && !descended; ++i) {
      TSNode child = ts_node_child(node, i);
      if (ts_node_has_error(child) || ts_node_is_missing(child)) {
        node = child;
        descended = true;
      }
    }
    if (!descended) return node;
  }
}

}  // namespace

struct Parser::Impl {
  Arena& arena;
  Symbols& symbols;
  Keywords keywords;
  bool direct = true;
  TSParser* parser = nullptr;  // made when something is first not read directly
  ParserMemory memory;

  Impl(Arena& arena, Symbols& symbols) : arena(arena), symbols(symbols), keywords(symbols) {}

  // Whether `read` was able to fill `code` from a piece of text.
  template <typename Read>
  bool read_directly(Code* code, SourceUnit* unit, std::uint32_t begin, std::uint32_t end, std::uint32_t line,
                     Read read) {
    if (!direct) return false;
    const Code before = *code;
    try {
      DirectParser reader(arena, symbols, keywords, unit, begin, end, line);
      read(reader);
      return true;
    } catch (const NotDirect&) {
      *code = before;
      return false;
    }
  }

  // Parses text and hands the tree's root to `use` together with a Lowering for it.
  template <typename Use>
  void parse(std::string_view text, const Lowering::Origin& origin, Use use) {
    ParserMemory::Use use_memory(memory);
    if (parser == nullptr) {
      parser = ts_parser_new();
      ts_parser_set_language(parser, python_grammar());
      ts_parser_set_timeout_micros(parser, 30'000'000);
    }
    Tree tree(ts_parser_parse_string(parser, nullptr, text.data(), static_cast<std::uint32_t>(text.size())));
    if (!tree) throw SyntaxError{"could not be parsed in time", {origin.line, 1, origin.line, 1}};
    TSNode root = ts_tree_root_node(tree.get());
    Lowering lowering(arena, symbols, text, origin);
    if (ts_node_has_error(root)) lowering.fail(first_error(root), "is not valid Python");
    use(root, lowering);
  }

  // The same for a piece of a file, which may be indented; `from` is a line's start, or a word on an unindented line.
  template <typename Use>
  void parse_piece(SourceUnit* unit, std::uint32_t from, std::uint32_t end, std::uint32_t line, Use use,
                   TextRange left_out = {}) {
    std::string_view text = unit->text.substr(from, end - from);
    std::string shortened;
    std::size_t otherwise =
        text.substr(0, kTypeChecking.size()) == kTypeChecking ? text.find("\nelse:") : std::string_view::npos;
    if (!left_out.empty()) {
      text = shortened = without(text, left_out.begin - from, left_out.end - from, "0");
    } else if (otherwise != std::string_view::npos) {
      text = shortened = without(text, kTypeChecking.size(), otherwise, "  pass");
    }
    if (text.find('#') != std::string_view::npos) text = shortened = without_comments(text);
    bool indented = !text.empty() && (text[0] == ' ' || text[0] == '\t');
    if (!indented) {
      parse(text, {unit, from, 0, line, 0, 0}, use);
      return;
    }
    std::string wrapped(kIndentedWrapper);
    wrapped += text;
    if (wrapped.back() != '\n') wrapped += '\n';
    auto size = static_cast<std::uint32_t>(kIndentedWrapper.size());
    parse(wrapped, {unit, from, size, line, 1, 0}, [&](TSNode root, Lowering& lowering) {
      auto top = children(root);
      if (top.empty() || Lowering::type_of(top[0]) != Node::if_statement) lowering.fail(root, "is not valid Python");
      TSNode block = field(top[0], Field::kConsequence);
      if (ts_node_is_null(block)) lowering.fail(root, "is not valid Python");
      use(block, lowering);
    });
  }
};

Parser::Parser(Arena& arena, Symbols& symbols) : impl_(new Impl(arena, symbols)) {}

void Parser::read_directly(bool direct) { impl_->direct = direct; }

Parser::~Parser() {
  if (impl_->parser != nullptr) ts_parser_delete(impl_->parser);
  delete impl_;
}

Code* Parser::statement(SourceUnit* unit, const Piece& piece, bool in_class) {
  Code* code = impl_->arena.make<Code>();
  code->kind = in_class ? CodeKind::kClass : CodeKind::kModule;
  code->unit = unit;
  code->name = impl_->symbols.intern("<module>");
  const bool read = impl_->read_directly(code, unit, piece.begin, piece.end, piece.line,
                                         [&](DirectParser& reader) { code->body = reader.statements(code); });
  if (read) return code;
  impl_->parse_piece(unit, piece.begin, piece.end, piece.line, [&](TSNode block, Lowering& lowering) {
    Scope scope(impl_->arena, code, nullptr);
    std::vector<Stmt*> out;
    lowering.statements(block, scope, out);
    scope.close();
    code->body = {impl_->arena.array<Stmt*>(out.size()), static_cast<std::uint32_t>(out.size())};
    for (std::size_t i = 0; i < out.size(); ++i) code->body.items[i] = out[i];
  });
  return code;
}

Code* Parser::deferred_function(SourceUnit* unit, const Piece& piece) {
  Code* code = impl_->arena.make<Code>();
  code->name = impl_->symbols.intern(piece.name);
  code->unit = unit;
  code->parsed = false;
  code->begin = piece.definition;
  code->end = piece.end;
  code->at = {piece.definition_line, 1, piece.definition_line, 1};
  return code;
}

void Parser::function(Code* code) {
  std::uint32_t line_start = code->begin;
  while (line_start > 0 && code->unit->text[line_start - 1] != '\n') --line_start;
  if (impl_->read_directly(code, code->unit, line_start, code->end, code->at.line,
                           [&](DirectParser& reader) { reader.function(code); }))
    return;
  Piece piece;
  piece.kind = PieceKind::kDef;
  piece.definition = code->begin;
  piece.end = code->end;
  TextRange doc = docstring(code->unit->text, piece);
  impl_->parse_piece(
      code->unit, line_start, code->end, code->at.line,
      [&](TSNode block, Lowering& lowering) {
        auto top = children(block);
        if (top.empty() || Lowering::type_of(top[0]) != Node::function_definition)
          lowering.fail(block, "is not a function");
        lowering.fill_function(top[0], code, nullptr);
        if (!doc.empty()) code->doc_begin = doc.begin, code->doc_end = doc.end;
      },
      doc);
}

Str* Parser::literal(const SourceUnit* unit, TextRange range) {
  std::string_view text = unit->text.substr(range.begin, range.end - range.begin);
  bool raw = false;
  while (!text.empty() && text.front() != '"' && text.front() != '\'') {
    raw |= text.front() == 'r' || text.front() == 'R';
    text.remove_prefix(1);
  }
  std::size_t quotes = text.size() >= 6 && text[1] == text[0] && text[2] == text[0] ? 3 : 1;
  if (text.size() < 2 * quotes) return impl_->symbols.intern("");
  text = text.substr(quotes, text.size() - 2 * quotes);
  return impl_->symbols.intern(raw ? std::string(text) : unescape(text, false));
}

ClassDef* Parser::class_header(SourceUnit* unit, const Piece& piece, Code* code) {
  ClassBody body = class_body(unit->text, piece);
  std::uint32_t line_start = piece.definition;
  while (line_start > 0 && unit->text[line_start - 1] != '\n') --line_start;
  std::uint32_t end = body.begin == 0 ? piece.end : body.begin;
  ClassDef* made = nullptr;
  if (impl_->read_directly(code, unit, piece.definition, end, piece.definition_line,
                           [&](DirectParser& reader) { made = reader.class_header(code, body.begin == 0); }))
    return made;
  std::string header(unit->text.substr(piece.definition, end - piece.definition));
  if (body.begin != 0) header += " pass\n";  // a body of its own line, so that the header parses alone
  Lowering::Origin origin{unit, piece.definition, 0, piece.definition_line, 0, piece.definition - line_start};
  impl_->parse(header, origin, [&](TSNode root, Lowering& lowering) {
    auto top = children(root);
    if (top.empty() || Lowering::type_of(top[0]) != Node::class_definition) lowering.fail(root, "is not a class");
    Scope scope(impl_->arena, code, nullptr);
    made = lowering.class_definition(top[0], scope, body.begin == 0);
    scope.close();
  });
  return made;
}

Items<Expr*> Parser::decorators(SourceUnit* unit, const Piece& piece, Code* code) {
  Items<Expr*> out;
  if (!piece.decorated) return out;
  if (impl_->read_directly(code, unit, piece.begin, piece.end, piece.line,
                           [&](DirectParser& reader) { out = reader.decorators(code, piece.definition); }))
    return out;
  // The definition itself is replaced by the shortest one.
  std::uint32_t line_start = piece.definition;
  while (line_start > 0 && unit->text[line_start - 1] != '\n') --line_start;
  std::string text(unit->text.substr(piece.begin, line_start - piece.begin));
  std::string indentation(unit->text.substr(line_start, piece.definition - line_start));
  text += indentation + "def f(): pass\n";
  std::string whole = indentation.empty() ? text : std::string(kIndentedWrapper) + text;
  Lowering::Origin origin{unit, piece.begin, 0, piece.line, indentation.empty() ? 0u : 1u, 0};
  impl_->parse(whole, origin, [&](TSNode root, Lowering& lowering) {
    auto top = children(root);
    if (!indentation.empty() && !top.empty()) top = children(field(top[0], Field::kConsequence));
    if (top.empty() || Lowering::type_of(top[0]) != Node::decorated_definition) lowering.fail(root, "is not decorated");
    Scope scope(impl_->arena, code, nullptr);
    std::vector<Expr*> found;
    for (TSNode child : children(top[0])) {
      if (Lowering::type_of(child) == Node::decorator)
        found.push_back(lowering.expression(ts_node_named_child(child, 0), scope));
    }
    scope.close();
    out = {impl_->arena.array<Expr*>(found.size()), static_cast<std::uint32_t>(found.size())};
    for (std::size_t i = 0; i < found.size(); ++i) out.items[i] = found[i];
  });
  return out;
}

Code* Parser::expression(SourceUnit* unit) {
  Code* code = impl_->arena.make<Code>();
  code->kind = CodeKind::kModule;
  code->unit = unit;
  impl_->parse(unit->text, {unit, 0, 0, 1, 0, 0}, [&](TSNode root, Lowering& lowering) {
    auto top = children(root);
    if (top.size() != 1 || Lowering::type_of(top[0]) != Node::expression_statement)
      lowering.fail(root, "is not one expression");
    Scope scope(impl_->arena, code, nullptr);
    code->expression = lowering.expression(ts_node_named_child(top[0], 0), scope);
    scope.close();
  });
  return code;
}

}  // namespace ckptlint::python
