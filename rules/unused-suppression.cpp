// Reports what says that a finding is known where there is none: check/suppress.cpp compares them.
#include "ckptlint/rule.h"

namespace ckptlint {

extern const Rule unused_suppression = {
    .name = "unused-suppression",
    .family = Family::kKnown,
    .severity = Severity::kInfo,
    .needs = Facts::kNone,
    .summary = "a comment or an entry says that a finding is known, and there is none",
    .why =
        "What is mended leaves its comment or its entry behind, and the next finding of that rule at that place would "
        "then be known before anybody has seen it. A name that is no rule's hides nothing at all.",
    .example = "self.register_buffer(\"steps\", steps)  # ckptlint: ignore[unset-bufer] filled in by the trainer",
    .remedy =
        "Remove the comment, or mend the name of the rule. `ckptlint check --prune-suppressions` takes entries out of "
        "the file of known findings. What is about security is not ignored by a comment, nor by a file that comes "
        "with the model: it stays in the report.",
    .references = "ESLint and ruff report the same of their own comments and files.",
    .check = nullptr,
};

}  // namespace ckptlint
