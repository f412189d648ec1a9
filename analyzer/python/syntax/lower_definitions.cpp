#include "python/syntax/lower.h"
#include "python/syntax/lower_node.h"

namespace ckptlint::python {
namespace {

constexpr int kMaxNesting = 150;

}  // namespace

void Lowering::parameters(TSNode node, Code* code, Scope& own, Scope* outer) {
  std::vector<Parameter> list;
  bool keyword_only = false;
  auto default_of = [&](TSNode value) { return outer != nullptr ? expression(value, *outer) : expression(value, own); };
  auto add = [&](TSNode id, Parameter parameter) {
    while (type_of(id) == Node::list_splat_pattern || type_of(id) == Node::dictionary_splat_pattern) {
      parameter.stars = type_of(id) == Node::list_splat_pattern ? 1 : 2;
      id = ts_node_named_child(id, 0);
    }
    parameter.name = symbol(id);
    parameter.keyword_only = keyword_only && parameter.stars == 0;
    if (parameter.stars == 1) keyword_only = true;
    list.push_back(parameter);
  };
  for (TSNode child : children(node)) {
    Parameter parameter;
    switch (type_of(child)) {
      case Node::default_parameter:
      case Node::typed_default_parameter: {
        TSNode type = field(child, Field::kType);
        if (!ts_node_is_null(type)) parameter.annotation = symbol(type);
        parameter.default_value = default_of(field(child, Field::kValue));
        add(field(child, Field::kName), parameter);
        break;
      }
      case Node::typed_parameter:
        parameter.annotation = symbol(field(child, Field::kType));
        add(ts_node_named_child(child, 0), parameter);
        break;
      case Node::keyword_separator:
        keyword_only = true;
        break;
      case Node::positional_separator:
        for (Parameter& earlier : list) earlier.positional_only = true;
        break;
      default:
        add(child, parameter);
    }
  }
  for (const Parameter& parameter : list) own.bind(parameter.name);
  if (code->slots.size() != list.size()) fail(node, "names a parameter twice");
  code->parameters = items(list);
}

Str* Lowering::doc_of(const Block& body) const {
  if (body.empty() || body[0]->kind != StmtKind::kExpr) return nullptr;
  Expr* value = static_cast<ExprStmt*>(body[0])->value;
  if (value->kind != ExprKind::kConstant) return nullptr;
  Value constant = static_cast<Constant*>(value)->value;
  return constant.is(Kind::kStr) ? constant.as<Str>() : nullptr;
}

void Lowering::body(TSNode node, Code* code, Scope& own) {
  code->body = block(node, own);
  code->doc = doc_of(code->body);
}

void Lowering::fill_function(TSNode definition, Code* code, Scope* parent) {
  if (++depth_ > kMaxNesting) fail(definition, "is nested too deeply");
  code->at = position(definition);
  Scope own(arena_, code, parent);
  parameters(field(definition, Field::kParameters), code, own, parent);
  body(field(definition, Field::kBody), code, own);
  for (std::uint32_t i = 0; i < ts_node_child_count(definition); ++i)
    code->is_async |= is_anonymous(ts_node_child(definition, i), "async");
  own.close();
  code->parsed = true;
  --depth_;
}

ClassDef* Lowering::class_definition(TSNode node, Scope& scope, bool with_body) {
  ClassDef* made = make<ClassDef>(StmtKind::kClass, node);
  TSNode id = field(node, Field::kName);
  made->name = symbol(id);
  TSNode bases = field(node, Field::kSuperclasses);
  if (!ts_node_is_null(bases)) made->bases = arguments(bases, scope);
  Code* code = arena_.make<Code>();
  code->kind = CodeKind::kClass;
  code->name = made->name;
  code->unit = origin_.unit;
  code->enclosing = scope.code();
  code->at = position(node);
  if (with_body) {
    Scope own(arena_, code, scope.code()->kind == CodeKind::kModule ? nullptr : &scope);
    body(field(node, Field::kBody), code, own);
    own.close();
  } else {  // the body in the text is not the class's own
    const Position end = position(ts_node_is_null(bases) ? id : bases);
    made->at.end_line = code->at.end_line = end.end_line;
    made->at.end_column = code->at.end_column = end.end_column;
  }
  made->code = code;
  made->target = bound_name(id, made->name, scope);
  return made;
}

Stmt* Lowering::definition(TSNode node, Scope& scope, const std::vector<Expr*>& decorators) {
  if (type_of(node) == Node::class_definition) {
    ClassDef* made = class_definition(node, scope, true);
    made->decorators = items(decorators);
    return made;
  }
  Def* made = make<Def>(StmtKind::kDef, node);
  TSNode id = field(node, Field::kName);
  made->name = symbol(id);
  Code* code = arena_.make<Code>();
  code->name = made->name;
  code->unit = origin_.unit;
  code->enclosing = scope.code();
  fill_function(node, code, &scope);
  made->code = code;
  made->decorators = items(decorators);
  made->target = bound_name(id, made->name, scope);
  return made;
}

}  // namespace ckptlint::python
