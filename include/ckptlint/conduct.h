// What the code of a repo would do when it is imported, when the model is built, and when it is used.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ckptlint/source.h"

namespace ckptlint {

enum class DeedKind : std::uint8_t {
  kProcess,
  kInstallation,
  kNetwork,
  kFile,
  kCode,
  kCodeObject,
  kUnpickling,
  kNative,
  kSecret,
  kHidden,  // which function is called is not known, and it may be one of these
};

// When code runs, the soonest first.
enum class Reach : std::uint8_t {
  kImport,
  kConstruction,
  kUse,      // forward, generate; of a tokenizer or processor, its call
  kPresent,  // by none of these
};

struct CallStep {
  Span where;
  std::string text;  // a clause: "`TinyModel.__init__` calls `fetch`"
};

// A call of a function that can do harm.
struct Deed {
  DeedKind kind = DeedKind::kProcess;
  Reach reach = Reach::kPresent;
  bool minor = false;           // worth a remark however it is reached
  std::string name;             // of the function: "os.system"
  std::string detail;           // a clause of what is known of its arguments; may be empty
  std::string hidden;           // how its name is hidden: a clause; may be empty
  bool off = false;             // in a branch that config.json does not take
  std::string condition;        // the innermost condition, as written, of those that it depends on; may be empty
  std::string within;           // the function that it is in; empty: a module's own statements
  std::string entry_file, key;  // what names the entry point: "config.json", "auto_map.AutoModel"; empty: nothing
  Span where;
  std::vector<CallStep> chain;  // from the entry point to the function that has it
};

struct Conduct {
  std::vector<Deed> deeds;       // by reach, then by place
  std::vector<Deed> unfollowed;  // likewise, of kind kHidden: what may be anything
  std::string left_out;          // why there may be more: a clause; empty: there is not
};

}  // namespace ckptlint
