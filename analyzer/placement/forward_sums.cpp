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

#include "python/syntax/python_text.h"
#include "python/syntax/source_unit.h"

namespace ckptlint {
namespace {

// Something whose device matters: the output of a part of `self`, a tensor of its own, or what the caller passes.
using Term = std::uint32_t;
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
  ForwardReader(const PythonText& source, FileId file) : source_(source), file_(file) {}

  std::vector<ClassSum> read(TSNode function) {
    for (TSNode parameter : named_children(field_of(function, "parameters"))) {
      while (!is_a(parameter, "identifier") && ts_node_named_child_count(parameter) != 0)
        parameter = ts_node_named_child(parameter, 0);
      values_[std::string(source_.text_of(parameter))] = new_term("");
    }
    block(field_of(function, "body"));
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

  Value joined(Value a, Value b, TSNode where) {
    if (!a || !b) return a ? a : b;
    const Term left = first(*a);
    const Term right = first(*b);
    // Under a condition: if the addition is reached at all, and succeeds, the older term is where the sum is.
    if (left == right || !certain_) return std::min(left, right);
    first_[std::max(left, right)] = std::min(left, right);
    const TSPoint begin = ts_node_start_point(where);
    const TSPoint end = ts_node_end_point(where);
    joined_at_[std::min(left, right)] = {file_, begin.row + 1, begin.column + 1, end.row + 1, end.column + 1};
    return std::min(left, right);
  }

  // "a.b", "a.0": what stands after `self.`; nothing where it is anything else.
  std::optional<std::string> path_of(TSNode node) const {
    if (is_a(node, "subscript")) {
      const TSNode key = field_of(node, "subscript");
      const auto above = path_of(field_of(node, "value"));
      if (!above || !is_a(key, "integer")) return std::nullopt;
      return *above + "." + std::string(source_.text_of(key));
    }
    if (!is_a(node, "attribute")) return std::nullopt;
    const TSNode object = field_of(node, "object");
    const std::string name(source_.text_of(field_of(node, "attribute")));
    if (source_.text_of(object) == "self") return name;
    const auto above = path_of(object);
    return above ? std::optional(*above + "." + name) : std::nullopt;
  }

  // However often a part is called, what it returns is where it works.
  Term part(const std::string& path) {
    const auto [found, is_new] = parts_.emplace(path, 0);
    if (is_new) found->second = new_term(path);
    return found->second;
  }

  Value call(TSNode node) {
    const TSNode function = field_of(node, "function");
    const TSNode arguments = field_of(node, "arguments");
    const std::vector<TSNode> given = named_children(arguments);
    for (TSNode argument : given) value(is_a(argument, "keyword_argument") ? field_of(argument, "value") : argument);
    if (const auto path = path_of(function)) return part(*path);
    if (!is_a(function, "attribute")) return std::nullopt;
    const std::string_view name = source_.text_of(field_of(function, "attribute"));
    const TSNode object = field_of(function, "object");
    const std::string_view owner = source_.text_of(object);
    if (owner == "torch" || owner == "F" || owner == "nn.functional" || owner == "torch.nn.functional")
      return is_in(kFunctions, name) && !given.empty() ? value(given.front()) : std::nullopt;
    if (is_in(kSameDevice, name)) return value(object);
    // .to(x.dtype) stays where it is.
    const std::string_view said = source_.text_of(arguments);
    const bool keeps_device =
        said.find("dtype") != std::string_view::npos || said.find("torch.float") != std::string_view::npos;
    return name == "to" && keeps_device && said.find("device") == std::string_view::npos && given.size() == 1
               ? value(object)
               : std::nullopt;
  }

  Value value(TSNode node) {
    while (is_a(node, "parenthesized_expression")) node = ts_node_named_child(node, 0);
    if (++steps_ > kMostSteps || depth_ > kMostDepth) return std::nullopt;
    ++depth_;
    const Value found = value_of(node);
    --depth_;
    return found;
  }

  Value value_of(TSNode node) {
    if (is_a(node, "identifier")) {
      const auto found = values_.find(source_.text_of(node));
      return found == values_.end() ? std::nullopt : found->second;
    }
    if (is_a(node, "call")) return call(node);
    if (is_a(node, "subscript")) {
      if (const auto path = path_of(node)) return part(*path);
      return value(field_of(node, "value"));
    }
    if (is_a(node, "attribute")) {
      const auto path = path_of(node);
      return path ? Value(part(*path)) : std::nullopt;
    }
    if (is_a(node, "binary_operator")) {
      const Value left = value(field_of(node, "left"));
      const Value right = value(field_of(node, "right"));
      const std::string_view sign = source_.text_of(field_of(node, "operator"));
      if (sign == "+" || sign == "-" || sign == "*" || sign == "/") return joined(left, right, node);
      return std::nullopt;
    }
    return std::nullopt;
  }

  void assign(TSNode target, Value assigned) {
    if (is_a(target, "identifier")) {
      values_[std::string(source_.text_of(target))] = assigned;
    } else if (is_a(target, "pattern_list") || is_a(target, "tuple_pattern") || is_a(target, "list_pattern")) {
      for (TSNode each : named_children(target)) assign(each, assigned);
    }
  }

  void assignment(TSNode node) {
    const TSNode left = field_of(node, "left");
    const TSNode right = field_of(node, "right");
    if (is_a(right, "assignment")) assignment(right);
    const bool lists = is_a(right, "expression_list") || is_a(right, "tuple");
    if (!lists) {
      assign(left, value(right));
      return;
    }
    const std::vector<TSNode> targets = named_children(left);
    const std::vector<TSNode> given = named_children(right);
    std::vector<Value> assigned;
    assigned.reserve(given.size());
    for (TSNode each : given) assigned.push_back(value(each));
    for (std::size_t i = 0; i < targets.size(); ++i)
      assign(targets[i], targets.size() == given.size() ? assigned[i] : std::nullopt);
    if (is_a(left, "identifier")) assign(left, std::nullopt);
  }

  // What any of these statements assigns is not known after them.
  void forget(TSNode node) {
    walk(node, [&](TSNode each) {
      if (is_a(each, "assignment") || is_a(each, "augmented_assignment") || is_a(each, "for_statement"))
        assign(field_of(each, "left"), std::nullopt);
      return !is_a(each, "function_definition") && !is_a(each, "lambda");
    });
  }

  // A value survives a branch if it stays on the device that it was on.
  void branches(TSNode node) {
    const Values before = values_;
    Values after = before;
    const bool was_certain = certain_;
    certain_ = false;
    const auto look_at = [&](TSNode body) {
      values_ = before;
      block(body);
      for (const auto& [name, now] : values_) {
        Value& kept = after[name];
        const bool same = kept && now && first(*kept) == first(*now);
        if (!same) kept = std::nullopt;
      }
    };
    look_at(field_of(node, "consequence"));
    for (TSNode child : named_children(node)) {
      if (is_a(child, "elif_clause")) look_at(field_of(child, "consequence"));
      if (is_a(child, "else_clause")) look_at(field_of(child, "body"));
    }
    certain_ = was_certain;
    values_ = std::move(after);
  }

  void block(TSNode body) {
    for (TSNode statement : named_children(body)) {
      if (++steps_ > kMostSteps || ended_) return;
      if (is_a(statement, "expression_statement")) {
        const TSNode inner = ts_node_named_child(statement, 0);
        if (is_a(inner, "assignment")) {
          assignment(inner);
        } else if (is_a(inner, "augmented_assignment")) {
          const TSNode target = field_of(inner, "left");
          const Value sum = joined(value(target), value(field_of(inner, "right")), inner);
          if (is_a(target, "identifier")) assign(target, sum);
        } else {
          value(inner);
        }
      } else if (is_a(statement, "return_statement")) {
        if (ts_node_named_child_count(statement) != 0) value(ts_node_named_child(statement, 0));
        ended_ = certain_;  // what follows a return under a condition is not certain either
        may_have_returned_ = true;
        return;
      } else if (is_a(statement, "if_statement")) {
        branches(statement);
        if (may_have_returned_) certain_ = false;
      } else if (is_a(statement, "with_statement")) {
        block(field_of(statement, "body"));
      } else {
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

  const PythonText& source_;
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

// The forwards of classes, each file parsed once.
class ForwardSources {
 public:
  explicit ForwardSources(const SourceFiles& files) : files_(files) {}

  const std::vector<ClassSum>& sums_of(FileId file, const std::string& class_name) {
    auto [found, is_new] = sums_.try_emplace({file, class_name});
    if (is_new) found->second = read(file, class_name);
    return found->second;
  }

 private:
  const std::vector<python::Piece>& statements_of(FileId file, std::string_view text) {
    auto [found, is_new] = statements_.try_emplace(file);
    if (is_new) found->second = python::split_block(text, 0, static_cast<std::uint32_t>(text.size()), 1);
    return found->second;
  }

  // A class's header and its forward, every line where it was and all else left out: what a parser has to see.
  static std::string forward_alone(std::string_view text, const python::Piece& type) {
    const python::ClassBody body = python::class_body(text, type);
    if (body.begin == 0) return {};
    std::string out(type.definition_line - 1, '\n');
    out += text.substr(type.definition, body.begin - type.definition);
    for (const python::Piece& member : python::split_block(text, body.begin, type.end, body.line)) {
      if (member.kind != python::PieceKind::kDef || member.name != "forward") continue;
      out += std::string(member.line - body.line, '\n');
      out += text.substr(member.begin, member.end - member.begin);
      return out;
    }
    return out + "    pass\n";
  }

  std::vector<ClassSum> read(FileId file, const std::string& class_name) {
    const SourceFile* source = files_.find(file);
    if (source == nullptr || source->text.empty()) return {};
    // A forward that is inherited within the file.
    std::set<std::string> seen;
    std::string name = class_name;
    while (seen.insert(name).second) {
      const std::vector<python::Piece>& statements = statements_of(file, source->text);
      const auto type = std::find_if(statements.rbegin(), statements.rend(), [&](const python::Piece& each) {
        return each.kind == python::PieceKind::kClass && each.name == name;
      });
      if (type == statements.rend()) return {};
      const Result<PythonText> text = PythonText::parse(forward_alone(source->text, *type));
      if (!text.ok()) return {};
      const TSNode node = text->class_named(name);
      if (ts_node_is_null(node)) return {};
      const TSNode forward = text->method_of(node, "forward");
      if (!ts_node_is_null(forward)) return ForwardReader(*text, file).read(forward);
      const std::vector<std::string_view> bases = text->bases_of(node);
      if (bases.empty()) return {};
      name = bases.front();
    }
    return {};
  }

  const SourceFiles& files_;
  std::map<FileId, std::vector<python::Piece>> statements_;  // of each file
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
