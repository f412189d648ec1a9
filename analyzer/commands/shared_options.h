// The groups of options that several commands take.
#pragma once

#include <optional>

#include "base/result.h"
#include "ckptlint/parallel_map.h"
#include "commands/option_table.h"
#include "input/options.h"
#include "report/format.h"

namespace ckptlint {

// The paths of models, and what they are built from.
void add_model_options(OptionTable& table, ModelOptions& model);
// How they are loaded: under FSDP, under DeepSpeed.
void add_loading_options(OptionTable& table, ModelOptions& model);
// A whole number from 1 to `most` that an option was given, `otherwise` where it was not.  `taken`: what it takes, for
// the sentence where it is none.
Result<std::int64_t> whole_number(std::string_view option, const std::string& text, std::string_view taken,
                                  std::int64_t otherwise, std::int64_t most);
// Over how many processes they go.
void add_parallel_options(OptionTable& table, ParallelOptions& parallel);
// What these say; nothing where none is given.  An error where one is no number of processes.
Result<std::optional<ParallelSizes>> parallel_sizes(const ParallelOptions& parallel);
// Where their tensors would be placed, and what quantizes them on the way.
void add_placement_options(OptionTable& table, ModelOptions& model, PlacementOptions& placement);
// What every command takes, last: --format with one of `formats`, --color and --jobs.  `special` are formats that are
// there with other options alone.
void add_output_options(OptionTable& table, OutputOptions& output, const FormatNames& formats,
                        const FormatNames& special = {});

}  // namespace ckptlint
