// Linear, Embedding, LayerNorm, Dropout, Identity: the layers that large models are made of.
#include "library/torch/nn_layers.h"

#include <fmt/format.h>

#include "library/torch/install.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python::torch {

Class* make_layer(Interpreter& in, Module* nn, const char* file, const char* name, Class* base, NativeFunction init) {
  Module* home = in.native_module(fmt::format("torch.nn.modules.{}", file));
  Class* type = in.make_class(name, {base}, Layout::kModule);
  type->module = home;
  if (init != nullptr) in.method(type, "__init__", init);
  in.define(home, name, Value::of(type));
  in.define(nn, name, Value::of(type));
  return type;
}

Factory factory_of(Interpreter& in, const Value& device, const Value& dtype) {
  Factory made{in.torch->device, in.torch->default_dtype};
  if (device.unknown() || dtype.unknown()) {
    in.note_partial("the dtype or device of a layer is not known");
    return made;
  }
  if (!device.missing() && !device.is_none()) made.device = device_of(in, device);
  if (dtype.is(Kind::kDtype)) made.dtype = dtype.as<DtypeObject>()->dtype;
  return made;
}

std::optional<std::int64_t> size_argument(Interpreter& in, const Value& value, const char* layer, const char* argument,
                                          int at) {
  if (value.is(Kind::kInt)) return value.integer;
  if (value.unknown()) {
    in.note_partial(
        fmt::format("`{}` of a {} is {}, which is not known", argument, layer, value.as<Unknown>()->origin->view()));
    return std::nullopt;
  }
  if (value.is(Kind::kFloat) || value.is_none() || value.is(Kind::kStr) || (at == 0 && value.is(Kind::kBool)))
    raise_bad_extent(in, "empty", "size", 1, value, at);
  try {
    return read_integer(in, value);
  } catch (const Unknowable&) {
    in.note_partial(fmt::format("`{}` of a {} depends on the contents of a tensor", argument, layer));
    return std::nullopt;
  }
}

void reset_parameters(Interpreter& in, ModuleInstance* self) {
  Value* own = in.class_lookup(self->type, in.torch->names.reset_parameters);
  if (own != nullptr && own->is(Kind::kFunction)) in.call(*own, {Value::of(self)});
}

void set_plain(Interpreter& in, ModuleInstance* self, Str* name, const Value& value) {
  if (self->attributes == nullptr) self->attributes = in.dict();
  dict_set(in.arena, self->attributes, name, value);
}

void reserve_attributes(Interpreter& in, ModuleInstance* self, std::uint32_t count) {
  if (self->attributes == nullptr) self->attributes = dict_of_capacity(in, count);
}

Value like_input(Interpreter& in, const Value& input, const Sizes& sizes) {
  const Tensor* tensor = input.as<Tensor>();
  return Value::of(make_tensor(in, tensor->dtype, sizes, device_of(in, tensor)));
}

