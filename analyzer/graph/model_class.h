// Which class a model repo means, and the config object that it is built from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "graph/build.h"
#include "graph/remote_code.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint {

struct ModelClass {
  python::Value type;
  python::Value config;
  // The class method that builds a model of the config; empty: the class itself is called with it.
  std::string built_by{};
};

// How far the search has come, for those who have to say where it raised.
struct ConfigMaking {
  python::Value type;                                                            // the class of the config
  enum class Step : std::uint8_t { kElse, kMade, kPrinted } step = Step::kElse;  // what is being done with the config
};

// How the error ends that says so.
inline constexpr std::string_view kUnknownModelType =
    " is not one that this transformers knows, and the repo brings no code for it";

// Follows AutoConfig.from_pretrained and the config's `architectures`; code in the repo (auto_map) comes before the
// library.
Result<ModelClass> find_model_class(python::Interpreter& in, const GraphRequest& request, RemoteCode& code,
                                    ConfigMaking& making);

// Of a config that `type` cannot make: what of config.json leads to the exception, as the config can be made without
// any one of these.  At most three; none where that cannot be told.
std::vector<ConfigField> fields_that_raise(python::Interpreter& in, const GraphRequest& request,
                                           const python::Value& type);

}  // namespace ckptlint
