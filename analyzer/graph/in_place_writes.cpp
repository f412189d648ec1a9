// Looks in the text of every `_init_weights` for what writes in place.
#include "graph/in_place_writes.h"

#include <re2/re2.h>

#include <algorithm>
#include <string>

#include "graph/model_walk.h"
#include "library/torch/nn_module.h"
#include "python/syntax/source_unit.h"
#include "python/syntax/syntax.h"

namespace ckptlint {
namespace {

using python::Dict;
using python::Interpreter;
using python::Kind;
using python::ModuleInstance;
using python::Str;
using python::Value;

class InPlaceWrites : public ModelVisitor {
 public:
  explicit InPlaceWrites(Interpreter& in) : in_(in), name_(in.intern("_init_weights")) {}

  bool found() const { return found_; }

  void enter(const ModuleInstance* module, const Dict::Entry*) {
    found_ = found_ || (seen_.add(module->type) && any_of(module->type));
  }

 private:
  bool any_of(const python::Class* type) {
    return std::any_of(type->mro.begin(), type->mro.end(), [&](const python::Class* each) {
      const Value* method = python::dict_find(each->attributes, name_);
      return method != nullptr && method->is(Kind::kFunction) && writes(method->as<python::Function>()->code);
    });
  }

  bool writes(const python::Code* code) {
    if (code == nullptr || code->unit == nullptr) return true;
    const SourceFile* file = in_.sources.find(code->unit->file);
    if (file == nullptr || file->in_model_repo || code->end <= code->begin) return true;
    static const RE2 kWrite(R"((\binit(?:ialization)?)?\.[a-z_0-9]*[a-z0-9]_\(|\.data\b)");
    re2::StringPiece text(code->unit->text.data() + code->begin, code->end - code->begin);
    std::string guarded;
    while (RE2::FindAndConsume(&text, kWrite, &guarded)) {
      if (guarded.empty()) return true;
    }
    return false;
  }

  Interpreter& in_;
  Str* name_;
  python::torch::IdentitySet seen_;
  bool found_ = false;
};

}  // namespace

bool may_write_in_place(Interpreter& in, const Value& model) {
  InPlaceWrites writes(in);
  walk_model(model.as<ModuleInstance>(), writes);
  return writes.found();
}

}  // namespace ckptlint
