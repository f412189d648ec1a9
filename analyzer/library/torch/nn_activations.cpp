// Layers that only keep their settings: activations, shapes.
#include <fmt/format.h>

#include <array>

#include "library/torch/install.h"
#include "library/torch/nn_layers.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python::torch {
namespace {

struct Setting {
  const char* name = nullptr;
  enum { kNone, kFalse, kNumber, kInteger, kText, kRequired } kind = kNone;
  double number = 0;
  const char* text = nullptr;
};

constexpr std::size_t kMostSettings = 3;

struct Activation {
  const char* name;
  Setting settings[kMostSettings];
};

constexpr Setting kInplace{"inplace", Setting::kFalse};
constexpr Setting kDimSetting{"dim", Setting::kNone};

constexpr Activation kActivations[] = {
    {"ReLU", {kInplace}},
    {"ReLU6", {kInplace}},
    {"SELU", {kInplace}},
    {"SiLU", {kInplace}},
    {"Mish", {kInplace}},
    {"Hardswish", {kInplace}},
    {"Hardsigmoid", {kInplace}},
    {"GELU", {{"approximate", Setting::kText, 0, "none"}}},
    {"ELU", {{"alpha", Setting::kNumber, 1.0}, kInplace}},
    {"CELU", {{"alpha", Setting::kNumber, 1.0}, kInplace}},
    {"LeakyReLU", {{"negative_slope", Setting::kNumber, 0.01}, kInplace}},
    {"RReLU", {{"lower", Setting::kNumber, 0.125}, {"upper", Setting::kNumber, 1.0 / 3}, kInplace}},
    {"Sigmoid", {}},
    {"Tanh", {}},
    {"LogSigmoid", {}},
    {"Softsign", {}},
    {"Tanhshrink", {}},
    {"Softmax2d", {}},
    {"Softplus", {{"beta", Setting::kNumber, 1.0}, {"threshold", Setting::kNumber, 20.0}}},
    {"Softshrink", {{"lambd", Setting::kNumber, 0.5}}},
    {"Hardshrink", {{"lambd", Setting::kNumber, 0.5}}},
    {"Threshold", {{"threshold", Setting::kRequired}, {"value", Setting::kRequired}, kInplace}},
    {"Softmin", {kDimSetting}},
    {"Softmax", {kDimSetting}},
    {"LogSoftmax", {kDimSetting}},
    {"GLU", {{"dim", Setting::kInteger, -1}}},
};

Value default_of(Interpreter& in, const Setting& setting) {
  switch (setting.kind) {
    case Setting::kFalse:
      return Value::of(false);
    case Setting::kNumber:
      return Value::of(setting.number);
    case Setting::kInteger:
      return Value::of(static_cast<std::int64_t>(setting.number));
    case Setting::kText:
      return in.string(setting.text);
    default:
      return Value::none();
  }
}

// Defaults live on the class; an instance keeps what it was given.
Value init(Interpreter& in, const Arguments& arguments, const Value& data) {
  const Activation& activation = kActivations[data.integer];
  ModuleInstance* self = module_receiver(in, arguments);
  initialize_module(self);
  if (arguments.count == 1 && arguments.keyword_count == 0 && activation.settings[0].kind != Setting::kRequired)
    return Value::none();
  std::array<HostParameter, 1 + kMostSettings> parameters{{{"self"}}};
  std::size_t count = 1;
  for (const Setting& setting : activation.settings) {
    if (setting.name != nullptr) parameters[count++] = {setting.name, setting.kind != Setting::kRequired};
  }
  std::array<Value, 1 + kMostSettings> given{};
  bind_arguments(in, fmt::format("{}.__init__", activation.name), {{parameters.data(), count}}, arguments,
                 given.data());
  for (std::size_t i = 1; i < count; ++i) {
    if (!given[i].missing()) set_plain(in, self, in.intern(parameters[i].name), given[i]);
  }
  return Value::none();
}

Value forward(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, input] = bind<"self, input">(in, "forward", arguments);
  if (!input.is(Kind::kTensor) || !input.as<Tensor>()->shape_known) return in.unknown("the output of an activation");
  return like_input(in, input, sizes_of(input.as<Tensor>()));
}

// Half of a dimension, by the other half's sigmoid.
Value forward_glu(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, input] = bind<"self, input">(in, "forward", arguments);
  return in.call(in.import_name("torch.nn.functional", "glu"), {input, in.attribute(self, in.intern("dim"))});
}

}  // namespace

void install_activation_layers(Interpreter& in, Module* nn) {
  for (std::size_t i = 0; i < std::size(kActivations); ++i) {
    Class* type = make_layer(in, nn, "activation", kActivations[i].name, in.classes.nn_module, nullptr);
    in.method(type, "__init__", init, Value::of(i));
    in.method(type, "forward", std::string_view(kActivations[i].name) == "GLU" ? forward_glu : forward);
    for (const Setting& setting : kActivations[i].settings) {
      if (setting.name != nullptr) in.set_class(type, setting.name, default_of(in, setting));
    }
  }
}

}  // namespace ckptlint::python::torch
