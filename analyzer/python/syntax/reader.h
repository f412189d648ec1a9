// Reads Python text into the syntax of syntax.h: recursive descent, a function for every rule of the grammar.
//
// What is not Python, or is nested more deeply than anyone writes, is a SyntaxError that says where.  Some of what
// Python finds wrong in a second look is let pass: `return` outside of functions, two `*args`.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "python/syntax/lexer.h"
#include "python/syntax/scope.h"
#include "python/syntax/source_unit.h"

namespace ckptlint::python {

class Reader {
 public:
  // Reads [begin, end) of the unit's text, whose first line is `line`.
  Reader(Arena& arena, Symbols& symbols, const Keywords& keywords, SourceUnit* unit, std::uint32_t begin,
         std::uint32_t end, std::uint32_t line)
      : arena_(arena),
        symbols_(symbols),
        keywords_(keywords),
        unit_(unit),
        text_end_(end),
        lexer_(symbols, keywords, unit->text, begin, end, line) {}

  // All of the text as statements of a code unit.  Of an `if TYPE_CHECKING:` that it begins with, and that has an
  // `else:`, the body is not looked at.
  Block statements(Code* code);
  // The same, with nothing left out.
  Block all_statements(Code* code);
  // The parameters and body of the one function that the text defines.
  void function(Code* code);
  // `class name(bases):`, and the body where `with_body`; what is behind the colon is not looked at otherwise.
  ClassDef* class_header(Code* code, bool with_body);
  // The one expression that the text is.
  Expr* expression(Code* code);
  // The expressions behind the at signs that the text begins with, up to `definition`.
  Items<Expr*> decorators(Code* code, std::uint32_t definition);
  // The annotations in the head of the function that the text defines; what is behind the colon is not looked at.
  Items<Expr*> annotations(Code* code);

 private:
  // Some items for a list that ends up in the arena; lists that are read inside each other share one stack.
  template <typename T>
  class Gathering {
   public:
    explicit Gathering(std::vector<T>& stack) : stack_(stack), base_(stack.size()) {}
    ~Gathering() { stack_.resize(base_); }
    Gathering(const Gathering&) = delete;
    Gathering& operator=(const Gathering&) = delete;
    void add(const T& item) { stack_.push_back(item); }
    std::size_t size() const { return stack_.size() - base_; }
    T& operator[](std::size_t i) { return stack_[base_ + i]; }
    Items<T> take(Arena& arena) const {
      Items<T> out{arena.array<T>(size()), static_cast<std::uint32_t>(size())};
      for (std::size_t i = 0; i < out.size(); ++i) out.items[i] = stack_[base_ + i];
      return out;
    }

   private:
    std::vector<T>& stack_;
    std::size_t base_;
  };
  class Nesting;
  class Within;

  template <typename T>
  T* make(auto kind, const Place& start) {
    T* made = arena_.make<T>();
    made->kind = kind;
    made->at = from(start);
    return made;
  }
  // From a place to the end of the last token.
  Position from(const Place& start) const {
    return {start.line, start.column, lexer_.last_stop.line, lexer_.last_stop.column};
  }
  bool at(Token token) const { return lexer_.token == token; }
  bool take(Token token) {
    if (lexer_.token != token) return false;
    lexer_.advance();
    return true;
  }
  void expect(Token token) {
    if (!take(token)) fail_expecting(token);
  }
  // What is wrong with the current token, or with the text at a place.
  [[noreturn]] void fail(const char* reason = nullptr) const;
  [[noreturn]] void fail_at(const Place& place, const char* reason) const;
  [[noreturn]] void fail_expecting(Token token) const;
  // One more operator, call or attribute behind the others of an expression: each makes its tree one higher.
  void add_link() {
    if (++height_ > kMostLevels) fail("this is nested too deeply");
  }
  // A comprehension's first `for` follows.
  bool at_comprehension() const { return at(Token::kFor) || at(Token::kAsync); }
  Str* plain_word();  // takes an identifier
  Str* word();        // the same, as the name that it means
  // `__x` in the body of a class means `_Class__x`.
  Str* private_name(Str* name);
  bool ends_expression() const;

