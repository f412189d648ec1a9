// From what a rule proposes to edits of the user's files, maps and options that can be tried.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/file_tree.h"
#include "base/result.h"
#include "ckptlint/device_map.h"
#include "ckptlint/fix.h"
#include "ckptlint/model.h"

namespace ckptlint {

// A remedy made concrete, not yet tried.
struct Attempt {
  std::string title;  // imperative, lower-case start, no final stop
  Applicability applicability = Applicability::kSafe;
  std::string reason;                                            // why it is not safe
  std::vector<Edit> edits;                                       // of files with SourceFile::in_model_repo set
  std::map<std::string, std::string> files;                      // of the repo, by path: whole texts to be written
  std::string text;                                              // for the user to use where there is nothing to edit
  std::vector<std::pair<std::string, Device>> device_map;        // to be tried instead of the mode
  std::vector<std::string> keep_whole;                           // classes to be tried as no-split classes
  std::vector<std::pair<std::string, std::string>> key_mapping;  // to be tried as from_pretrained's argument
  std::vector<std::string> ignore_unexpected;                    // patterns to be tried as if the model had them
};

// `repo` holds the files of the model's checkpoint; it may be null.  An error says why the remedy is not for this
// model: a clause that can follow "not offered: ".
Result<Attempt> attempt(const Remedy& remedy, const Model& model, const FileTree* repo);

}  // namespace ckptlint
