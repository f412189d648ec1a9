// `ckptlint list`: prints the tensors of weight files, or how two checkpoints differ.
#include "commands/list.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "base/escape.h"
#include "base/paths.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/compare.h"
#include "checkpoint/listing.h"
#include "checkpoint/weight_sets.h"
#include "commands/command.h"
#include "commands/progress.h"
#include "commands/shared_options.h"
#include "hub/locate.h"
#include "parts/diffusion_pipeline.h"

namespace ckptlint {
namespace {

int complain(std::ostream& err, const std::string& sentence) {
  err << "ckptlint: " << printable(sentence) << "\n";
  return kNotAnalysed;
}

Result<Checkpoint> checkpoint_in(const Location& location) {
  Result<Checkpoint> checkpoint = read_checkpoint(*location.tree, location.entry);
  if (auto lost = location.tree->lost()) return std::move(*lost);
  return checkpoint;
}

Result<Checkpoint> checkpoint_at(const std::string& path) {
  const Result<Location> location = locate(path);
  if (!location) return location.error();
  return checkpoint_in(*location);
}

bool refuses(const Defect& defect) { return defect.stops_loading; }

// Of a pipeline of diffusers, the folders of its models.
std::vector<std::string> models_in(const Result<Location>& location) {
  std::vector<std::string> folders;
  if (!location || !location->entry.empty()) return folders;
  for (const ComponentModel& each : component_models(*location->tree)) folders.push_back(each.folder);
  return folders;
}

// The listings of several files, one after the other, between what opens and closes them.
struct ListWriter {
  std::string (*listing)(const Checkpoint&, const std::string& path, const std::string& shown);
  std::string (*difference)(const Checkpoint& before, const Checkpoint& after, const CheckpointDifference&,
                            const std::vector<std::string>& paths);
  std::string_view open, between, close;
};

std::string text_of(const Checkpoint& checkpoint, const std::string&, const std::string& shown) {
  return listing_text(checkpoint, shown);
}

std::string json_of(const Checkpoint& checkpoint, const std::string& path, const std::string&) {
  return listing_json(checkpoint, path);
}

std::string difference_as_text(const Checkpoint& before, const Checkpoint& after, const CheckpointDifference& differing,
                               const std::vector<std::string>& paths) {
  return "- " + printable(paths[0]) + "\n+ " + printable(paths[1]) + "\n" + difference_text(before, after, differing);
}

std::string difference_as_json(const Checkpoint& before, const Checkpoint& after, const CheckpointDifference& differing,
                               const std::vector<std::string>&) {
  return difference_json(before, after, differing) + "\n";
}

// Writes one listing after the other.
class Lists {
 public:
  Lists(const ListWriter& writer, std::ostream& out, std::ostream& err) : writer_(writer), out_(out), err_(err) {}

  // What is at the path; of a pipeline, each of its models, and the weights beside them.
  void add(const std::string& path) {
    std::optional<Progress> progress(std::in_place, err_, path);
    const Result<Location> location = locate(path);
    const std::vector<std::string> models = models_in(location);
    if (models.empty()) return add(path, location, progress);
    for (const std::string& folder : models) {
      const std::string model = path + "/" + folder;
      progress.emplace(err_, model);
      add(model, locate(model), progress);
    }
    for (const std::string& file : weight_files(*location->tree)) {
      Location one = *location;
      one.entry = file;
      one.shown = joined_path(location->shown, file);
      progress.emplace(err_, one.shown);
      add(joined_path(path, file), one, progress);
    }
  }

  // The exit status.
  int end() {
    out_ << (first_ ? writer_.open : "") << writer_.close;
    return status_;
  }

 private:
  // A path that cannot be read does not keep the others from being shown.
  void add(const std::string& path, const Result<Location>& location, std::optional<Progress>& progress) {
    const Result<Checkpoint> checkpoint = location ? checkpoint_in(*location) : Result<Checkpoint>(location.error());
    progress.reset();
    if (!checkpoint) {
      status_ = complain(err_, checkpoint.error().message);
      return;
    }
    out_ << (first_ ? writer_.open : writer_.between) << writer_.listing(*checkpoint, path, location->shown);
    first_ = false;
    const bool refused = std::any_of(checkpoint->defects.begin(), checkpoint->defects.end(), refuses);
    if (refused && status_ == kNothingFound) status_ = kFindings;
  }

  const ListWriter& writer_;
  std::ostream& out_;
  std::ostream& err_;
  int status_ = kNothingFound;
  bool first_ = true;
};

using ListFormat = Format<ListWriter>;
constexpr std::array kListFormats = {
    ListFormat{"text", "a line a tensor, repeated names folded", {text_of, difference_as_text, "", "\n", ""}},
    ListFormat{"json", "a list of objects, one a file", {json_of, difference_as_json, "[", ",\n", "]\n"}},
};

int compare(const std::vector<std::string>& paths, const ListWriter& writer, std::ostream& out, std::ostream& err) {
  if (paths.size() != 2) return complain(err, "`list --diff` needs two weight files or model repos");
  const Result<Checkpoint> before = checkpoint_at(paths[0]);
  if (!before) return complain(err, before.error().message);
  const Result<Checkpoint> after = checkpoint_at(paths[1]);
  if (!after) return complain(err, after.error().message);
  const CheckpointDifference differing = difference(*before, *after);
  out << writer.difference(*before, *after, differing, paths);
  return differing.empty() ? kNothingFound : kFindings;
}

std::function<int(const Streams&)> prepare_list(OptionTable& table) {
  const auto options = std::make_shared<ListOptions>();
  table.arguments(options->paths, {.name = "FILE", .path = true});
  table.flag("diff", options->diff, "compare two checkpoints by their headers");
  add_output_options(table, options->output, names_of(kListFormats));
  return [options](const Streams& streams) { return run_list(*options, streams.out, streams.err); };
}

}  // namespace

extern const Command list_command;
constexpr Command list_command{"list", "FILE...", "list the tensors of weight files, repeated names folded",
                               prepare_list};

int run_list(const ListOptions& options, std::ostream& out, std::ostream& err) {
  const ListFormat* format = find_format(kListFormats, options.output.format);
  if (format == nullptr) return complain(err, "`list` knows the formats " + listed(names_of(kListFormats)));
  if (options.paths.empty()) return complain(err, "`list` needs a weight file or a model repo");
  const ListWriter& writer = format->write;
  if (options.diff) return compare(options.paths, writer, out, err);
  Lists lists(writer, out, err);
  for (const std::string& path : options.paths) lists.add(path);
  return lists.end();
}

}  // namespace ckptlint