namespace {

bool shaped(const Value& value) { return value.is(Kind::kTensor) && value.as<Tensor>()->shape_known; }

// ---- Linear

// Arguments by position and name, without the cost of a general binding.
struct LinearArguments {
  Value in_features, out_features, bias, device, dtype;
};

bool read_fast(Interpreter& in, const Arguments& arguments, LinearArguments& out) {
  if (arguments.count < 3 || arguments.count > 4) return false;
  const auto [self, in_features, out_features, bias] = by_position<"self, in_features, out_features, bias=">(arguments);
  out = {in_features, out_features, bias, {}, {}};
  for (std::size_t i = 0; i < arguments.keyword_count; ++i) {
    if (arguments.keywords[i].name != in.sym.bias || arguments.count == 4) return false;
    out.bias = arguments.keywords[i].value;
  }
  return true;
}

Value linear_init(Interpreter& in, const Arguments& arguments, const Value&) {
  ModuleInstance* self = module_receiver(in, arguments);
  LinearArguments a;
  if (!read_fast(in, arguments, a)) {
    const auto [given_self, in_features, out_features, bias, device, dtype] =
        bind<"self, in_features, out_features, bias=, device=, dtype=">(in, "Linear.__init__", arguments);
    a = {in_features, out_features, bias, device, dtype};
  }
  const Names& names = in.torch->names;
  const Factory factory = factory_of(in, a.device, a.dtype);
  initialize_module(self);
  reserve_attributes(in, self, 2);
  set_plain(in, self, names.in_features, a.in_features);
  set_plain(in, self, names.out_features, a.out_features);
  const auto rows = size_argument(in, a.out_features, "Linear", "out_features");
  const auto columns = size_argument(in, a.in_features, "Linear", "in_features", 1);
  const bool known = columns && rows;
  put_parameter(
      in, self, names.weight,
      known ? make_parameter(in, factory.dtype, {*rows, *columns}, factory.device) : make_shapeless_parameter(in));
  if (a.bias.missing() || in.test(a.bias)) {
    put_parameter(in, self, names.bias,
                  rows ? make_parameter(in, factory.dtype, {*rows}, factory.device) : make_shapeless_parameter(in));
  } else {
    put_parameter(in, self, names.bias, Value::none());
  }
  reset_parameters(in, self);
  return Value::none();
}

Value linear_forward(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, input] = bind<"self, input">(in, "Linear.forward", arguments);
  ModuleInstance* module = module_receiver(in, self);
  const Value* weight = find_in(module->parameters, in.torch->names.weight);
  if (!shaped(input) || weight == nullptr || !shaped(*weight) || input.as<Tensor>()->rank == 0)
    return in.unknown("the output of Linear");
  if (is_distributed(in, weight->as<Tensor>()) || is_distributed(in, input.as<Tensor>())) {
    const Value* bias = find_in(module->parameters, in.torch->names.bias);
    const Value made = in.call(in.import_name("torch._distributed", "_linear"),
                               {input, *weight, bias == nullptr ? Value::none() : *bias});
    return made.is_none() ? in.unknown("the output of Linear") : made;
  }
  Sizes sizes = sizes_of(input.as<Tensor>());
  const Tensor* matrix = weight->as<Tensor>();
  if (matrix->rank != 2 || sizes[sizes.rank - 1] != matrix->shape[1])
    return in.call(in.import_name("torch.nn.functional", "linear"), {input, *weight});  // which raises
  sizes[sizes.rank - 1] = matrix->shape[0];
  return like_input(in, input, sizes);
}

// ---- Embedding

Value embedding_init(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, num_embeddings, embedding_dim, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse,
              given_weight, freeze, device, dtype] =
      bind<
          "self, num_embeddings, embedding_dim, padding_idx=, max_norm=, norm_type=, scale_grad_by_freq=, "
          "sparse=, _weight=, _freeze=, device=, dtype=">(in, "Embedding.__init__", arguments);
  ModuleInstance* self = module_receiver(in, given_self);
  const Names& names = in.torch->names;
  const Factory factory = factory_of(in, device, dtype);
  initialize_module(self);
  reserve_attributes(in, self, 3);
  set_plain(in, self, names.num_embeddings, num_embeddings);
  set_plain(in, self, names.embedding_dim, embedding_dim);
  const auto rows = size_argument(in, num_embeddings, "Embedding", "num_embeddings");
  const auto columns = size_argument(in, embedding_dim, "Embedding", "embedding_dim", 1);
  Value padding = padding_idx.missing() ? Value::none() : padding_idx;
  if (padding.is(Kind::kInt) && rows) {
    if (padding.integer >= *rows || padding.integer < -*rows)
      in.raise(in.exception("AssertionError"), "Padding_idx must be within num_embeddings");
    if (padding.integer < 0) padding = Value::of(*rows + padding.integer);
  }
  set_plain(in, self, names.padding_idx, padding);
  if (!max_norm.missing()) set_plain(in, self, names.max_norm, max_norm);
  if (!norm_type.missing()) set_plain(in, self, names.norm_type, norm_type);
  if (!scale_grad_by_freq.missing()) set_plain(in, self, names.scale_grad_by_freq, scale_grad_by_freq);
  if (!sparse.missing()) set_plain(in, self, names.sparse, sparse);
  const bool trained = freeze.missing() || !in.test(freeze);
  if (given_weight.missing() || given_weight.is_none()) {
    const Value weight = rows && columns ? make_parameter(in, factory.dtype, {*rows, *columns}, factory.device)
                                         : make_shapeless_parameter(in);
    weight.as<Tensor>()->requires_grad = trained;
    put_parameter(in, self, names.weight, weight);
    reset_parameters(in, self);
    return Value::none();
  }
  if (shaped(given_weight) && rows && columns && !(sizes_of(given_weight.as<Tensor>()) == Sizes{*rows, *columns})) {
    in.raise(in.exception("AssertionError"), "Shape of weight does not match num_embeddings and embedding_dim");
  }
  const Value weight = in.call(Value::of(in.classes.parameter), {given_weight, Value::of(trained)});
  put_parameter(in, self, names.weight, weight);
  return Value::none();
}

