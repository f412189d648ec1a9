// Breadth first, so that the chain of calls is a shortest one: first what importing runs, then building, then using.
#include "conduct/reach.h"

namespace ckptlint {
namespace {

// Methods that run while a model, a config, a tokenizer or a processor is made and loaded.
constexpr const char* kBuilding[] = {"__init__",
                                     "__new__",
                                     "__post_init__",
                                     kFactories,
                                     "__setattr__",
                                     "__getattr__",
                                     "__getattribute__",
                                     "__del__",
                                     "post_init",
                                     "init_weights",
                                     "_init_weights",
                                     "tie_weights",
                                     "initialize_weights",
                                     "from_pretrained",
                                     "from_dict",
                                     "get_config_dict",
                                     "_from_pretrained",
                                     "_load_pretrained_model",
                                     "get_input_embeddings",
                                     "get_output_embeddings",
                                     "load_state_dict",
                                     "_load_from_state_dict",
                                     "_load_state_dict_pre_hook",
                                     "get_vocab",
                                     "vocab_size",
                                     "load",
                                     "_sanitize_parameters",
                                     nullptr};
// Methods by which they are used.
constexpr const char* kUsing[] = {
    "forward", "__call__", "generate", "prepare_inputs_for_generation", "_update_model_kwargs_for_generation",
    "_reorder_cache", "_sample", "tokenize", "_tokenize", "encode", "decode", "_decode", "batch_decode", "_encode_plus",
    "_batch_encode_plus", "_convert_token_to_id", "_convert_id_to_token", "convert_tokens_to_string",
    "build_inputs_with_special_tokens", "prepare_for_tokenization", "apply_chat_template", "preprocess", "_forward",
    "postprocess", "_preprocess", "__getitem__", "__len__", "__iter__",
    // Of what is put into sys.meta_path.
    "find_spec", "find_module", "find_loader", "create_module", "exec_module", "load_module", "get_code", "get_data",
    nullptr};

}  // namespace

Reached::Reached(Program& program, const std::vector<EntryPoint>& entries) : program_(program) {
  for (const EntryPoint& entry : entries) {
    const auto file = program.files.find(entry.file);
    if (file != program.files.end() && file->second.body != nullptr)
      visit(file->second.body, {Reach::kImport, nullptr, nullptr, &entry});
  }
  follow(Reach::kImport);
  std::vector<Made> classes;
  for (const EntryPoint& entry : entries) {
    const auto file = program.files.find(entry.file);
    if (file == program.files.end()) continue;
    for (const Meaning& each : program.global(file->second, program.intern(entry.class_name))) {
      if (each.is(Meaning::Kind::kClass))
        classes.push_back({each.type, {Reach::kConstruction, nullptr, nullptr, &entry}});
      if (each.is(Meaning::Kind::kRoutine)) later_.push_back({each.routine, {Reach::kUse, nullptr, nullptr, &entry}});
    }
  }
  // What importing makes is made already.
  std::vector<Made> imported;
  std::swap(imported, made_);
  for (const Made& each : classes) visit_methods(*each.type, kBuilding, each.visit);
  follow(Reach::kConstruction);
  // Hooks, and what replaces methods of the library's.
  for (auto& [routine, visit_then] : later_) {
    visit_then.reach = Reach::kUse;
    visit(routine, visit_then);
  }
  for (std::vector<Made>* all : {&classes, &imported}) {
    for (const Made& each : *all) {
      Visit visit = each.visit;
      visit.reach = Reach::kUse;
      visit_methods(*each.type, kUsing, visit);
    }
  }
  for (std::size_t i = 0; i < made_.size(); ++i) {  // and what using makes is used
    Visit visit = made_[i].visit;
    visit.reach = Reach::kUse;
    visit_methods(*made_[i].type, kUsing, visit);
    if (i + 1 == made_.size()) follow(Reach::kUse);
  }
  follow(Reach::kUse);
}

const Reached::Visit* Reached::visit_of(const Routine& routine) const {
  const auto found = visits_.find(&routine);
  return found == visits_.end() ? nullptr : &found->second;
}

void Reached::visit(const Routine* routine, const Visit& visit) {
  if (visits_.emplace(routine, visit).second) order_.push_back(routine);
}

void Reached::visit_methods(CodeClass& type, const char* const* names, const Visit& from) {
  for (; *names != nullptr; ++names) {
    const Meanings* found = program_.member(type, program_.intern(*names));
    if (found == nullptr) continue;
    for (const Meaning& each : *found) {
      if (each.is(Meaning::Kind::kRoutine)) visit(each.routine, from);
    }
  }
}

void Reached::follow(Reach reach) {
  for (; next_ < order_.size(); ++next_) {
    const Routine* routine = order_[next_];
    const Visit from = visits_.at(routine);
    for (const Act& act : routine->acts) {
      program_.step();
      if (act.off || (act.kind != Act::Kind::kCall && act.kind != Act::Kind::kImport)) continue;
      const Visit next{reach, routine, &act, from.entry};
      if (act.perhaps && reach != Reach::kUse) {
        if (reach == Reach::kConstruction || act.replaces) later_.push_back({act.callee, next});
        continue;
      }
      if (act.callee != nullptr) visit(act.callee, next);
      if (act.made != nullptr && known_made_.insert(act.made).second) made_.push_back({act.made, next});
    }
  }
}

}  // namespace ckptlint
