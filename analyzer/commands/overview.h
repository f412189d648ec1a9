// What the program says of itself as a whole: to --help, and in the manual page.
#pragma once

#include <array>
#include <string_view>

#include "input/options.h"

namespace ckptlint {

inline constexpr std::string_view kPurpose =
    "finds, before a model checkpoint is loaded, what will go wrong when it is";

inline constexpr std::array<std::string_view, 3> kDescription = {
    "It joins the headers of a checkpoint, its config and the modeling source: the source is evaluated without being "
    "executed, which gives the exact module graph; on that graph is simulated what transformers and accelerate would do "
    "with the stored keys and with a device map.  What goes wrong is reported with the stored key and the source line.",
    "A fix is proposed only after it was applied to a copy in memory and everything ran again.  What could not be "
    "evaluated is named with its file and line.",
    "The first argument that is neither an option nor the value of one names the command; without one it is the first in "
    "the list."};

struct StatusRow {
  ExitStatus status;
  std::string_view meaning;
};
inline constexpr std::array kStatuses = {
    StatusRow{kNothingFound, "nothing found"},
    StatusRow{kFindings, "findings"},
    StatusRow{kNotAnalysed, "wrong usage, or input that could not be analysed"},
    StatusRow{kIncomplete, "nothing found, but not all was checked (check --require-complete)"},
};

struct VariableRow {
  std::string_view name, meaning;
};
inline constexpr std::array kVariables = {
    VariableRow{"VIRTUAL_ENV, CONDA_PREFIX, PATH", "lead to the Python environment whose transformers is evaluated"},
    VariableRow{"HF_HUB_CACHE, HF_HOME", "where org/name is looked for"},
    VariableRow{"HF_ENDPOINT, HF_TOKEN, HF_TOKEN_PATH, HF_HUB_OFFLINE, HF_HUB_DOWNLOAD_TIMEOUT",
                "how hf:// is read, as huggingface_hub does it"},
    VariableRow{"CKPTLINT_HUB_TIMEOUT", "seconds for all that is asked of the Hub about one repo (300)"},
    VariableRow{"XDG_CACHE_HOME", "instead of ~/.cache, where fetched sources are, and what was read of the Hub"},
    VariableRow{"NO_COLOR", "no colours, unless --color says otherwise"},
};

}  // namespace ckptlint
