// `ckptlint check --stdin`: models come in on standard input, a line of JSON each, and each is answered with a line.
#pragma once

#include "commands/check.h"
#include "commands/command.h"
#include "commands/option_table.h"

namespace ckptlint {

void add_line_options(OptionTable& table, LineOptions& lines);

// `table` was parsed into `options`; what the command line says holds for each line that does not say otherwise.
// Returns kNothingFound where every line was answered, whatever the answers say, 128 and the number of a signal that
// ended the reading, or kNotAnalysed for wrong usage and where the streams fail.  Reads and writes the descriptors of
// standard input and output, not `streams`, of which one is for sentences.
int check_lines(const OptionTable& table, const CheckOptions& options, const Streams& streams);

}  // namespace ckptlint
