// Linear, Embedding, LayerNorm, Dropout, Identity: the layers that large models are made of.
#include "library/torch/nn_layers.h"

#include <fmt/format.h>

#include "library/torch/install.h"

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
  if (value.is(Kind::kFloat) || value.is_none() || value.is(Kind::kStr))
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
  out.in_features = arguments.positional[1];
  out.out_features = arguments.positional[2];
  out.bias = arguments[3];
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
    Value bound[6];
    in.bind("Linear.__init__", arguments, "self, in_features, out_features, bias=, device=, dtype=", bound);
    a = {bound[1], bound[2], bound[3], bound[4], bound[5]};
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
  ModuleInstance* self = module_receiver(in, arguments);
  const Value* weight = find_in(self->parameters, in.torch->names.weight);
  if (!shaped(arguments[1]) || weight == nullptr || !shaped(*weight) || arguments[1].as<Tensor>()->rank == 0)
    return in.unknown("the output of Linear");
  Sizes sizes = sizes_of(arguments[1].as<Tensor>());
  sizes[sizes.rank - 1] = weight->as<Tensor>()->shape[0];
  return like_input(in, arguments[1], sizes);
}

// ---- Embedding

Value embedding_init(Interpreter& in, const Arguments& arguments, const Value&) {
  Value a[12];
  in.bind("Embedding.__init__", arguments,
          "self, num_embeddings, embedding_dim, padding_idx=, max_norm=, norm_type=, scale_grad_by_freq=, sparse=, "
          "_weight=, _freeze=, "
          "device=, dtype=",
          a);
  ModuleInstance* self = module_receiver(in, {a, 1});
  const Names& names = in.torch->names;
  const Factory factory = factory_of(in, a[10], a[11]);
  initialize_module(self);
  reserve_attributes(in, self, 3);
  set_plain(in, self, names.num_embeddings, a[1]);
  set_plain(in, self, names.embedding_dim, a[2]);
  const auto rows = size_argument(in, a[1], "Embedding", "num_embeddings");
  const auto columns = size_argument(in, a[2], "Embedding", "embedding_dim", 1);
  Value padding = a[3].missing() ? Value::none() : a[3];
  if (padding.is(Kind::kInt) && rows) {
    if (padding.integer >= *rows || padding.integer < -*rows)
      in.raise(in.exception("AssertionError"), "Padding_idx must be within num_embeddings");
    if (padding.integer < 0) padding = Value::of(*rows + padding.integer);
  }
  set_plain(in, self, names.padding_idx, padding);
  if (!a[4].missing()) set_plain(in, self, names.max_norm, a[4]);
  if (!a[5].missing()) set_plain(in, self, names.norm_type, a[5]);
  if (!a[6].missing()) set_plain(in, self, names.scale_grad_by_freq, a[6]);
  if (!a[7].missing()) set_plain(in, self, names.sparse, a[7]);
  const bool trained = a[9].missing() || !in.test(a[9]);
  if (a[8].missing() || a[8].is_none()) {
    const Value weight = rows && columns ? make_parameter(in, factory.dtype, {*rows, *columns}, factory.device)
                                         : make_shapeless_parameter(in);
    weight.as<Tensor>()->requires_grad = trained;
    put_parameter(in, self, names.weight, weight);
    reset_parameters(in, self);
    return Value::none();
  }
  if (shaped(a[8]) && rows && columns && !(sizes_of(a[8].as<Tensor>()) == Sizes{*rows, *columns})) {
    in.raise(in.exception("AssertionError"), "Shape of weight does not match num_embeddings and embedding_dim");
  }
  const Value weight = in.call(Value::of(in.classes.parameter), {a[8], Value::of(trained)});
  put_parameter(in, self, names.weight, weight);
  return Value::none();
}

// Embedding.from_pretrained(embeddings, freeze=True, ...)
Value embedding_from(Interpreter& in, const Arguments& arguments, const Value&) {
  Value a[8];
  in.bind("Embedding.from_pretrained", arguments,
          "cls, embeddings, freeze=, padding_idx=, max_norm=, norm_type=, scale_grad_by_freq=, sparse=", a);
  if (!shaped(a[1])) return in.unknown("an Embedding made of a tensor that is not known");
  if (a[1].as<Tensor>()->rank != 2)
    in.raise(in.exception("AssertionError"), "Embeddings parameter is expected to be 2-dimensional");
  const Tensor* table = a[1].as<Tensor>();
  return in.call(a[0], {Value::of(table->shape[0]), Value::of(table->shape[1])},
                 {{in.torch->names.padding_idx, a[3].missing() ? Value::none() : a[3]},
                  {in.intern("_weight"), a[1]},
                  {in.intern("_freeze"), a[2].missing() ? Value::of(true) : a[2]}});
}

