// Which causes are found for keys that are left over, and which are not guessed.
#include "loading/leftovers.h"

#include <map>
#include <memory>

#include "catch.h"

namespace ckptlint {
namespace {

using Rows = std::map<std::string, std::vector<std::int64_t>>;

// A model that lacks some tensors and a checkpoint of which nothing was expected.
struct Case {
  Case(const Rows& missing, const Rows& stored) {
    graph.modules.push_back({});
    for (const auto& [name, shape] : missing) {
      Tensor tensor;
      tensor.name = name;
      tensor.shape = shape;
      tensor.owner = ModuleId{0};
      loading.missing.push_back(TensorId{static_cast<std::uint32_t>(graph.tensors.size())});
      graph.tensors.push_back(std::move(tensor));
    }
    for (const auto& [name, shape] : stored) {
      const auto text = std::make_shared<const std::string>(name);
      checkpoint.texts.push_back(text);
      StoredTensor tensor;
      tensor.name = *text;
      tensor.first_extent = static_cast<std::uint32_t>(checkpoint.extents.size());
      tensor.rank = static_cast<std::uint32_t>(shape.size());
      checkpoint.extents.insert(checkpoint.extents.end(), shape.begin(), shape.end());
      loading.unexpected.push_back({static_cast<std::uint32_t>(checkpoint.tensors.size()), name, TensorId::kNone});
      checkpoint.tensors.push_back(tensor);
    }
  }
  Leftovers found() const { return leftovers_of(graph, checkpoint, loading); }

  ModuleGraph graph;
  Checkpoint checkpoint;
  Loading loading;
};

TEST_CASE("A prefix is found by the names and shapes behind it") {
  const Case shifted({{"a.w", {2}}, {"b.w", {3}}, {"c.w", {4}}},
                     {{"m.n.a.w", {2}}, {"m.n.b.w", {3}}, {"m.n.c.w", {4}}});
  const Leftovers left = shifted.found();
  REQUIRE(left.shifted.size() == 1);
  CHECK(left.shifted[0].from == "m.n");
  CHECK(left.shifted[0].to.empty());
  CHECK(left.shifted[0].pairs.size() == 3);
  CHECK(left.missing.empty());
  CHECK(left.unexpected.empty());
}

TEST_CASE("A wrapper's name goes wherever it stands") {
  const Case wrapped({{"a.x.w", {2}}, {"b.w", {3}}, {"c.w", {4}}},
                     {{"a._orig_mod.x.w", {2}}, {"_orig_mod.b.w", {3}}, {"_orig_mod.c.w", {4}}});
  const Leftovers left = wrapped.found();
  REQUIRE(left.shifted.size() == 1);
  CHECK(left.shifted[0].anywhere);
  CHECK(left.shifted[0].pairs.size() == 3);
}

TEST_CASE("Other shapes are no pair") {
  const Case others({{"a.w", {2}}, {"b.w", {3}}, {"c.w", {4}}}, {{"m.a.w", {9}}, {"m.b.w", {9}}, {"m.c.w", {9}}});
  const Leftovers left = others.found();
  CHECK(left.shifted.empty());
  CHECK(left.renamed.empty());
  CHECK(left.missing.size() == 3);
  CHECK(left.unexpected.size() == 3);
}

TEST_CASE("A renamed word is found where one key and one place are left of a kind") {
  const Case renamed({{"l.0.up.w", {2}}, {"l.1.up.w", {2}}}, {{"l.0.fc.w", {2}}, {"l.1.fc.w", {2}}});
  const Leftovers left = renamed.found();
  REQUIRE(left.renamed.size() == 1);
  CHECK(left.renamed[0].from == "fc");
  CHECK(left.renamed[0].to == "up");
  CHECK(left.renamed[0].pairs.size() == 2);
  // Two places of one kind: which is meant is not known.
  const Case open({{"l.0.up.w", {2}}, {"l.0.down.w", {2}}}, {{"l.0.fc.w", {2}}});
  CHECK(open.found().renamed.empty());
}

TEST_CASE("Experts one by one and stacked are one layout and the other") {
  const Case apart({{"m.experts.up", {3, 4, 5}}},
                   {{"m.experts.0.up.w", {4, 5}}, {"m.experts.1.up.w", {4, 5}}, {"m.experts.2.up.w", {4, 5}}});
  const Leftovers left = apart.found();
  REQUIRE(left.layouts.size() == 1);
  CHECK(!left.layouts[0].stored_stacked);
  CHECK(left.layouts[0].count == 3);
  CHECK(left.layouts[0].parent == "m.experts");
  CHECK(left.missing.empty());
  CHECK(left.unexpected.empty());
  // One expert too few.
  const Case short_of({{"m.experts.up", {3, 4, 5}}}, {{"m.experts.0.up.w", {4, 5}}, {"m.experts.1.up.w", {4, 5}}});
  CHECK(short_of.found().layouts.empty());
}

}  // namespace
}  // namespace ckptlint
