// What one release of transformers saves of a model, and what another makes of that.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "check/compatibility.h"
#include "loading/saving.h"

namespace ckptlint {

struct RoundTrip {
  std::string saved_by, loaded_by;  // releases
  bool of_weights =
      false;  // what is saved was loaded from the weights of the repo; otherwise it is what the constructor makes
  StageAnswer saves;                  // the first release builds and loads the model, and save_pretrained returns
  std::vector<SavedTensor> stored{};  // that it writes
  // What the other release makes of what is written: up to Stage::kBuffers.
  ReleaseAnswer loads;
  StageAnswer takes;  // the other release takes all tensors that are written
  // Names of the other release, sorted: left at random, of another shape; and stored without a place.
  std::vector<std::string> missing, mismatched, unexpected;

  // Whether nothing is bad; what is not known does not count.
  bool works() const;
  bool is_known() const;
};

// A question of a trip, in the order in which they are asked: "saves", "config", "code", "build", "keys", "taken",
// "buffers".
struct TripCell {
  std::string_view name;
  const StageAnswer& answer;
};
std::vector<TripCell> cells_of(const RoundTrip& trip);

// There, and back: both inputs are of one model, each with a source of transformers of its own.
std::vector<RoundTrip> round_trips_of(const ModelInput& one, const ModelInput& other);

}  // namespace ckptlint
