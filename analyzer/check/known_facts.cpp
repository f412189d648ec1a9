// The one table from the facts that a rule may need to the members of Model that hold them.
#include "check/known_facts.h"

namespace ckptlint {
namespace {

struct Row {
  Facts fact;
  const Unknown* (*unknown)(const Model& model);  // null where it is known
};

template <auto member>
const Unknown* unknown_of(const Model& model) {
  const auto& fact = model.*member;
  return fact ? nullptr : &fact.unknown();
}

// Of rules about what nobody asked, nothing is said: so what has to be asked for comes first.
constexpr Row kRows[] = {
    {Facts::kZero3, unknown_of<&Model::zero3>},
    {Facts::kFsdp, unknown_of<&Model::unset_elsewhere>},
    {Facts::kBrokenConfig, unknown_of<&Model::broken_config>},
    {Facts::kCheckpoint, unknown_of<&Model::checkpoint>},
    {Facts::kConfig, unknown_of<&Model::config>},
    {Facts::kAdapter, unknown_of<&Model::adapter>},
    {Facts::kGraph, unknown_of<&Model::graph>},
    {Facts::kPlacement, unknown_of<&Model::placements>},
    {Facts::kLoading, unknown_of<&Model::loading>},
    {Facts::kRebuild, unknown_of<&Model::init_weights>},
    {Facts::kBuild, unknown_of<&Model::failure>},
};

}  // namespace

Facts known_facts(const Model& model) {
  Facts known = Facts::kNone;
  for (const Row& row : kRows) {
    if (row.unknown(model) == nullptr) known = known | row.fact;
  }
  return known;
}

const Unknown* first_unknown(const Model& model, Facts needs) {
  for (const Row& row : kRows) {
    if (!has_all(needs, row.fact)) continue;
    if (const Unknown* unknown = row.unknown(model); unknown != nullptr) return unknown;
  }
  return nullptr;
}

}  // namespace ckptlint