// Embedding.from_pretrained(embeddings, freeze=True, ...)
Value embedding_from(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [cls, embeddings, freeze, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse] =
      bind<"cls, embeddings, freeze=, padding_idx=, max_norm=, norm_type=, scale_grad_by_freq=, sparse=">(
          in, "Embedding.from_pretrained", arguments);
  if (!shaped(embeddings)) return in.unknown("an Embedding made of a tensor that is not known");
  if (embeddings.as<Tensor>()->rank != 2)
    in.raise(in.exception("AssertionError"), "Embeddings parameter is expected to be 2-dimensional");
  const Tensor* table = embeddings.as<Tensor>();
  return in.call(cls, {Value::of(table->shape[0]), Value::of(table->shape[1])},
                 {{in.torch->names.padding_idx, padding_idx.missing() ? Value::none() : padding_idx},
                  {in.intern("_weight"), embeddings},
                  {in.intern("_freeze"), freeze.missing() ? Value::of(true) : freeze}});
}

Value embedding_forward(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, input] = bind<"self, input">(in, "Embedding.forward", arguments);
  const Value* weight = find_in(module_receiver(in, self)->parameters, in.torch->names.weight);
  if (!shaped(input) || weight == nullptr || !shaped(*weight) || weight->as<Tensor>()->rank != 2)
    return in.unknown("the output of Embedding");
  if (is_distributed(in, weight->as<Tensor>()) || is_distributed(in, input.as<Tensor>()))
    return in.call(in.import_name("torch._distributed", "_embedding"), {input, *weight});
  Sizes sizes = sizes_of(input.as<Tensor>());
  sizes.push(weight->as<Tensor>()->shape[1]);
  return like_input(in, *weight, sizes);
}

// ---- LayerNorm

Value layer_norm_init(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, given_shape, eps, elementwise_affine, given_bias, device, dtype] =
      bind<"self, normalized_shape, eps=, elementwise_affine=, bias=, device=, dtype=">(in, "LayerNorm.__init__",
                                                                                        arguments);
  ModuleInstance* self = module_receiver(in, given_self);
  const Names& names = in.torch->names;
  const Factory factory = factory_of(in, device, dtype);
  initialize_module(self);
  Value normalized_shape = given_shape;
  Sizes sizes;
  bool known = true;
  if (normalized_shape.is(Kind::kTuple) || normalized_shape.is(Kind::kList)) {
    List* items = in.collect(normalized_shape);
    known = items->items.size() <= static_cast<std::size_t>(kMaxRank);
    for (const Value& item : items->items) {
      if (!known) break;
      const auto size = size_argument(in, item, "LayerNorm", "normalized_shape", sizes.rank);
      known = known && size.has_value();
      sizes.push(size.value_or(0));
    }
    normalized_shape = in.tuple(items->items.items, items->items.count);
  } else {
    if (normalized_shape.is_none() || normalized_shape.is(Kind::kFloat)) in.collect(normalized_shape);  // which raises
    const auto size = size_argument(in, normalized_shape, "LayerNorm", "normalized_shape");
    known = size.has_value();
    sizes.push(size.value_or(0));
    normalized_shape = in.tuple({normalized_shape});
  }
  const bool affine = elementwise_affine.missing() || in.test(elementwise_affine);
  const bool bias = affine && (given_bias.missing() || in.test(given_bias));
  reserve_attributes(in, self, 3);
  set_plain(in, self, names.normalized_shape, normalized_shape);
  set_plain(in, self, names.eps, eps.missing() ? Value::of(1e-5) : eps);
  set_plain(in, self, names.elementwise_affine, elementwise_affine.missing() ? Value::of(true) : elementwise_affine);
  const auto filled = [&](bool wanted, double value) {
    if (!wanted) return Value::none();
    return known ? make_filled_parameter(in, factory.dtype, sizes, factory.device, value)
                 : make_shapeless_parameter(in);
  };
  put_parameter(in, self, names.weight, filled(affine, 1));
  put_parameter(in, self, names.bias, filled(bias, 0));
  if (affine) reset_parameters(in, self);
  return Value::none();
}

// ---- layers that keep the shape