  // read_expressions.cpp
  Expr* expression_list();  // `a`, `*a, b`, `a,`
  Expr* yield_or_list();
  Expr* element();     // of a display or of arguments: an expression, `*a`, or `a := b`
  Expr* named_test();  // `a := b` or an expression
  Expr* test();
  Expr* disjunction();
  Expr* conjunction();
  Expr* inversion();
  Expr* comparison();
  Expr* arithmetic(int precedence);
  Expr* unary();
  Expr* primary();
  Expr* trailers(Expr* value, const Place& start);
  Expr* call(Expr* callee, const Place& start);
  Expr* subscript(Expr* object, const Place& start);
  Expr* subscript_item();
  Expr* atom();
  Expr* parenthesized();
  Expr* list_display();
  Expr* brace_display();
  Expr* dict_display(const Place& start, Expr* first_key, Expr* first_value);
  Expr* comprehension(ComprehensionKind kind, const Scope::Element& element, Expr* key, Expr* value, Token close,
                      const Place& start);
  Expr* comprehension_target(std::vector<Name*>& names);
  Expr* comprehension_variable(std::vector<Name*>& names);
  Expr* lambda();
  Items<CallArgument> arguments();  // behind `(`; takes `)`
  Expr* name(Str* symbol, const Place& start);
  Expr* constant(const Value& value, const Place& start);

  // read_strings.cpp
  Expr* string();
  void format_string(Gathering<FormatPart>& parts);
  FormatPart interpolation(const Quoting& quoting);
  Expr* format_specification(const Quoting& quoting, std::uint32_t position, const Place& start);
  Str* literal(std::string_view written, const Quoting& quoting, bool escapes);

  // read_statements.cpp
  Block block();
  void statement(Gathering<Stmt*>& out);
  void simple_statements(Gathering<Stmt*>& out);
  void simple_statement(Gathering<Stmt*>& out);
  Stmt* expression_statement();
  Stmt* async_statement();
  bool is_type_alias() const;
  void type_alias();
  Stmt* annotated(Expr* target, const Place& start);
  struct Annotation {
    Str* text;
    Expr* value;  // null where it does not run
  };
  Annotation annotation(Scope* scope);
  Stmt* if_statement();
  Stmt* for_statement();
  Stmt* while_statement();
  Stmt* try_statement();
  Stmt* with_statement();
  Stmt* import_statement();
  Stmt* import_from();
  std::string_view dotted_name();
  Stmt* delete_statement();
  Expr* target_list();
  void bind_target(const Expr* target);

  // read_patterns.cpp
  Piece line_piece() const;
  Stmt* match_statement();
  Pattern* case_patterns();
  Pattern* pattern_sequence(Token close, Pattern* first);
  Pattern* starred_pattern();
  Pattern* pattern();
  Pattern* alternative();
  Pattern* name_pattern();
  Pattern* class_pattern(Expr* type);
  Pattern* mapping_pattern();
  Pattern* new_pattern(PatternKind kind);
  Name* captured();

  // read_definitions.cpp
  Stmt* definition(const Items<Expr*>& decorators);
  ClassDef* class_definition(bool with_body);
  Name* fill_function(Code* code, Scope* outer);
  void parameters(Code* code, Scope& own, Scope* outer, Token close);
  std::vector<Parameter> parameter_list(Scope& scope, Token close);
  void parameter(Parameter& into, bool annotations);
  void type_parameters();
  Str* annotation_of_head(Scope* scope);
  void body(Code* code);

  Arena& arena_;
  Symbols& symbols_;
  const Keywords& keywords_;
  SourceUnit* unit_;
  std::uint32_t text_end_;
  std::uint32_t unread_until_ = 0;  // where the `else:` of an `if TYPE_CHECKING:` is that the text begins with
  Lexer lexer_;
  Scope* scope_ = nullptr;
  Str* private_to_ = nullptr;  // the innermost class around what is being read
  Code no_code_;
  Scope unused_{arena_, &no_code_, nullptr};  // of annotations
  static constexpr int kMostLevels = 400;
  int depth_ = 0;   // of what is being read
  int height_ = 0;  // of the trees that were made since the innermost Nesting began
  std::vector<Expr*> expressions_;
  std::vector<Expr*> annotations_;  // of the head of a function
  std::vector<Stmt*> statements_;
  std::vector<CallArgument> arguments_;
  std::vector<FormatPart> parts_;
  std::vector<Operator> operators_;
  std::vector<ComprehensionClause> clauses_;
  std::vector<Pattern*> patterns_;
};

// One level of syntax inside another.
class Reader::Nesting {
 public:
  explicit Nesting(Reader& reader) : reader_(reader), height_before_(std::exchange(reader.height_, 0)) {
    if (++reader_.depth_ > kMostLevels) reader_.fail("this is nested too deeply");
  }
  ~Nesting() {
    --reader_.depth_;
    reader_.height_ = std::max(height_before_, reader_.height_ + 1);
  }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  Reader& reader_;
  int height_before_;
};

// Names belong to this scope while it lives.
class Reader::Within {
 public:
  Within(Reader& reader, Scope& scope) : reader_(reader), outer_(reader.scope_) { reader_.scope_ = &scope; }
  ~Within() { reader_.scope_ = outer_; }
  Within(const Within&) = delete;
  Within& operator=(const Within&) = delete;

 private:
  Reader& reader_;
  Scope* outer_;
};

}  // namespace ckptlint::python
