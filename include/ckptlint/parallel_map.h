// What each rank of a group holds of a model: tensor, expert and pipeline parallelism as transformers has them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ckptlint/dtype.h"
#include "ckptlint/known.h"
#include "ckptlint/source.h"

namespace ckptlint {

// Over how many processes a model goes, in each way.  Tensor and expert parallelism share ranks.
struct ParallelSizes {
  std::uint32_t tensor = 1;
  std::uint32_t expert = 1;
  std::uint32_t pipeline = 1;

  std::uint32_t ranks_of_stage() const { return tensor > expert ? tensor : expert; }
  std::uint32_t world() const { return ranks_of_stage() * pipeline; }
};

// How a tensor lies on the ranks of its stage.
struct Layout {
  Dtype dtype = Dtype::kFloat32;
  std::vector<Dtype>
      dtypes;  // on each rank of the stage, where they differ: some releases make an empty part of another
  // A tensor of torch that knows its whole shape (DTensor); otherwise a rank's part is all that torch knows of.
  bool is_distributed = false;
  std::vector<std::int64_t> shape;  // of all ranks together
  // The shape on each rank of the stage, one after the other; empty: each has the whole.
  std::vector<std::int64_t> local;
  std::string style;      // what the plan says of it; empty: nothing
  std::int64_t unit = 0;  // of a projection in an attention: its `head_dim`, where the projection has whole heads

  bool is_cut() const { return !local.empty(); }
  Dtype dtype_on(std::uint32_t rank_of_stage) const { return dtypes.empty() ? dtype : dtypes[rank_of_stage]; }
  std::span<const std::int64_t> shape_on(std::uint32_t rank_of_stage) const {
    if (local.empty()) return shape;
    return std::span(local).subspan(rank_of_stage * shape.size(), shape.size());
  }
};

// A parameter or buffer of a stage.
struct ShardedTensor {
  std::string name;
  bool is_buffer = false;
  bool is_alias = false;                 // the tensor has an earlier name
  std::shared_ptr<const Layout> layout;  // one for those of equal layers

  bool is_cut() const { return layout->is_cut(); }
  std::span<const std::int64_t> shape() const { return layout->shape; }
  std::span<const std::int64_t> shape_on(std::uint32_t rank_of_stage) const { return layout->shape_on(rank_of_stage); }
};

enum class PlanKind : std::uint8_t { kTensor, kExpert, kPipeline };
// "tensor", "expert", "pipeline"
std::string_view name_of(PlanKind kind);

// An entry of a plan: a name with `*` for the numbers of layers, and the style; of a pipeline, what goes in and out.
struct PlanRule {
  std::string name;
  std::string style;
  PlanKind plan = PlanKind::kTensor;
  bool applies = false;  // it names a module or parameter of the model
};

// What the model keeps for the next token, in its cache.
struct CachedTensor {
  std::string name;  // where in the cache: "layers[0].keys"
  Dtype dtype = Dtype::kFloat32;
  std::vector<std::int64_t> shape;
  std::string module;  // which puts it there, an attention or its layer; empty where that is not known
};

// An operation whose results are each made of several elements of a tensor: a mean, a norm, softmax, topk.
struct Reduction {
  std::string name;  // of torch's function
  Span where;
  std::int64_t over = 0;  // how many elements
};

// A forward pass over shapes.
struct ForwardPass {
  std::string raises;  // "RuntimeError: message"
  std::string place;   // where, " (file:line)"
  bool has_cache = false;
  std::vector<CachedTensor> cache;
  // Where that was asked for: modules outside lists, and lists of modules, in the order of their first call.
  std::vector<std::string> ran;
  std::vector<std::int64_t> logits;   // their shape; empty where there are none
  std::vector<Reduction> reductions;  // in their order
  // On a rank: what was put together of other parts than it was taken to be, in words.
  std::vector<std::string> misread;
};

struct RankForward {
  std::uint32_t rank = 0;  // of the group
  Known<ForwardPass> pass;
};

struct ParallelMap {
  ParallelSizes sizes;
  std::string raises;  // "ValueError: message", where the library refuses; then there are no stages
  // One a stage of the pipeline.  Rank r of the group is rank r % ranks_of_stage() of stage r / ranks_of_stage().
  std::vector<std::vector<ShardedTensor>> stages;
  std::vector<PlanRule> plan;
  // Where it was asked for: of the ranks that differ from those before them.
  std::vector<RankForward> forward;
};

// "tensor parallelism of 4 and pipeline parallelism of 2"
std::string text_of(const ParallelSizes& sizes);

// Projections of whole heads that some rank has parts of heads of: "`k_proj` has 4 heads of 128, which divide by 1, 2
// and 4".  One a leaf of a module, in the order of the first.
std::vector<std::string> cut_heads(const ParallelMap& map);

// Modules with weights that run in several stages of a pipeline, where it is known what runs.
std::vector<std::string> repeated_modules(const ParallelMap& map);

// A map of ranks, and the forward pass of the model on one process beside it.
struct ParallelCheck {
  bool asked = true;  // by the user; otherwise the repo's own plan is looked at, on two ranks
  ParallelMap map;
  Known<ForwardPass> alone;
};

// A reduction that meets fewer elements on a rank than on one process.
struct CutReduction {
  Reduction alone;
  std::int64_t on_rank = 0;
  std::size_t times = 0;  // in one pass, at that place
};

// Those that no sum over the ranks makes whole, in the order of one process: a mean, a norm or a softmax of a part is
// none of the whole.  Sums are left out, as a layer of a plan adds them up.
std::vector<CutReduction> cut_reductions(const ForwardPass& on_rank, const ForwardPass& alone);

// Why what a forward pass ends in, on one process or on a rank, is not known; empty where it is, or where there is
// none.
std::string unknown_pass(const ParallelCheck& parallel);

}  // namespace ckptlint