// A layer that has a normalized_shape wants the last extents to be those.
void check_normalized(Interpreter& in, ModuleInstance* self, const Sizes& sizes) {
  Value given;
  if (!in.find_attribute(Value::of(self), in.intern("normalized_shape"), given) || !given.is(Kind::kTuple)) return;
  const auto* wanted = given.as<Tuple>();
  bool fits = static_cast<int>(wanted->count) <= sizes.rank;
  for (std::size_t i = 0; fits && i < wanted->count; ++i) {
    const Value& extent = wanted->items[i];
    fits = !extent.is(Kind::kInt) || extent.integer == sizes[sizes.rank - static_cast<int>(wanted->count - i)];
  }
  if (fits) return;
  std::string shape, asked;
  for (std::size_t i = 0; i < wanted->count; ++i) {
    const Value& extent = wanted->items[i];
    const std::string text = extent.is(Kind::kInt) ? fmt::format("{}", extent.integer) : "?";
    shape += (i == 0 ? "" : ", ") + text;
    asked += ", " + text;
  }
  in.raise(in.exception("RuntimeError"),
           fmt::format("Given normalized_shape=[{}], expected input with shape [*{}], but got input of size{}", shape,
                       asked, text_of(sizes)));
}

Value forward_of_same_shape(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, input] = bind<"self, input">(in, "forward", arguments);
  if (!shaped(input) || is_distributed(in, input.as<Tensor>())) return in.unknown("the output of a layer");
  const Sizes sizes = sizes_of(input.as<Tensor>());
  check_normalized(in, module_receiver(in, self), sizes);
  return like_input(in, input, sizes);
}

Value pass_through(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, input] = bind<"self, input">(in, "forward", arguments);
  return input;
}

Value identity_init(Interpreter& in, const Arguments& arguments, const Value&) {
  initialize_module(module_receiver(in, arguments));  // takes and ignores anything
  return Value::none();
}

Value dropout_init(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, p, inplace] = bind<"self, p=, inplace=">(in, "_DropoutNd.__init__", arguments);
  ModuleInstance* self = module_receiver(in, given_self);
  initialize_module(self);
  if (p.is_number() && (p.as_double() < 0 || p.as_double() > 1)) {
    in.raise_value_error(fmt::format("dropout probability has to be between 0 and 1, but got {}", in.str(p)));
  }
  if (p.is_none() || p.is(Kind::kStr)) {
    in.raise_type_error(fmt::format("'<' not supported between instances of '{}' and 'int'", in.type_name(p)));
  }
  if (!p.missing()) {
    reserve_attributes(in, self, 1);
    set_plain(in, self, in.torch->names.p, p);
  }
  if (!inplace.missing()) set_plain(in, self, in.torch->names.inplace, inplace);
  return Value::none();
}

}  // namespace

void install_layers(Interpreter& in, Module* nn) {
  Class* module = in.classes.nn_module;
  Class* linear = make_layer(in, nn, "linear", "Linear", module, linear_init);
  in.method(linear, "forward", linear_forward);
  Class* head = make_layer(in, nn, "linear", "NonDynamicallyQuantizableLinear", linear, nullptr);
  dict_erase(nn->attributes, Value::of(head->name));  // torch.nn does not export it
  Class* embedding = make_layer(in, nn, "sparse", "Embedding", module, embedding_init);
  in.class_method(embedding, "from_pretrained", embedding_from);
  in.method(embedding, "forward", embedding_forward);
  in.set_class(embedding, "max_norm", Value::none());
  in.set_class(embedding, "norm_type", Value::of(2.0));
  in.set_class(embedding, "scale_grad_by_freq", Value::of(false));
  in.set_class(embedding, "sparse", Value::of(false));
  Class* layer_norm = make_layer(in, nn, "normalization", "LayerNorm", module, layer_norm_init);
  in.method(layer_norm, "forward", forward_of_same_shape);
  for (Class* type : {linear, embedding, layer_norm}) {
    in.method(type, "reset_parameters", [](Interpreter& each, const Arguments& arguments, const Value&) -> Value {
      for (const char* name : {"weight", "bias"}) {
        const Value* found = find_in(module_receiver(each, arguments)->parameters, each.intern(name));
        if (found != nullptr && shaped(*found)) write_unknown(each, found->as<Tensor>());
      }
      return Value::none();
    });
  }
  Class* identity = make_layer(in, nn, "linear", "Identity", module, identity_init);
  in.method(identity, "forward", pass_through);
  Class* dropouts = make_layer(in, nn, "dropout", "_DropoutNd", module, dropout_init);
  dict_erase(nn->attributes, Value::of(dropouts->name));
  in.set_class(dropouts, "p", Value::of(0.5));
  in.set_class(dropouts, "inplace", Value::of(false));
  for (const char* name : {"Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"}) {
    in.method(make_layer(in, nn, "dropout", name, dropouts, nullptr), "forward", pass_through);
  }
}

}  // namespace ckptlint::python::torch
