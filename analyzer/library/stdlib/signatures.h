// Signatures of functions as inspect.Signature objects.
#pragma once

#include <string_view>
#include <vector>

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

enum class ParameterKind : std::uint8_t {
  kPositionalOnly,
  kPositionalOrKeyword,
  kVarPositional,
  kKeywordOnly,
  kVarKeyword
};

struct DescribedParameter {
  Str* name;
  ParameterKind kind;
  Value default_value;               // kMissing where there is none
  Value annotation;                  // likewise
  Function* annotated_in = nullptr;  // that has it among its annotations, which take their time
};

// The parameters of anything that can be called, without a bound receiver.  `follow`: those of what a decorated
// function wraps.  False where they are not known.  Raises TypeError for what cannot be called.
bool describe_parameters(Interpreter& in, const Value& callable, bool follow, std::vector<DescribedParameter>& out);

// The innermost function of a chain of __wrapped__; raises ValueError for a loop.
Value unwrapped_function(Interpreter& in, Value function);

// The function whose annotations those of a callable are; null where they are none's.
Function* annotated_function(Interpreter& in, const Value& callable, bool follow);

// `returns`: the function whose annotation of what it returns the signature has; may be null.
Value make_signature(Interpreter& in, const std::vector<DescribedParameter>& parameters, Function* returns);

// An attribute of module inspect.
Value inspect_definition(Interpreter& in, std::string_view name);

// Parameter, Signature, BoundArguments and what they are made of.
void install_signatures(Interpreter& in, Module* inspect);

}  // namespace ckptlint::python
