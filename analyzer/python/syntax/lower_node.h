// Reading tree-sitter's nodes: types by enum, fields by id, children without quadratic walks.
#pragma once

#include <string_view>
#include <vector>

#include "python/syntax/lower.h"

namespace ckptlint::python {

enum class Field : std::uint8_t {
  kAlias,
  kAlternative,
  kArgument,
  kArguments,
  kAttribute,
  kBody,
  kCause,
  kCondition,
  kConsequence,
  kDefinition,
  kExpression,
  kFormatSpecifier,
  kFunction,
  kGuard,
  kKey,
  kLeft,
  kModuleName,
  kName,
  kObject,
  kOperator,
  kParameters,
  kRight,
  kSubject,
  kSubscript,
  kSuperclasses,
  kType,
  kTypeConversion,
  kValue,
  kCount,
};

const TSLanguage* python_grammar();
TSNode field(TSNode node, Field name);
// Named children without comments.
std::vector<TSNode> children(TSNode node);
// Children that carry the field, without comments.
std::vector<TSNode> children_of(TSNode node, Field name);
bool is_anonymous(TSNode node, std::string_view text);

}  // namespace ckptlint::python
