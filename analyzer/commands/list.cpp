#include "commands/list.h"

#include <algorithm>
#include <ostream>

#include "base/escape.h"
#include "base/locate.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/compare.h"
#include "checkpoint/listing.h"

namespace ckptlint {
namespace {

int complain(std::ostream& err, const std::string& sentence) {
  err << "ckptlint: " << printable(sentence) << "\n";
  return kNotAnalysed;
}

Result<Checkpoint> checkpoint_at(const std::string& path) {
  const Result<Location> location = locate(path);
  if (!location) return location.error();
  return read_checkpoint(*location->tree, location->entry);
}

int compare(const std::vector<std::string>& paths, bool json, std::ostream& out, std::ostream& err) {
  if (paths.size() != 2) return complain(err, "`list --diff` needs two weight files or model repos");
  const Result<Checkpoint> before = checkpoint_at(paths[0]);
  if (!before) return complain(err, before.error().message);
  const Result<Checkpoint> after = checkpoint_at(paths[1]);
  if (!after) return complain(err, after.error().message);
  const CheckpointDifference differing = difference(*before, *after);
  if (json) {
    out << difference_json(*before, *after, differing) << "\n";
  } else {
    out << "- " << printable(paths[0]) << "\n+ " << printable(paths[1]) << "\n"
        << difference_text(*before, *after, differing);
  }
  return differing.empty() ? kNothingFound : kFindings;
}

bool refuses(const Defect& defect) { return defect.stops_loading; }

}  // namespace

int run_list(const ListOptions& options, std::ostream& out, std::ostream& err) {
  const bool json = options.output.format == "json";
  if (!json && options.output.format != "text") return complain(err, "`list` knows the formats text and json");
  if (options.paths.empty()) return complain(err, "`list` needs a weight file or a model repo");
  if (options.diff) return compare(options.paths, json, out, err);
  // A path that cannot be read does not keep the others from being shown.
  int status = kNothingFound;
  const char* separator = json ? "[" : "";
  for (const std::string& path : options.paths) {
    const Result<Location> location = locate(path);
    if (!location) {
      status = complain(err, location.error().message);
      continue;
    }
    const Result<Checkpoint> checkpoint = read_checkpoint(*location->tree, location->entry);
    if (!checkpoint) {
      status = complain(err, checkpoint.error().message);
      continue;
    }
    out << separator << (json ? listing_json(*checkpoint, path) : listing_text(*checkpoint, location->shown));
    separator = json ? ",\n" : "\n";
    const bool refused = std::any_of(checkpoint->defects.begin(), checkpoint->defects.end(), refuses);
    if (refused && status == kNothingFound) status = kFindings;
  }
  if (json) out << (*separator == '[' ? "[" : "") << "]\n";
  return status;
}

}  // namespace ckptlint
