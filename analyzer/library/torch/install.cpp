// torch as evaluated code finds it: natives first, then the names that embedded Python provides when they are asked
// for.
#include "library/torch/install.h"

#include <limits>
#include <string>
#include <utility>

#include "library/host/embedded.h"
#include "library/host/environment.h"
#include "library/torch/listed_names.h"
#include "library/torch/nn_module.h"
#include "library/torch/state.h"
#include "library/torch/tensors.h"
#include "library/torch/torch.h"
#include "python/evaluate/signature.h"
#include "python/values/dict.h"

namespace ckptlint::python {
namespace torch {
namespace {

// Embedded modules: the file of this folder, and the module it stands for.
struct Stub {
  const char* file;
  const char* module;
};
constexpr Stub kStubs[] = {
    {"torch/functions.py", "torch._functions"},
    {"torch/functional.py", "torch.nn._functional"},
    {"torch/compiled.py", "torch._compiled"},
    {"torch/scripted.py", "torch._scripted"},
    {"torch/pooled.py", "torch.nn._pooled"},
    {"torch/fft.py", "torch._fft"},
    {"torch/batchnorm.py", "torch.nn.modules.batchnorm"},
    {"torch/instancenorm.py", "torch.nn.modules.instancenorm"},
    {"torch/normalization.py", "torch.nn.modules._normalization"},
    {"torch/linear.py", "torch.nn.modules._linear"},
    {"torch/lazy.py", "torch.nn.modules.lazy"},
    {"torch/sparse.py", "torch.nn.modules._sparse"},
    {"torch/activation.py", "torch.nn.modules._activation"},
    {"torch/containers.py", "torch.nn.modules._container"},
    {"torch/rnn.py", "torch.nn.modules.rnn"},
    {"torch/transformer.py", "torch.nn.modules.transformer"},
    {"torch/adaptive.py", "torch.nn.modules.adaptive"},
    {"torch/loss.py", "torch.nn.modules.loss"},
    {"torch/pooling.py", "torch.nn.modules.pooling"},
    {"torch/padding.py", "torch.nn.modules.padding"},
    {"torch/shapes.py", "torch.nn.modules._shapes"},
    {"torch/parametrize.py", "torch.nn.utils.parametrize"},
    {"torch/parametrizations.py", "torch.nn.utils.parametrizations"},
    {"torch/reparametrize.py", "torch.nn.utils._reparametrize"},
    {"torch/distributed.py", "torch._distributed"},
    {"torch/distributions.py", "torch.distributions.normal"},
    {"torch/signatures.py", "torch._signatures"},
    {"torch/module_text.py", "torch.nn._text"},
};

// Names that one module takes from another, when they are asked for.
struct Borrowed {
  const char* into;
  const char* from;
  const char* names;  // separated by spaces
};
constexpr Borrowed kBorrowed[] = {
#include "library/torch/borrowed_names.inc"
};

// Packages below torch that nothing else here makes: their contents are unknown, their existence is not.
constexpr std::string_view kSubmodules =
    "amp ao autograd backends compiler cpu cuda distributed distributions export fft func functional "
    "futures fx hub jit library linalg masked monitor mps mtia multiprocessing nested onnx optim "
    "overrides package profiler quantization quasirandom random serialization signal sparse special "
    "storage testing types utils xpu _C _dynamo _inductor _higher_order_ops _ops _prims _refs _subclasses "
    "_tensor _utils _decomp _library _logging _lowrank _jit_internal _export _functorch _guards "
    "_prims_common distributed.tensor distributed.tensor.placement_types distributed.tensor._utils "
    "nn.attention.flex_attention distributed.device_mesh distributed._functional_collectives ops classes return_types nn.grad nn.intrinsic nn.qat nn.quantizable nn.quantized "
    "nn.common_types nn.attention nn.parallel nn.utils nn.modules";

template <typename Use>
void each_word(std::string_view text, Use use) {
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    if (space != 0) use(text.substr(0, space));
    text = space == std::string_view::npos ? std::string_view{} : text.substr(space + 1);
  }
}

void borrow(Interpreter& in, const Borrowed& borrowed) {
  Module* into = in.native_module(borrowed.into);
  Position* nowhere = in.arena.make<Position>();
  each_word(borrowed.names, [&](std::string_view name) {
    auto* lazy = in.arena.make<LazyImport>();
    lazy->kind = Kind::kLazyImport;
    lazy->module = in.intern(borrowed.from);
    lazy->name = in.intern(name);
    lazy->importer = into;
    lazy->at = nowhere;
    in.define(into, name, Value::of(lazy));
  });
}

// What torch has and is not modelled reads as Unknown; what it does not have is an AttributeError, as hasattr() shows.
template <const std::string_view&... names>
bool lists(std::string_view name) {
  return (lists_word(names, name) || ...);
}

Value always(Interpreter&, const Arguments&, const Value& answer) { return answer; }

std::string_view version_of(const Interpreter& in) {
  for (const auto& package : in.environment.packages) {
    if (package.first == "torch") return package.second;
  }
  return kTorchVersion;
}

void install_constants(Interpreter& in, Module* torch) {
  in.define(torch, "inf", Value::of(std::numeric_limits<double>::infinity()));
  in.define(torch, "nan", Value::of(std::numeric_limits<double>::quiet_NaN()));
  in.define(torch, "pi", Value::of(3.141592653589793));
  in.define(torch, "e", Value::of(2.718281828459045));
  in.define(torch, "newaxis", Value::none());
  const Value version = in.string(version_of(in));
  in.define(torch, "__version__", version);
  Module* details = in.native_module("torch.version");
  in.define(details, "__version__", version);
  for (const char* name : {"cuda", "hip", "xpu", "git_version"}) in.define(details, name, Value::none());
  in.define(details, "debug", Value::of(false));
}

// torch.Size: a tuple of ints that can count elements.
Value make_size(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, iterable] = bind<"cls, iterable=">(in, "Size", arguments);
  if (iterable.missing()) {
    Value empty = in.tuple({});
    empty.as<Tuple>()->is_size = true;
    return empty;
  }
  if (iterable.unknown()) return iterable;
  List* items = in.collect(iterable);
  for (const Value& item : items->items) {
    if (item.is(Kind::kFloat) || item.is(Kind::kStr) || item.is_none()) {
      in.raise_type_error("torch.Size() takes an iterable of 'int' (item 0 is '" + in.type_name(item) + "')");
    }
  }
  Value made = in.tuple(items->items.items, items->items.count);
  made.as<Tuple>()->is_size = true;
  return made;
}

Value size_numel(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self] = bind<"self">(in, "numel", arguments);
  if (!self.is(Kind::kTuple)) raise_wrong_receiver(in, self);
  Value product = Value::of(1);
  for (const Value& item : *self.as<Tuple>()) product = in.binary(Operator::kMul, product, item);
  return product;
}

