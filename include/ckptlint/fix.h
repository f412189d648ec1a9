// How a finding could be put right: what a rule proposes (Remedy), and what the fix phase made of it (Fix).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "ckptlint/module_graph.h"
#include "ckptlint/source.h"

namespace ckptlint {

// Register these persistent buffers with `persistent=False`.
struct DropPersistence {
  std::vector<TensorId> buffers;
};

// Add to `_keys_to_ignore_on_load_unexpected` the smallest pattern that matches these stored keys and no live one.
struct IgnoreUnexpected {
  std::vector<std::string> keys;
};

// Write these buffers in `_init_weights`.
struct RebuildBuffers {
  std::vector<TensorId> buffers;
};

// Move these buffers to the device of what they meet, wherever their class uses them: a buffer outside the state dict
// is in no device map.
struct MoveWhereUsed {
  std::vector<TensorId> buffers;
};

// Pass a complete device map by hand in place of the mode that loses these tensors.
struct WriteDeviceMap {
  std::vector<TensorId> tensors;
};

// Add classes to `_no_split_modules`, so that these modules, and those that own these tensors, stay whole.
struct KeepWhole {
  std::vector<TensorId> tensors;
  std::vector<ModuleId> modules;
};

// The device map that was given, without keys that name nothing, with keys for what it leaves out, with ties together
// and these modules on one device each.
struct MendDeviceMap {
  std::vector<ModuleId> whole;
};

// Write the index of the shards from what their headers have.
struct WriteIndex {};

// Pass `key_mapping` to from_pretrained, so that these stored keys are read under other names.
struct MapKeys {
  std::string from, to;           // dotted; "" is nothing
  bool anywhere = false;          // `from` is one component, wherever it stands; otherwise keys begin with it
  std::vector<std::string> keys;  // as they are stored
};

// Write these tensors in `_init_weights` through the functions that leave alone what was loaded.
struct GuardWrites {
  std::vector<TensorId> tensors;
};

// `_tied_weights_keys`, written as a list of targets, as a dict that says where each comes from.
struct NameTieSources {};

// Give a member of config.json another value, put it in, or take it out.
struct EditConfig {
  std::string path;       // dotted: "text_config.vocab_size"
  std::string value;      // as JSON; empty: the member goes
  std::string reason;     // why the user has to look: a clause that says when it is right
  bool is_guess = false;  // one of several that are tried; nothing is said of it where it does not hold
  std::string title{};    // in place of "set ... to ...", where the value is long: imperative, lower-case start
};

using Remedy = std::variant<DropPersistence, IgnoreUnexpected, RebuildBuffers, MoveWhereUsed, WriteDeviceMap, KeepWhole,
                            MendDeviceMap, WriteIndex, MapKeys, GuardWrites, NameTieSources, EditConfig>;

enum class Applicability : std::uint8_t {
  kSafe,         // keeps what the model computes: `--fix` applies it
  kUnsafe,       // may change it, or leaves something for the user to check: `--unsafe-fixes`
  kDisplayOnly,  // nothing of the user's to edit: shown
};

// Replace a range of a file by text.  Offsets are bytes of the file as it was analysed; an empty range inserts.
struct Edit {
  FileId file = FileId::kNone;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string text;
};

// What running everything again on the edited input showed.
struct Proof {
  bool confirmed = false;                 // the finding is gone, and no new one appeared
  std::vector<std::string> steps;         // what was run again and what it said, in order
  std::vector<std::string> new_findings;  // messages of findings that were not there before, if any
};

struct Fix {
  std::string title;  // imperative, lower-case start, no final stop
  Applicability applicability = Applicability::kDisplayOnly;
  std::string reason;       // why it is not safe; empty when it is
  std::vector<Edit> edits;  // one set: applied together or not at all; sorted, not overlapping
  std::string text;         // what to use where there is no file of the user's to edit: a device map, an attribute
  Proof proof;
};

}  // namespace ckptlint
