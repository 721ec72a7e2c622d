// Top-1 and top-5 of a supervised classifier from its answers.
#include "eval/rescore.hpp"
#include "eval/rescore_arrays.hpp"

namespace dinobench::rescore_classifier {
namespace {

[[maybe_unused]] const bool registered = Rescorers::add({"classifier", top1_and_top5});

}  // namespace
}  // namespace dinobench::rescore_classifier
