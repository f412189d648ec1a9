// Functions of torch and methods of Tensor: a table of names with signatures, one dispatcher that binds arguments.
//
// Argument rules that hold for all of them: an Unknown among the arguments (or in a list among them) makes the result
// Unknown; a written-to tensor then loses its contents.  `out=` receives the result.  A missing or ill-typed argument
// raises TypeError.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "library/torch/tensors.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint::python::torch {

struct Call;
using Run = Value (*)(Call&);

enum Where : std::uint8_t { kFunction = 1, kMethod = 2, kBoth = 3 };

struct Op {
  const char* name;
  // "input, dim=, keepdim=, *, dtype=, out=": '=' marks what may be left out, "*" starts keyword-only ones, and a
  // leading
  // "*name" collects the remaining positional arguments into a tuple.  Parameters are numbered in this order, "*" not
  // counted.
  const char* signature;
  Run run;
  Where where = kBoth;
  bool in_place = false;  // also offered with a trailing underscore: the result is written back into the first argument
  std::int64_t code = 0;  // tells apart ops that share a function
};

constexpr int kMaxArguments = 14;

struct Call {
  Interpreter& in;
  State& torch;
  const Op& op;
  Value* a;  // bound arguments; kMissing where left out

  bool absent(int i) const { return a[i].missing() || a[i].is_none(); }
  bool is_tensor(int i) const { return a[i].is(Kind::kTensor); }
  // Raises TypeError where argument i is not a tensor.
  Tensor* tensor(int i);
  std::int64_t integer(int i);
  std::int64_t integer(int i, std::int64_t otherwise) { return absent(i) ? otherwise : integer(i); }
  // Cut to where sums of two cannot overflow.
  std::int64_t bounded(int i, std::int64_t otherwise) {
    constexpr std::int64_t kLimit = std::int64_t{1} << 60;
    const std::int64_t value = integer(i, otherwise);
    return value > kLimit ? kLimit : value < -kLimit ? -kLimit : value;
  }
  double number(int i);
  double number(int i, double otherwise) { return absent(i) ? otherwise : number(i); }
  bool flag(int i, bool otherwise);
  Dtype dtype(int i, Dtype otherwise);
  std::string_view text(int i, std::string_view otherwise);
  // An integer, or a sequence of them: of a "*name" argument also a single sequence.
  Sizes sizes(int i);
  Sizes sizes_in(const Value& value, int i);  // of argument i, for messages
  // A dimension, wrapped into [0, rank); raises IndexError.
  int dim(int i, int rank) { return wrap_dim(integer(i), rank); }
  int dim(int i, int rank, std::int64_t otherwise) { return wrap_dim(integer(i, otherwise), rank); }
  int wrap_dim(std::int64_t dim, int rank);
  // The tensors of a sequence; raises TypeError where one is not.
  std::span<Tensor* const> tensors(int i);

  [[noreturn]] void runtime_error(std::string_view message);
  [[noreturn]] void index_error(std::string_view message);
};

// The pairs that max, sort, ... return: a tuple whose items also have names.
Value named_pair(Interpreter& in, std::string_view first, const Value& a, std::string_view second, const Value& b);

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
