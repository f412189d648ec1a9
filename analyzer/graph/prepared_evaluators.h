// Evaluators with the part of the library that nearly every model needs, evaluated before anybody asks.
//
// A process that forks another for each model makes them once; each of its children has them for its own, without doing
// anything.  An evaluator is used up by the model that is built with it: what comes behind starts from nothing, as
// everything does in a process that has prepared none.
//
// What is evaluated beforehand are definitions, and tables that the library makes once and keeps, which evaluated code
// could ask for at any time, in any order.  One that asks for a package that is not there, or that cannot be known, is
// left out: of such a thing it counts who asks.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "graph/evaluator.h"
#include "graph/source_roots.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint {

// For models of these sources, without and with a quantizer, on up to so many threads, which have ended then.
void prepare_evaluators(const std::vector<SourceTree>& sources, std::size_t threads = 1);

// One that was prepared with the same roots, packages and installer, and was not taken before; null where there is
// none.  It may take as much as one that is new.  Its memory is kept until others are prepared: a forked process would
// have to copy it to give it back, and ends soon.
std::shared_ptr<python::Interpreter> take_prepared_evaluator(const std::vector<python::SourceRoot>& roots,
                                                             const python::Environment& environment, Installer install);

}  // namespace ckptlint
