// Functions of torch and methods of Tensor: tables of names with signatures, one dispatcher that binds arguments.
//
// In a signature, "input, dim=, keepdim=, *, dtype=, out=", '=' marks what may be left out, '*' starts keyword-only
// ones, "*name" collects the remaining positional arguments into a tuple, and "indices|sections" is one parameter that
// torch's overloads call by either name.
//
// Argument rules that hold for all of them: an Unknown among the arguments (or in a list among them) makes the result
// Unknown; a written-to tensor then loses its contents.  `out=` receives the result.  A missing or ill-typed argument
// raises TypeError.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "library/torch/tensors.h"
#include "python/evaluate/interpreter.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python::torch {

struct Call;
struct Op;

enum Where : std::uint8_t { kFunction = 1, kMethod = 2, kBoth = 3 };

struct OpParameter {
  std::string_view name;
  bool optional = false;
  bool keyword_only = false;
  bool variadic = false;
  std::string_view others;  // "sections" of "indices|sections"
};

// What the dispatcher knows of a signature.
struct OpSignature {
  std::span<const OpParameter> parameters;
  int positional = 0;  // how many take an argument by position; the one that is variadic does not count
  int variadic = -1;
  int out = -1;
};

struct Op {
  const char* name;
  const OpSignature* signature;
  Value (*run)(Call&);
  Where where = kBoth;
  bool in_place = false;  // also offered with a trailing underscore: the result is written back into the first argument
  std::int64_t code = 0;  // tells apart ops that share a body
};

constexpr int kMaxArguments = 14;

struct Call {
  Interpreter& in;
  State& torch;
  const Op& op;
  const Value* bound;  // in the order of the signature, kMissing where left out; bodies read it as Args

  int wrap_dim(std::int64_t dim, int rank);
  // That so many elements meet in each of the results.
  void note_reduction(std::int64_t over) const;
  [[noreturn]] void runtime_error(std::string_view message);
  [[noreturn]] void index_error(std::string_view message);
};

// One argument of a call.
class Arg {
 public:
  Arg(Call& call, int at) : call_(&call), at_(at) {}

  Call& call() const { return *call_; }
  int at() const { return at_; }
  const Value& value() const { return call_->bound[at_]; }
  bool is(Kind kind) const { return value().is(kind); }
  bool absent() const { return value().missing() || value().is_none(); }
  bool is_tensor() const { return is(Kind::kTensor); }

  // These raise TypeError where the argument is not of the kind.
  Tensor* tensor() const;
  explicit operator Tensor*() const { return tensor(); }  // for bodies whose parameter is a Tensor*
  std::int64_t integer() const;
  std::int64_t integer(std::int64_t otherwise) const { return absent() ? otherwise : integer(); }
  // Cut to where sums of two cannot overflow.
  std::int64_t bounded(std::int64_t otherwise) const {
    constexpr std::int64_t kLimit = std::int64_t{1} << 60;
    const std::int64_t value = integer(otherwise);
    return value > kLimit ? kLimit : value < -kLimit ? -kLimit : value;
  }
  double number() const;
  double number(double otherwise) const { return absent() ? otherwise : number(); }
  bool flag(bool otherwise) const;
  Dtype dtype(Dtype otherwise) const { return absent() ? otherwise : dtype_in(value()); }
  Dtype dtype_in(const Value& value) const;
  std::string_view text(std::string_view otherwise) const;
  // An integer, or a sequence of them: of a "*name" argument also a single sequence.
  Sizes sizes() const;
  Sizes sizes_in(const Value& value) const;
  // A dimension, wrapped into [0, rank); raises IndexError.
  int dim(int rank) const { return call_->wrap_dim(integer(), rank); }
  int dim(int rank, std::int64_t otherwise) const { return call_->wrap_dim(integer(otherwise), rank); }
  // The tensors of a sequence.
  std::span<Tensor* const> tensors() const;

 private:
  std::string_view name() const { return call_->op.signature->parameters[static_cast<std::size_t>(at_)].name; }
  [[noreturn]] void wrong_type(const Value& value, std::string_view wanted) const;

  Call* call_;
  int at_;
};

// As the last parameter of a body: whatever else the signature has.
class Rest {
 public:
  explicit Rest(const Arg& first) : first_(first) {}
  bool absent() const;  // all of them

 private:
  Arg first_;
};

