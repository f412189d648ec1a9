// Module graphs for tests, written as JSON rows.
#pragma once

#include <string>
#include <utility>

#include "catch.h"
#include "graph/graph_json.h"

namespace ckptlint::test {

inline ModuleGraph graph_of(const std::string& modules, const std::string& parameters, const std::string& buffers,
                            const std::string& more = "") {
  Result<ModuleGraph> graph =
      parse_module_graph(R"({"class":"Root","modules":)" + modules + R"(,"parameters":)" + parameters +
                             R"(,"buffers":)" + buffers + (more.empty() ? "" : "," + more) + "}",
                         "the test's graph");
  INFO((graph ? "" : graph.error().message));
  REQUIRE(graph);
  return std::move(*graph);
}

// A decoder: an embedding of 400 bytes; `layers` layers of two linear modules (400 bytes each), a norm (4 bytes) and a
// persistent buffer of 4 bytes of their own; a head of 400 bytes.
inline ModuleGraph decoder(int layers, const std::string& more = "") {
  std::string modules =
      R"([["","Root",null],["model","Model",null],["model.embed","Embedding",null],["model.layers","ModuleList",null])";
  std::string parameters = R"([["model.embed.weight","float32",[10,10],null])";
  std::string buffers = "[";
  for (int i = 0; i < layers; ++i) {
    const std::string name = "model.layers." + std::to_string(i);
    modules += R"(,[")" + name + R"(","Layer",null],[")" + name + R"(.up","Linear",null],[")" + name +
               R"(.down","Linear",null],[")" + name + R"(.norm","Norm",null])";
    for (const char* part : {"up", "down"})
      parameters += R"(,[")" + name + "." + part + R"(.weight","float32",[10,10],null])";
    parameters += R"(,[")" + name + R"(.norm.weight","float32",[1],null])";
    buffers += std::string(i == 0 ? "" : ",") + R"([")" + name + R"(.layer_scalar","float32",[1],true,null])";
  }
  modules += R"(,["lm_head","Linear",null]])";
  parameters += R"(,["lm_head.weight","float32",[10,10],null]])";
  return graph_of(modules, parameters, buffers + "]", more);
}

}  // namespace ckptlint::test
