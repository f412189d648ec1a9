// Convolutions and transposed convolutions of one to three dimensions.
#include <fmt/format.h>

#include "library/torch/install.h"
#include "library/torch/nn_layers.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python::torch {
namespace {

// torch's _ntuple: a sequence as it is, a scalar for every dimension.
Value per_dimension(Interpreter& in, const Value& value, int count) {
  if (value.is(Kind::kTuple)) return value;
  if (value.is(Kind::kList) || value.is(Kind::kRange) || value.is(Kind::kIterator) || value.is(Kind::kSet)) {
    List* items = in.collect(value);
    return in.tuple(items->items.items, items->items.count);
  }
  Value items[3] = {value, value, value};
  return in.tuple(items, static_cast<std::size_t>(count));
}

struct Padding {
  Value value;           // a tuple, or the string that was given
  Value reversed_twice;  // for torch.nn.functional.pad
};

Padding padding_of(Interpreter& in, const Value& given, const Value& kernel, const Value& stride, const Value& dilation,
                   int count) {
  if (given.is(Kind::kStr)) {
    const std::string_view text = given.as<Str>()->view();
    if (text != "same" && text != "valid") {
      in.raise_value_error(
          fmt::format("Invalid padding string {}, should be one of {{'same', 'valid'}}", in.repr(given)));
    }
    std::vector<Value> reversed(static_cast<std::size_t>(count) * 2, Value::of(0));
    if (text == "same") {
      for (const Value& step : *stride.as<Tuple>()) {
        if (step.is(Kind::kInt) && step.integer != 1)
          in.raise_value_error("padding='same' is not supported for strided convolutions");
      }
      for (int i = 0; i < count; ++i) {
        const Value total = in.binary(Operator::kMul, dilation.as<Tuple>()->items[i],
                                      in.binary(Operator::kSub, kernel.as<Tuple>()->items[i], Value::of(1)));
        const Value left = in.binary(Operator::kFloorDiv, total, Value::of(2));
        const std::size_t at = 2 * static_cast<std::size_t>(count - 1 - i);
        reversed[at] = left;
        reversed[at + 1] = in.binary(Operator::kSub, total, left);
      }
    }
    return {given, Value::of([&] {
              List* list = in.list();
              for (const Value& each : reversed) list->items.push(in.arena, each);
              return list;
            }())};
  }
  const Value tuple = per_dimension(in, given, count);
  std::vector<Value> reversed;
  for (std::uint32_t i = tuple.as<Tuple>()->count; i-- > 0;) {
    reversed.push_back(tuple.as<Tuple>()->items[i]);
    reversed.push_back(tuple.as<Tuple>()->items[i]);
  }
  return {tuple, in.tuple(reversed.data(), reversed.size())};
}

// The weight's shape; empty where a part of it is not known.
std::optional<Sizes> weight_sizes(Interpreter& in, const char* layer, const Value& inputs, const Value& outputs,
                                  const Value& groups, const Value& kernel, bool transposed) {
  for (const Value& channels : {inputs, outputs}) {
    if (channels.is_none() || channels.is(Kind::kStr)) in.binary(Operator::kMod, channels, groups);  // which raises
  }
  const auto to = size_argument(in, outputs, layer, "out_channels", transposed ? 1 : 0);
  const auto from = size_argument(in, inputs, layer, "in_channels", transposed ? 0 : 1);
  const auto parts = size_argument(in, groups, layer, "groups");
  if (parts && *parts <= 0) in.raise_value_error("groups must be a positive integer");
  if (from && parts && *from % *parts != 0) in.raise_value_error("in_channels must be divisible by groups");
  if (to && parts && *to % *parts != 0) in.raise_value_error("out_channels must be divisible by groups");
  bool known = from && to && parts;
  Sizes sizes;
  if (known) sizes = transposed ? Sizes{*from, *to / *parts} : Sizes{*to, *from / *parts};
  known = known && kernel.as<Tuple>()->count + 2 <= static_cast<std::uint32_t>(kMaxRank);
  for (const Value& extent : *kernel.as<Tuple>()) {
    if (!known) break;
    const auto size = size_argument(in, extent, layer, "kernel_size", sizes.rank);
    known = known && size.has_value();
    sizes.push(size.value_or(0));
  }
  if (!known) return std::nullopt;
  return sizes;
}

struct ConvolutionKind {
  const char* name;
  int dimensions;
  bool transposed;
};

struct ConvolutionArguments {
  Value self, in_channels, out_channels, kernel_size, stride, padding, output_padding, groups, bias, dilation;
  Value padding_mode, device, dtype;
};

constexpr ConvolutionKind kConvolutionKinds[] = {{"Conv1d", 1, false},         {"Conv2d", 2, false},
                                                 {"Conv3d", 3, false},         {"ConvTranspose1d", 1, true},
                                                 {"ConvTranspose2d", 2, true}, {"ConvTranspose3d", 3, true}};

Value given_or(const Value& value, const Value& otherwise) { return value.missing() ? otherwise : value; }

ConvolutionArguments read_arguments(Interpreter& in, const ConvolutionKind& kind, const Arguments& arguments) {
  if (kind.transposed) {
    const auto [self, in_channels, out_channels, kernel_size, stride, padding, output_padding, groups, bias, dilation,
                padding_mode, device, dtype] =
        bind<
            "self, in_channels, out_channels, kernel_size, stride=, padding=, output_padding=, groups=, bias=, "
            "dilation=, padding_mode=, device=, dtype=">(in, kind.name, arguments);
    return {.self = self,
            .in_channels = in_channels,
            .out_channels = out_channels,
            .kernel_size = kernel_size,
            .stride = stride,
            .padding = padding,
            .output_padding = output_padding,
            .groups = groups,
            .bias = bias,
            .dilation = dilation,
            .padding_mode = padding_mode,
            .device = device,
            .dtype = dtype};
  }
  const auto [self, in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode,
              device, dtype] =
      bind<
          "self, in_channels, out_channels, kernel_size, stride=, padding=, dilation=, groups=, bias=, "
          "padding_mode=, device=, dtype=">(in, kind.name, arguments);
  return {.self = self,
          .in_channels = in_channels,
          .out_channels = out_channels,
          .kernel_size = kernel_size,
          .stride = stride,
          .padding = padding,
          .output_padding = {},
          .groups = groups,
          .bias = bias,
          .dilation = dilation,
          .padding_mode = padding_mode,
          .device = device,
          .dtype = dtype};
}

Value init_convolution(Interpreter& in, const Arguments& arguments, const Value& data) {
  const ConvolutionKind& kind = kConvolutionKinds[data.integer];
  const ConvolutionArguments a = read_arguments(in, kind, arguments);
  ModuleInstance* self = module_receiver(in, a.self);
  const Names& names = in.torch->names;
  const int n = kind.dimensions;
  const Value dilation = per_dimension(in, given_or(a.dilation, Value::of(1)), n);
  const Value mode = given_or(a.padding_mode, in.string("zeros"));
  const Factory factory = factory_of(in, a.device, a.dtype);
  const Value kernel = per_dimension(in, a.kernel_size, n);
  const Value stride = per_dimension(in, given_or(a.stride, Value::of(1)), n);
  const Value groups = given_or(a.groups, Value::of(1));
  initialize_module(self);
  const auto sizes = weight_sizes(in, kind.name, a.in_channels, a.out_channels, groups, kernel, kind.transposed);
  if (mode.is(Kind::kStr)) {
    const std::string_view text = mode.as<Str>()->view();
    if (kind.transposed && text != "zeros")
      in.raise_value_error("Only \"zeros\" padding mode is supported for " + class_name(self));
    if (text != "zeros" && text != "reflect" && text != "replicate" && text != "circular") {
      in.raise_value_error(fmt::format(
          "padding_mode must be one of {{'zeros', 'reflect', 'replicate', 'circular'}}, but got padding_mode='{}'",
          text));
    }
  }
  const Padding padding = padding_of(in, given_or(a.padding, Value::of(0)), kernel, stride, dilation, n);
  reserve_attributes(in, self, 8);
  set_plain(in, self, names.in_channels, a.in_channels);
  set_plain(in, self, names.out_channels, a.out_channels);
  set_plain(in, self, names.kernel_size, kernel);
  set_plain(in, self, names.stride, stride);
  set_plain(in, self, names.padding, padding.value);
  set_plain(in, self, names.dilation, dilation);
  set_plain(in, self, names.transposed, Value::of(kind.transposed));
  set_plain(in, self, names.output_padding, per_dimension(in, given_or(a.output_padding, Value::of(0)), n));
  set_plain(in, self, names.groups, groups);
  set_plain(in, self, names.padding_mode, mode);
  set_plain(in, self, names._reversed_padding_repeated_twice, padding.reversed_twice);
  put_parameter(in, self, names.weight,
                sizes ? make_parameter(in, factory.dtype, *sizes, factory.device) : make_shapeless_parameter(in));
  if (a.bias.missing() || in.test(a.bias)) {
    const auto outputs = size_argument(in, a.out_channels, kind.name, "out_channels");
    put_parameter(
        in, self, names.bias,
        outputs ? make_parameter(in, factory.dtype, {*outputs}, factory.device) : make_shapeless_parameter(in));
  } else {
    put_parameter(in, self, names.bias, Value::none());
  }
  reset_parameters(in, self);
  return Value::none();
}

std::int64_t part(const Value& tuple, int i) {
  const Value& item = tuple.as<Tuple>()->items[i];
  if (!item.is(Kind::kInt)) give_up("the output of a convolution");
  return item.integer;
}

// What is put around a dimension in all; `reach`: how many elements a window spans.
std::int64_t padded(const Value& padding, int i, std::int64_t reach) {
  if (padding.is(Kind::kStr)) return padding.as<Str>()->view() == "same" ? reach - 1 : 0;
  return 2 * part(padding, i);
}

// A batch or one input of it, with the channels that the weight takes; raises otherwise.
void check_channels(Interpreter& in, const ModuleInstance* self, const Sizes& input, const Sizes& weight,
                    bool transposed, int channels_at) {
  const Value* wanted = find_in(self->attributes, in.torch->names.in_channels);
  const Value* groups = find_in(self->attributes, in.torch->names.groups);
  if (channels_at > 1 || !wanted->is(Kind::kInt) || !groups->is(Kind::kInt)) return;
  const std::int64_t channels = input[channels_at];
  if (channels == wanted->integer) return;
  in.raise(in.exception("RuntimeError"),
           fmt::format("Given {}, weight of size {}, expected input{} to have {} channels, but got {} channels instead",
                       transposed ? "transposed=1" : fmt::format("groups={}", groups->integer), text_of(weight),
                       text_of(input), wanted->integer, channels));
}

// The shapes of outputs.
Value forward_convolution(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, input, output_size] = bind<"self, input, output_size=">(in, "forward", arguments);
  ModuleInstance* self = module_receiver(in, given_self);
  const Names& names = in.torch->names;
  const Value* weight = find_in(self->parameters, names.weight);
  const Value* stride = find_in(self->attributes, names.stride);
  const Value* padding = find_in(self->attributes, names.padding);
  const Value* dilation = find_in(self->attributes, names.dilation);
  const Value* transposed = find_in(self->attributes, names.transposed);
  const Value* extra = find_in(self->attributes, names.output_padding);
  const bool usable = input.is(Kind::kTensor) && weight != nullptr && weight->is(Kind::kTensor) &&
                      weight->as<Tensor>()->shape_known && padding != nullptr &&
                      (padding->is(Kind::kTuple) || padding->is(Kind::kStr)) && input.as<Tensor>()->shape_known;
  if (!usable) return in.unknown("the output of a convolution");
  const Sizes kernel = sizes_of(weight->as<Tensor>());
  Sizes sizes = sizes_of(input.as<Tensor>());
  const int n = kernel.rank - 2, first = sizes.rank - n;
  if (first < 1) return in.unknown("the output of a convolution");
  check_channels(in, self, sizes, kernel, transposed->boolean, first - 1);
  try {
    const Value* outputs = find_in(self->attributes, names.out_channels);
    if (!outputs->is(Kind::kInt)) give_up("the output of a convolution");
    sizes[first - 1] = outputs->integer;
    for (int i = 0; i < n; ++i) {
      const std::int64_t reach = part(*dilation, i) * (kernel[i + 2] - 1) + 1;
      std::int64_t& size = sizes[first + i];
      if (part(*stride, i) == 0) give_up("the output of a convolution without stride");
      size = transposed->boolean ? (size - 1) * part(*stride, i) - padded(*padding, i, reach) + reach + part(*extra, i)
                                 : (size + padded(*padding, i, reach) - reach) / part(*stride, i) + 1;
    }
    return like_input(in, input, sizes);
  } catch (const Unknowable& reason) {
    return in.unknown(reason.why);
  }
}

}  // namespace

void install_convolutions(Interpreter& in, Module* nn) {
  Class* base = make_layer(in, nn, "conv", "_ConvNd", in.classes.nn_module, nullptr);
  Class* transposed = make_layer(in, nn, "conv", "_ConvTransposeNd", base, nullptr);
  dict_erase(nn->attributes, Value::of(base->name));
  dict_erase(nn->attributes, Value::of(transposed->name));
  in.method(base, "reset_parameters",
            [](Interpreter&, const Arguments&, const Value&) -> Value { return Value::none(); });
  in.method(base, "forward", forward_convolution);
  for (std::size_t i = 0; i < std::size(kConvolutionKinds); ++i) {
    Class* type = make_layer(in, nn, "conv", kConvolutionKinds[i].name,
                             kConvolutionKinds[i].transposed ? transposed : base, nullptr);
    in.method(type, "__init__", init_convolution, Value::of(i));
  }
}

}  // namespace ckptlint::python::torch
