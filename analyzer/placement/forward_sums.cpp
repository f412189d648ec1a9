// Reads from the source of a `forward` which outputs of its parts are added up, statement by statement and without
// running it.
#include "placement/forward_sums.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "python/syntax/nodes.h"
#include "python/syntax/source_lines.h"
#include "python/syntax/source_unit.h"

namespace ckptlint {
namespace {

// Something whose device matters: the output of a part of `self`, a tensor of its own, or what the caller passes.
using Term = std::uint32_t;
using python::as;
using python::as_sequence;
using python::Expr;
using python::SourceLines;
using python::Stmt;
using Value = std::optional<Term>;  // the term that a value is on the device of, if it is known

constexpr std::array<std::string_view, 24> kSameDevice{
    "view",        "reshape",   "transpose", "permute",   "contiguous", "float",    "half",   "type",
    "type_as",     "unsqueeze", "squeeze",   "expand",    "flatten",    "clone",    "detach", "mul",
    "masked_fill", "sum",       "mean",      "unflatten", "swapaxes",   "bfloat16", "repeat", "movedim"};
constexpr std::array<std::string_view, 12> kFunctions{"dropout",    "gelu",      "relu",     "silu",
                                                      "tanh",       "sigmoid",   "softmax",  "clamp",
                                                      "layer_norm", "normalize", "rms_norm", "nan_to_num"};

template <std::size_t N>
bool is_in(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// What one forward says, without the module: paths below `self`.
struct ClassSum {
  std::vector<std::string> paths;
  bool with_input = false;
  Span where;
};

// Follows the values of one forward.  Terms that are added up are merged.
class ForwardReader {
 public:
  ForwardReader(const SourceLines& source, FileId file) : source_(source), file_(file) {}

  std::vector<ClassSum> read(const python::Code& function) {
    for (const python::Parameter& each : function.parameters) values_[std::string(each.name->view())] = new_term("");
    block(function.body);
    return sums();
  }

 private:
  using Values = std::map<std::string, Value, std::less<>>;

  Term new_term(std::string path) {
    paths_.push_back(std::move(path));
    first_.push_back(static_cast<Term>(first_.size()));
    joined_at_.emplace_back();
    return first_.back();
  }

  Term first(Term term) const {
    while (first_[term] != term) term = first_[term];
    return term;
  }

  Value joined(Value a, Value b, const python::Position& where) {
    if (!a || !b) return a ? a : b;
    const Term left = first(*a);
    const Term right = first(*b);
    // Under a condition: if the addition is reached at all, and succeeds, the older term is where the sum is.
    if (left == right || !certain_) return std::min(left, right);
    first_[std::max(left, right)] = std::min(left, right);
    joined_at_[std::min(left, right)] = {file_, where.line, where.column, where.end_line, where.end_column};
    return std::min(left, right);
  }

  // "a.b", "a.0": what stands after `self.`; nothing where it is anything else.
  std::optional<std::string> path_of(const Expr* node) const {
    if (const auto* row = as<python::Subscript>(node)) {
      const auto* key = as<python::Constant>(first_key(*row));
      const auto above = path_of(row->object);
      const bool is_integer =
          key != nullptr && (key->value.is(python::Kind::kInt) || key->value.is(python::Kind::kBigInt));
      if (!above || !is_integer) return std::nullopt;
      return *above + "." + std::string(source_.text_of(key->at));
    }
    const auto* attribute = as<python::Attribute>(node);
    if (attribute == nullptr) return std::nullopt;
    const std::string name(attribute->symbol->view());
    const auto* owner = as<python::Name>(attribute->object);
    if (owner != nullptr && owner->symbol->view() == "self") return name;
    const auto above = path_of(attribute->object);
    return above ? std::optional(*above + "." + name) : std::nullopt;
  }

  // However often a part is called, what it returns is where it works.
  Term part(const std::string& path) {
    const auto [found, is_new] = parts_.emplace(path, 0);
    if (is_new) found->second = new_term(path);
    return found->second;
  }

  Value call(const python::Call& node) {
    const auto& given = node.arguments;
    for (const python::CallArgument& argument : given) {
      if (argument.stars != 0) continue;
      // Of a generator that shares its parentheses with the call, the element is computed.
      const auto* generator = as<python::Comprehension>(argument.value);
      const bool shares = generator != nullptr && generator->result == python::ComprehensionKind::kGenerator &&
                          generator->at.end_line == node.at.end_line && generator->at.end_column == node.at.end_column;
      value(shares ? generator->key : argument.value);
    }
    if (const auto path = path_of(node.callee)) return part(*path);
    const auto* function = as<python::Attribute>(node.callee);
    if (function == nullptr) return std::nullopt;
    const std::string_view name = function->symbol->view();
    const std::string_view owner = source_.text_of(function->object->at);
    const bool is_first_plain = !given.empty() && given[0].keyword == nullptr && given[0].stars == 0;
    if (owner == "torch" || owner == "F" || owner == "nn.functional" || owner == "torch.nn.functional")
      return is_in(kFunctions, name) && is_first_plain ? value(given[0].value) : std::nullopt;
    if (is_in(kSameDevice, name)) return value(function->object);
    // .to(x.dtype) stays where it is.
    const std::string_view said = source_.between(function->at, node.at);
    const bool keeps_device =
        said.find("dtype") != std::string_view::npos || said.find("torch.float") != std::string_view::npos;
    return name == "to" && keeps_device && said.find("device") == std::string_view::npos && given.size() == 1
               ? value(function->object)
               : std::nullopt;
  }

  Value value(const Expr* node) {
    if (++steps_ > kMostSteps || depth_ > kMostDepth) return std::nullopt;
    ++depth_;
    const Value found = value_of(node);
    --depth_;
    return found;
  }

  Value value_of(const Expr* node) {
    if (const auto* name = as<python::Name>(node)) {
      const auto found = values_.find(name->symbol->view());
      return found == values_.end() ? std::nullopt : found->second;
    }
    if (const auto* called = as<python::Call>(node)) return call(*called);
    if (const auto* row = as<python::Subscript>(node)) {
      if (const auto path = path_of(node)) return part(*path);
      return value(row->object);
    }
    if (as<python::Attribute>(node) != nullptr) {
      const auto path = path_of(node);
      return path ? Value(part(*path)) : std::nullopt;
    }
    if (const auto* binary = as<python::Binary>(node)) {
      const Value left = value(binary->left);
      const Value right = value(binary->right);
      switch (binary->op) {
        case python::Operator::kAdd:
        case python::Operator::kSub:
        case python::Operator::kMul:
        case python::Operator::kDiv:
          return joined(left, right, binary->at);
        default:
          return std::nullopt;
      }
    }
    return std::nullopt;
  }

  void assign(const Expr* target, Value assigned) {
    if (const auto* name = as<python::Name>(target)) {
      values_[std::string(name->symbol->view())] = assigned;
    } else if (const python::Sequence* targets = as_sequence(target)) {
      for (const Expr* each : targets->items) assign(each, assigned);
    }
  }

  void assignment(const Stmt* statement) {
    const auto [target, right, is_chain] = python::assigned_by(statement);
    const python::Sequence* given =
        right != nullptr && right->kind == python::ExprKind::kTuple ? as_sequence(right) : nullptr;
    if (given == nullptr) {
      assign(target, value(right));
    } else {
      std::vector<Value> assigned;
      for (const Expr* each : given->items) assigned.push_back(value(each));
      const python::Sequence* targets = as_sequence(target);
      const bool match = targets != nullptr && targets->items.size() == assigned.size();
      if (!match) assign(target, std::nullopt);
      for (std::size_t i = 0; match && i < assigned.size(); ++i) assign(targets->items[i], assigned[i]);
    }
    if (!is_chain) return;
    const auto& all = as<python::Assign>(statement)->targets;
    for (std::size_t i = all.size() - 1; i-- > 0;) assign(all[i], std::nullopt);
  }

  // What any of these statements assigns is not known after them.
  void forget(const Stmt* statement) {
    walk(statement, [&](const python::Node& each) {
      if (const auto* assigned = as<python::Assign>(each)) {
        for (const Expr* target : assigned->targets) assign(target, std::nullopt);
      }
      if (const auto* annotated = as<python::AnnAssign>(each)) assign(annotated->target, std::nullopt);
      if (const auto* changed = as<python::AugAssign>(each)) assign(changed->target, std::nullopt);
      if (const auto* loop = as<python::For>(each)) assign(loop->target, std::nullopt);
      return each.stmt() != nullptr && as<python::Def>(each) == nullptr;
    });
  }

  // A value survives a branch if it stays on the device that it was on.
  void branches(const python::If& statement) {
    const Values before = values_;
    Values after = before;
    const bool was_certain = certain_;
    certain_ = false;
    for (const python::Clause& clause : python::clauses_of(statement)) {
      values_ = before;
      block(clause.body);
      for (const auto& [name, now] : values_) {
        Value& kept = after[name];
        const bool same = kept && now && first(*kept) == first(*now);
        if (!same) kept = std::nullopt;
      }
    }
    certain_ = was_certain;
    values_ = std::move(after);
  }

  void block(const python::Block& body) {
    for (const Stmt* statement : body) {
      if (++steps_ > kMostSteps || ended_) return;
      switch (statement->kind) {
        case python::StmtKind::kExpr:
          value(as<python::ExprStmt>(statement)->value);
          break;
        case python::StmtKind::kAssign:
        case python::StmtKind::kAnnAssign:
          assignment(statement);
          break;
        case python::StmtKind::kAugAssign: {
          const auto* changed = as<python::AugAssign>(statement);
          const Value sum = joined(value(changed->target), value(changed->value), changed->at);
          if (as<python::Name>(changed->target) != nullptr) assign(changed->target, sum);
          break;
        }
        case python::StmtKind::kReturn:
          if (const Expr* returned = as<python::Return>(statement)->value) value(returned);
          ended_ = certain_;  // what follows a return under a condition is not certain either
          may_have_returned_ = true;
          return;
        case python::StmtKind::kIf:
          branches(*as<python::If>(statement));
          if (may_have_returned_) certain_ = false;
          break;
        case python::StmtKind::kWith:
          block(as<python::With>(statement)->body);
          break;
        default:
          forget(statement);
      }
    }
  }

  std::vector<ClassSum> sums() const {
    std::map<Term, ClassSum> by_first;
    for (Term term = 0; term < paths_.size(); ++term) {
      ClassSum& sum = by_first[first(term)];
      if (paths_[term].empty())
        sum.with_input = true;
      else
        sum.paths.push_back(paths_[term]);
    }
    std::vector<ClassSum> found;
    for (auto& [term, sum] : by_first) {
      if (sum.paths.size() + (sum.with_input ? 1 : 0) < 2 || sum.paths.empty()) continue;
      sum.where = joined_at_[term];
      found.push_back(std::move(sum));
    }
    return found;
  }

  static constexpr int kMostSteps = 20'000;
  static constexpr int kMostDepth = 200;

  const SourceLines& source_;
  FileId file_;
  Values values_;
  std::map<std::string, Term> parts_;
  std::vector<std::string> paths_;  // by term; "" for what the caller passes
  std::vector<Term> first_;         // towards the first term that it was added to
  std::vector<Span> joined_at_;     // by first term: the latest addition
  bool certain_ = true;             // not under a condition
  bool ended_ = false;
  bool may_have_returned_ = false;
  int steps_ = 0;
  int depth_ = 0;
};

// The forwards of classes, of which nothing is read but what a question is about.
class ForwardSources {
 public:
  explicit ForwardSources(const SourceFiles& files) : files_(files) {}

  const std::vector<ClassSum>& sums_of(FileId file, const std::string& class_name) {
    auto [found, is_new] = sums_.try_emplace({file, class_name});
    if (is_new) found->second = read(file, class_name);
    return found->second;
  }

 private:
  // A file with its statements.
  struct File {
    python::SourceUnit unit;
    SourceLines lines;
    std::vector<python::Piece> statements;
  };

  File& opened(FileId id, std::string_view text) {
    auto [found, is_new] = open_.try_emplace(id);
    File& file = found->second;
    if (!is_new) return file;
    file.unit.file = id;
    file.unit.text = text;
    file.lines = SourceLines(text);
    file.statements = python::split_block(text, 0, static_cast<std::uint32_t>(text.size()), 1);
    return file;
  }

  // The forward that is written in a class's body, or null.
  python::Code* forward_in(File& file, const python::Piece& type, const python::ClassBody& body) {
    for (const python::Piece& member : python::split_block(file.unit.text, body.begin, type.end, body.line)) {
      if (member.kind != python::PieceKind::kDef || member.name != "forward") continue;
      python::Code* code = parser_.deferred_function(&file.unit, member);
      parser_.function(code);
      return code;
    }
    return nullptr;
  }

  // The first base that is a name or an attribute, as it is written.
  std::string base_of(File& file, const python::Piece& type) {
    python::Code code;
    for (const python::CallArgument& each : parser_.class_header(&file.unit, type, &code)->bases) {
      const bool plain = as<python::Name>(each.value) != nullptr || as<python::Attribute>(each.value) != nullptr;
      if (plain && each.keyword == nullptr && each.stars == 0) return std::string(file.lines.text_of(each.value->at));
    }
    return {};
  }

  std::vector<ClassSum> read(FileId id, const std::string& class_name) {
    const SourceFile* source = files_.find(id);
    if (source == nullptr || source->text.empty()) return {};
    File& file = opened(id, source->text);
    // A forward that is inherited within the file.
    std::set<std::string> seen;
    std::string name = class_name;
    while (!name.empty() && seen.insert(name).second) {
      const auto type = std::find_if(file.statements.rbegin(), file.statements.rend(), [&](const python::Piece& each) {
        return each.kind == python::PieceKind::kClass && each.name == name;
      });
      if (type == file.statements.rend()) return {};
      const python::ClassBody body = python::class_body(file.unit.text, *type);
      if (body.begin == 0) return {};
      try {
        if (const python::Code* forward = forward_in(file, *type, body))
          return ForwardReader(file.lines, id).read(*forward);
        name = base_of(file, *type);
      } catch (const python::SyntaxError&) {
        return {};
      } catch (const python::BudgetExceeded&) {
        return {};
      }
    }
    return {};
  }

  const SourceFiles& files_;
  python::Arena arena_{std::size_t{1} << 30};
  python::Symbols symbols_{arena_};
  python::Parser parser_{arena_, symbols_};
  std::map<FileId, File> open_;
  std::map<std::pair<FileId, std::string>, std::vector<ClassSum>> sums_;
};

// A row of a tensor, `table.0`, is where the tensor is.
NodeId find(NodeNames& names, const PlacementTree& tree, const std::string& path) {
  const NodeId found = names.find(path);
  const std::size_t dot = path.rfind('.');
  if (found != NodeId::kNone || dot == std::string::npos || path.find_first_not_of("0123456789", dot + 1) != path.npos)
    return found;
  const NodeId whole = names.find(path.substr(0, dot));
  return whole != NodeId::kNone && !tree.is_module(whole) ? whole : NodeId::kNone;
}

}  // namespace

std::vector<OutputSum> forward_sums(const ModuleGraph& graph, const PlacementTree& tree,
                                    const std::function<bool(ModuleId)>& wanted) {
  std::vector<OutputSum> sums;
  ForwardSources sources(graph.sources);
  NodeNames names(tree);
  for (std::uint32_t row = 0; row < tree.module_count(); ++row) {
    const ModuleId module{row};
    const Module& said = graph.module(module);
    if (tree.child_rows(module).empty() || !said.class_span.known() || said.alias != ModuleId::kNone || !wanted(module))
      continue;
    for (const ClassSum& each : sources.sums_of(said.class_span.file, said.class_name)) {
      OutputSum sum{module, {}, each.with_input, each.where};
      for (const std::string& path : each.paths) {
        const NodeId part = find(names, tree, said.name.empty() ? path : said.name + "." + path);
        if (part != NodeId::kNone) sum.parts.push_back(part);
      }
      if (sum.parts.size() + (sum.with_input ? 1 : 0) > 1 && !sum.parts.empty()) sums.push_back(std::move(sum));
    }
  }
  return sums;
}

}  // namespace ckptlint