void install_size(Interpreter& in, Module* torch) {
  Class* size = in.classes.size = in.make_class("Size", {in.classes.tuple}, Layout::kTuple);
  size->module = torch;
  in.static_method(size, "__new__", make_size);
  in.method(size, "numel", size_numel);
  in.define(torch, "Size", Value::of(size));
}

}  // namespace
}  // namespace torch

void install_torch(Interpreter& in) {
  Module* torch = in.native_module("torch");
  torch::install_state(in, torch);
  torch::install_tensor_class(in, torch);
  torch::install_size(in, torch);
  torch::install_constants(in, torch);
  torch::install_creation(in, torch);
  torch::install_tensor_data(in, torch);
  torch::install_pointwise(in, torch);
  torch::install_arithmetic(in, torch);
  torch::install_comparisons(in, torch);
  torch::install_choices(in, torch);
  torch::install_reductions(in, torch);
  torch::install_scans(in, torch);
  torch::install_views(in, torch);
  torch::install_parts(in, torch);
  torch::install_rearrangements(in, torch);
  torch::install_joins(in, torch);
  torch::install_gathers(in, torch);
  torch::install_products(in, torch);
  torch::install_decompositions(in, torch);
  torch::install_conversions(in, torch);
  torch::install_operator_methods(in);
  torch::install_type_functions(in, torch);
  torch::install_modes(in, torch);

  Module* functional = in.native_module("torch.nn.functional");
  torch::install_activations(in, functional);
  torch::install_functional_scans(in, functional);
  torch::install_functional_gathers(in, functional);
  torch::install_functional_products(in, functional);

  Module* nn = in.native_module("torch.nn");
  torch::install_module_class(in, nn);
  torch::install_parameter(in, nn);
  torch::install_containers(in, nn);
  torch::install_layers(in, nn);
  torch::install_convolutions(in, nn);
  torch::install_activation_layers(in, nn);
  torch::install_init(in);

  torch::each_word(torch::kSubmodules, [&](std::string_view name) { in.native_module("torch." + std::string(name)); });
  in.define(in.native_module("torch.distributed"), "is_available", torch::always, Value::of(true));
  for (const torch::Stub& stub : torch::kStubs) in.embedded_module(stub.module, embedded_text(stub.file));
  for (const torch::Borrowed& borrowed : torch::kBorrowed) torch::borrow(in, borrowed);
  torch->lists = torch::lists<torch::kTorchNames, torch::kTorchModules>;
  nn->lists = torch::lists<torch::kNnNames, torch::kNnModules>;
  functional->lists = torch::lists<torch::kFunctionalNames>;
}

void set_default_device(Interpreter& in, std::string_view type) { in.torch->device = torch::device(in, type); }

void set_default_dtype(Interpreter& in, Dtype dtype) { in.torch->default_dtype = dtype; }

void note_reductions(Interpreter& in, std::vector<Reduction>* into) { in.torch->reductions = into; }

bool set_follows_forward(Interpreter& in, bool follows) { return std::exchange(in.torch->follows_forward, follows); }

const double* tensor_contents(Interpreter& in, Tensor* tensor) {
  if (!tensor->shape_known) return nullptr;
  if (tensor->contents == nullptr && tensor->filled) {
    const double value = tensor->fill;
    double* contents = torch::make_contents(in, tensor);
    const std::int64_t count = contents == nullptr ? 0 : torch::numel(tensor);
    for (std::int64_t i = 0; i < count; ++i) contents[i] = value;
  }
  return tensor->contents;
}

}  // namespace ckptlint::python