template <SignatureText kText>
struct OpSignatureOf {
  static constexpr std::size_t kCount = Signature<kText>::kCount;
  static constexpr std::array<OpParameter, kCount> kParameters = [] {
    std::array<OpParameter, kCount> parameters;
    std::size_t count = 0;
    bool keyword_only = false;
    for_each_part(kText.view(), [&](std::string_view part) {
      const bool variadic = part.front() == '*';
      keyword_only = keyword_only || variadic;
      if (part == "*") return;
      const bool optional = part.back() == '=';
      part = part.substr(variadic ? 1 : 0, part.size() - (variadic ? 1 : 0) - (optional ? 1 : 0));
      const std::string_view name = before(part, '|');
      part.remove_prefix(std::min(name.size() + 1, part.size()));
      parameters[count++] = {name, optional || variadic, keyword_only, variadic, part};
    });
    return parameters;
  }();
  static constexpr OpSignature kSignature = [] {
    OpSignature signature{kParameters};
    for (std::size_t i = 0; i < kCount; ++i) {
      if (kParameters[i].variadic) signature.variadic = static_cast<int>(i);
      if (kParameters[i].name == "out") signature.out = static_cast<int>(i);
      if (!kParameters[i].keyword_only) ++signature.positional;
    }
    return signature;
  }();
  static_assert(kCount <= kMaxArguments);
  // What a body is given: all but `out`, which it passes over.
  static constexpr std::size_t kRead = kCount - (kSignature.out < 0 ? 0 : 1);
  static constexpr std::size_t kPassedOver = kSignature.out < 0 || kSignature.out == static_cast<int>(kRead)
                                                 ? kMaxArguments
                                                 : static_cast<std::size_t>(kSignature.out);
};

template <auto kBody>
struct OpBody;

template <class... Parameters, Value (*kBody)(Call&, Parameters...)>
struct OpBody<kBody> {
  static constexpr bool kHasRest = (std::is_same_v<Parameters, Rest> || ...);
  static constexpr std::size_t kCount = sizeof...(Parameters) - (kHasRest ? 1 : 0);
  static constexpr bool takes(std::size_t count) { return kHasRest ? kCount <= count : kCount == count; }

  template <std::size_t kPassedOver>
  static Value run(Call& call) {
    return run<kPassedOver>(call, std::index_sequence_for<Parameters...>());
  }
  template <std::size_t kPassedOver, std::size_t... kAt>
  static Value run(Call& call, std::index_sequence<kAt...>) {
    // In braces, so that they are read, and raise, from the first to the last.
    const std::tuple<Parameters...> arguments{
        static_cast<Parameters>(Arg(call, static_cast<int>(kAt + (kAt >= kPassedOver ? 1 : 0))))...};
    return kBody(call, std::get<kAt>(arguments)...);
  }
};

// A row of a table of ops.  The body is a function of the call and, for each parameter of the signature but `out`, an
// Arg, or a Tensor* where it is to be one.
template <SignatureText kText, auto kBody>
constexpr Op op(const char* name, Where where = kBoth, bool in_place = false, std::int64_t code = 0) {
  using Read = OpSignatureOf<kText>;
  static_assert(OpBody<kBody>::takes(Read::kRead), "the body does not have the signature's parameters");
  return {name, &Read::kSignature, OpBody<kBody>::template run<Read::kPassedOver>, where, in_place, code};
}

// The pairs that max, sort, ... return: a tuple whose items also have names.
Value named_pair(Interpreter& in, std::string_view first, const Value& a, std::string_view second, const Value& b);
Value named_tuple(Interpreter& in, std::initializer_list<std::pair<std::string_view, Value>> items);

// Unknown, thrown through the op; the dispatcher returns it.
[[noreturn]] void give_up(const char* why);

// Adds `ops` to the namespace of torch and to the class Tensor.  The table must outlive the evaluation.
void install_ops(Interpreter& in, Module* torch, std::span<const Op> ops);
// As functions of another module only.
void install_functions(Interpreter& in, Module* module, std::span<const Op> ops);
// Runs an op's body on arguments in the order of its signature.
Value run_op(Interpreter& in, const Op& op, std::initializer_list<Value> arguments);

// Reads an integer as torch does where it wants one: an int, a bool where allowed, a 0-dim integer tensor (on meta:
// raises).
std::int64_t read_integer(Interpreter& in, const Value& value);
Sizes read_sizes(Interpreter& in, const Value& value);
// TypeError, as torch words it: element `at` of an argument that is a tuple of ints is none.
[[noreturn]] void raise_bad_extent(Interpreter& in, std::string_view function, std::string_view argument, int position,
                                   const Value& item, int at);
// The element of a one-element tensor; raises as .item() does on meta; gives up where it is not known.
double read_item(Interpreter& in, Tensor* tensor);
Value item_value(Dtype dtype, double value);
// The first Unknown in `value` or among the items of a list or tuple; kMissing where there is none.
Value find_unknown(Interpreter& in, const Value& value);

}  // namespace ckptlint::python::torch
