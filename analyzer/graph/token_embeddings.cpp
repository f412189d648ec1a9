// Calls get_input_embeddings of the model and of its decoder, and finds the rows of the weights.
#include "graph/token_embeddings.h"

#include <algorithm>
#include <variant>

#include "graph/asking.h"
#include "graph/model_walk.h"

namespace ckptlint {
namespace {

using python::Interpreter;
using python::Kind;
using python::ModuleInstance;
using python::Value;

struct RowOfModule : ModelVisitor {
  explicit RowOfModule(const ModuleInstance* wanted) : wanted(wanted) {}

  void enter(const ModuleInstance* module, const python::Dict::Entry*) {
    if (module == wanted && row == ModuleId::kNone) row = ModuleId{next};
    ++next;
  }

  const ModuleInstance* wanted;
  std::uint32_t next = 0;
  ModuleId row = ModuleId::kNone;
};

// What the method gives; kMissing where there is none, or it raises, as many models do that take no tokens.
Value given_by(Interpreter& in, const Value& model, const char* method) {
  Value found;
  if (!is_module(model) || !in.find_attribute(model, in.intern(method), found)) return {};
  Answer<Value> answer = ask(in, [&] { return in.call(found, {}); });
  return answer.raised() != nullptr ? Value{} : std::move(answer).required();
}

void add_embedding(Interpreter& in, const Value& root, const Value& of, const ModuleGraph& graph,
                   std::vector<TensorId>& tensors) {
  const Value embedding = given_by(in, of, "get_input_embeddings");
  // Models of images give what makes patches of them.
  if (Value rows; !is_module(embedding) || !in.find_attribute(embedding, in.intern("num_embeddings"), rows)) return;
  RowOfModule walk(embedding.as<ModuleInstance>());
  walk_model(root.as<ModuleInstance>(), walk);
  if (walk.row == ModuleId::kNone) return;
  const Module& module = graph.module(walk.row);
  for (std::uint32_t i = 0; i < module.tensor_count; ++i) {
    const TensorId id{module.first_tensor + i};
    const Tensor& tensor = graph.tensor(id);
    const bool is_table = !tensor.is_buffer() && tensor.shape.size() == 2 && tensor.name.ends_with(".weight");
    if (is_table && std::find(tensors.begin(), tensors.end(), id) == tensors.end()) tensors.push_back(id);
  }
}

}  // namespace

Known<TokenEmbeddings> token_embeddings_of(EvaluatedModel& evaluated, const ModuleGraph& graph) {
  auto ended = run_phase([&] {
    Interpreter& in = *evaluated.interpreter;
    TokenEmbeddings found;
    add_embedding(in, evaluated.model, evaluated.model, graph, found.tables);
    add_embedding(in, evaluated.model, given_by(in, evaluated.model, "get_decoder"), graph, found.tables);
    const Value generates = given_by(in, evaluated.model, "can_generate");
    found.can_generate = !generates.is(Kind::kBool) || generates.as_int() != 0;
    return found;
  });
  if (auto* found = std::get_if<TokenEmbeddings>(&ended)) return std::move(*found);
  return Unknown{std::get<Stopped>(ended).what};
}

}  // namespace ckptlint