Value embedding_forward(Interpreter& in, const Arguments& arguments, const Value&) {
  const Value* weight = find_in(module_receiver(in, arguments)->parameters, in.torch->names.weight);
  if (!shaped(arguments[1]) || weight == nullptr || !shaped(*weight) || weight->as<Tensor>()->rank != 2)
    return in.unknown("the output of Embedding");
  Sizes sizes = sizes_of(arguments[1].as<Tensor>());
  sizes.push(weight->as<Tensor>()->shape[1]);
  return like_input(in, *weight, sizes);
}

// ---- LayerNorm

Value layer_norm_init(Interpreter& in, const Arguments& arguments, const Value&) {
  Value a[7];
  in.bind("LayerNorm.__init__", arguments,
          "self, normalized_shape, eps=, elementwise_affine=, bias=, device=, dtype=", a);
  ModuleInstance* self = module_receiver(in, {a, 1});
  const Names& names = in.torch->names;
  const Factory factory = factory_of(in, a[5], a[6]);
  initialize_module(self);
  Sizes sizes;
  bool known = true;
  if (a[1].is(Kind::kTuple) || a[1].is(Kind::kList)) {
    List* items = in.collect(a[1]);
    known = items->items.size() <= static_cast<std::size_t>(kMaxRank);
    for (const Value& item : items->items) {
      if (!known) break;
      const auto size = size_argument(in, item, "LayerNorm", "normalized_shape", sizes.rank);
      known = known && size.has_value();
      sizes.push(size.value_or(0));
    }
    a[1] = in.tuple(items->items.items, items->items.count);
  } else {
    if (a[1].is_none() || a[1].is(Kind::kFloat)) in.collect(a[1]);  // which raises
    const auto size = size_argument(in, a[1], "LayerNorm", "normalized_shape");
    known = size.has_value();
    sizes.push(size.value_or(0));
    a[1] = in.tuple({a[1]});
  }
  const bool affine = a[3].missing() || in.test(a[3]);
  const bool bias = affine && (a[4].missing() || in.test(a[4]));
  reserve_attributes(in, self, 3);
  set_plain(in, self, names.normalized_shape, a[1]);
  set_plain(in, self, names.eps, a[2].missing() ? Value::of(1e-5) : a[2]);
  set_plain(in, self, names.elementwise_affine, a[3].missing() ? Value::of(true) : a[3]);
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

Value same_shape(Interpreter& in, const Arguments& arguments, const Value&) {
  if (!shaped(arguments[1])) return in.unknown("the output of a layer");
  return like_input(in, arguments[1], sizes_of(arguments[1].as<Tensor>()));
}

Value pass_through(Interpreter&, const Arguments& arguments, const Value&) { return arguments[1]; }

Value identity_init(Interpreter& in, const Arguments& arguments, const Value&) {
  initialize_module(module_receiver(in, arguments));  // takes and ignores anything
  return Value::none();
}

Value dropout_init(Interpreter& in, const Arguments& arguments, const Value&) {
  Value a[3];
  in.bind("_DropoutNd.__init__", arguments, "self, p=, inplace=", a);
  ModuleInstance* self = module_receiver(in, {a, 1});
  initialize_module(self);
  if (a[1].is_number() && (a[1].as_double() < 0 || a[1].as_double() > 1)) {
    in.raise_value_error(fmt::format("dropout probability has to be between 0 and 1, but got {}", in.str(a[1])));
  }
  if (a[1].is_none() || a[1].is(Kind::kStr)) {
    in.raise_type_error(fmt::format("'<' not supported between instances of '{}' and 'int'", in.type_name(a[1])));
  }
  if (!a[1].missing()) {
    reserve_attributes(in, self, 1);
    set_plain(in, self, in.torch->names.p, a[1]);
  }
  if (!a[2].missing()) set_plain(in, self, in.torch->names.inplace, a[2]);
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
  in.method(layer_norm, "forward", same_shape);
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
