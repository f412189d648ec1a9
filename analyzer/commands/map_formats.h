// The forms of what `ckptlint map` answers about one model.
#pragma once

#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "commands/map.h"
#include "commands/map_compare.h"
#include "input/placement_request.h"
#include "placement/simulate.h"
#include "placement/suggest.h"
#include "placement/witness.h"
#include "report/format.h"

namespace ckptlint {

// What was asked about which model.
struct MapCase {
  const MapOptions& options;
  const ModuleGraph& graph;
  const PlacementRequest& request;
  const PlacementQuestion& question;
  const PlacementSimulator& simulator;
};

// Each writes one kind of answer; an error where something that only this form shows cannot be had.
struct MapWriter {
  std::optional<Error> (*placement)(const MapCase&, const Placement&, std::ostream&);
  std::optional<Error> (*witnesses)(const MapCase&, const std::vector<Witness>&, std::ostream&);
  std::optional<Error> (*comparison)(const MapCase&, const std::vector<ComparedMap>&, std::ostream&);
  std::optional<Error> (*suggestion)(const MapCase&, const SuggestedMap&, std::ostream&);
  bool shows_steps;  // of a placement, asked for or not
};
using MapFormat = Format<MapWriter>;
std::span<const MapFormat> map_formats();

// The functions that are asked, of which release, with what.
std::string asked_text(const ModuleGraph& graph, const PlacementQuestion& question, const PlacementRequest& request);

}  // namespace ckptlint
