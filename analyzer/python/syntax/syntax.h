// The syntax tree of Python code, as the evaluator reads it.  Nodes live in an arena and are immutable once resolved.
#pragma once

#include <cstdint>

#include "python/values/arena.h"
#include "python/values/value.h"

namespace ckptlint::python {

struct Position {
  std::uint32_t line = 0;    // from 1
  std::uint32_t column = 0;  // from 1, in bytes
  std::uint32_t end_line = 0;
  std::uint32_t end_column = 0;
};

struct Expr;
struct Stmt;
struct Code;

template <typename T>
struct Items {
  T* items = nullptr;
  std::uint32_t count = 0;
  T* begin() const { return items; }
  T* end() const { return items + count; }
  T& operator[](std::size_t i) const { return items[i]; }
  bool empty() const { return count == 0; }
  std::size_t size() const { return count; }
};

enum class ExprKind : std::uint8_t {
  kConstant,
  kName,
  kAttribute,
  kCall,
  kBinary,
  kUnary,
  kBool,
  kCompare,
  kConditional,
  kTuple,
  kList,
  kSet,
  kDict,
  kSubscript,
  kSlice,
  kLambda,
  kComprehension,
  kFormat,
  kNamed,
  kStarred,
  kYield,
  kAwait,
  kImaginary,
};

enum class Operator : std::uint8_t {
  kAdd,
  kSub,
  kMul,
  kDiv,
  kFloorDiv,
  kMod,
  kPow,
  kMatMul,
  kBitAnd,
  kBitOr,
  kBitXor,
  kShiftLeft,
  kShiftRight,
  kNegate,
  kPositive,
  kInvert,
  kNot,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kNotIn,
  kIs,
  kIsNot,
};

struct Expr {
  ExprKind kind;
  Position at;
};

struct Constant : Expr {
  Value value;
};

struct Imaginary : Expr {
  double value;
};

// Where a name lives; filled in when the code unit that holds it is resolved.
enum class NameScope : std::uint8_t { kUnresolved, kLocal, kEnclosing, kGlobal, kClass };

struct Name : Expr {
  Str* symbol;
  NameScope scope = NameScope::kUnresolved;
  std::uint16_t depth = 0;  // kEnclosing: frames outwards; kClass: where the fallback is (0: global)
  std::uint32_t slot = 0;
};

struct Attribute : Expr {
  Expr* object;
  Str* symbol;
};

struct CallArgument {
  Str* keyword = nullptr;  // null: positional
  Expr* value = nullptr;
  std::uint8_t stars = 0;  // 1: *value, 2: **value
};

struct Call : Expr {
  Expr* callee;
  Items<CallArgument> arguments;
  bool simple;  // no stars
};

struct Binary : Expr {
  Operator op;
  Expr* left;
  Expr* right;
};

struct Unary : Expr {
  Operator op;
  Expr* operand;
};

struct BoolOp : Expr {
  bool is_or;
  Expr* left;
  Expr* right;
};

struct Compare : Expr {
  Expr* first;
  Items<Operator> operators;
  Items<Expr*> rest;
};

struct Conditional : Expr {
  Expr* condition;
  Expr* yes;
  Expr* no;
};

struct Sequence : Expr {  // kTuple, kList, kSet
  Items<Expr*> items;
};

struct DictDisplay : Expr {  // a null key is `**value`
  Items<Expr*> keys;
  Items<Expr*> values;
};

struct Subscript : Expr {
  Expr* object;
  Expr* key;
};

struct SliceExpr : Expr {
  Expr* start;
  Expr* stop;
  Expr* step;
};

struct Lambda : Expr {
  Code* code;
};

struct ComprehensionClause {
  Expr* target = nullptr;    // null: a condition
  Expr* iterable = nullptr;  // or the condition
};

enum class ComprehensionKind : std::uint8_t { kList, kSet, kDict, kGenerator };

struct Comprehension : Expr {
  ComprehensionKind result;
  Expr* key;    // element; for a dict its key
  Expr* value;  // dict only
  Items<ComprehensionClause> clauses;
};

struct FormatPart {
  Str* text = nullptr;  // literal, or null
  Expr* value = nullptr;
  char conversion = 0;   // 'r', 's', 'a' or 0
  Expr* spec = nullptr;  // a kFormat expression, or null
  Str* debug = nullptr;  // `{x=}`: the text before the value
};

struct Format : Expr {
  Items<FormatPart> parts;
};

struct Named : Expr {
  Name* target;
  Expr* value;
};

struct Starred : Expr {
  Expr* value;
};

struct Yield : Expr {
  Expr* value;  // may be null
  bool from;
};

struct Await : Expr {
  Expr* value;
};

enum class StmtKind : std::uint8_t {
  kExpr,
  kAssign,
  kAugAssign,
  kAnnAssign,
  kIf,
  kFor,
  kWhile,
  kDef,
  kClass,
  kReturn,
  kRaise,
  kTry,
  kWith,
  kImport,
  kImportFrom,
  kGlobal,
  kNonlocal,
  kDelete,
  kPass,
  kBreak,
  kContinue,
  kAssert,
  kMatch,
};

struct Stmt {
  StmtKind kind;
  Position at;
};

using Block = Items<Stmt*>;

struct ExprStmt : Stmt {
  Expr* value;
};
struct Assign : Stmt {
  Items<Expr*> targets;
  Expr* value;
};
struct AugAssign : Stmt {
  Expr* target;
  Operator op;
  Expr* value;
};
struct AnnAssign : Stmt {
  Expr* target;
  Str* annotation;  // source text
  Expr* type;       // the annotation, where it runs; else null
  Expr* value;      // may be null
};
struct If : Stmt {
  Expr* condition;
  Block body;
  Block otherwise;
};
struct For : Stmt {
  Expr* target;
  Expr* iterable;
  Block body;
  Block otherwise;
};
struct While : Stmt {
  Expr* condition;
  Block body;
  Block otherwise;
};
struct Def : Stmt {
  Str* name;
  Items<Expr*> decorators;
  Code* code;
  Name* target;
};
struct ClassDef : Stmt {
  Str* name;
  Items<Expr*> decorators;
  Items<CallArgument> bases;
  Code* code;
  Name* target;
};
struct Return : Stmt {
  Expr* value;
};
struct Raise : Stmt {
  Expr* value;
  Expr* cause;
};
struct ExceptClause {
  Expr* type;  // null: everything
  Name* target;
  Block body;
};
struct Try : Stmt {
  Block body;
  Items<ExceptClause> handlers;
  Block otherwise;
  Block finally;
};
struct WithItem {
  Expr* value;
  Expr* target;
};
struct With : Stmt {
  Items<WithItem> items;
  Block body;
};
struct ImportName {
  Str* path;   // dotted module (import) or attribute (from)
  Str* bound;  // the `as` name, or null
  Name* target;
};
struct Import : Stmt {
  Items<ImportName> names;
};
struct ImportFrom : Stmt {
  Str* module;  // dotted, may be empty
  std::uint32_t level;
  Items<ImportName> names;
  bool star;
};
struct NamesStmt : Stmt {
  Items<Str*> names;
};  // global, nonlocal
struct Delete : Stmt {
  Items<Expr*> targets;
};
struct Assert : Stmt {
  Expr* condition;
  Expr* message;
};

enum class PatternKind : std::uint8_t { kValue, kCapture, kWildcard, kSequence, kOr, kAs, kClass, kMapping, kStar };
struct Pattern {
  PatternKind kind;
  Expr* value = nullptr;   // kValue, kClass
  Name* target = nullptr;  // kCapture, kAs, kStar
  Items<Pattern*> parts;   // kSequence, kOr, kAs (one), kClass, kMapping
  Items<Str*> keywords;    // kClass: null for positional
  Items<Expr*> keys;       // kMapping
};
struct MatchCase {
  Pattern* pattern;
  Expr* guard;
  Block body;
};
struct Match : Stmt {
  Expr* subject;
  Items<MatchCase> cases;
};

struct Parameter {
  Str* name = nullptr;
  Expr* default_value = nullptr;
  Str* annotation = nullptr;  // source text
  std::uint8_t stars = 0;     // 1: *args (name may be null: bare *), 2: **kwargs
  bool keyword_only = false;
  bool positional_only = false;
};

enum class CodeKind : std::uint8_t { kModule, kClass, kFunction, kLambda };

struct SourceUnit;

// A use of a name that may be of a function around the one that it stands in, `depth` frames outside the use.
struct OuterName {
  const Name* name = nullptr;
  std::uint16_t depth = 0;
};

// What few of the functions have and is seldom asked for, so that no statement has to keep a place for it.
struct FunctionNotes {
  ArenaVector<OuterName> outer_names;  // the first use of each name, where there is a function or class around it
  Str* returns = nullptr;              // the annotation of what it returns: source text
  Items<Expr*> annotations;            // those that run when the function is defined
};

// The code of a function, lambda, class body or top-level statement.  A function's parameters come first in its slots.
struct Code {
  CodeKind kind = CodeKind::kFunction;
  Str* name = nullptr;
  Str* private_to = nullptr;  // the class whose body this is part of: `__x` means `_Class__x`
  SourceUnit* unit = nullptr;
  Code* enclosing = nullptr;  // the definition around it; null at top level, and of what is parsed apart from that
  Position at;
  Items<Parameter> parameters;
  Block body;
  Expr* expression = nullptr;  // lambda
  ArenaVector<Str*> slots;     // names of locals; comprehension variables have slots of their own
  Str* doc = nullptr;
  std::uint32_t doc_begin = 0,
                doc_end = 0;  // or where its literal is in the unit's text, if it was left out of the tree
  bool is_generator = false;
  bool is_async = false;
  bool captured = false;  // an inner function may outlive the frame, so it must not live on the stack
  bool parsed = true;     // false: text [begin, end) of the unit is parsed at the first call
  std::uint32_t begin = 0, end = 0;
  std::uint32_t notes = 0;  // of SourceUnit::notes, from 1; 0: none
};

}  // namespace ckptlint::python
